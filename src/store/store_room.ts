import type { SqlDatabase } from "./sql_port.ts";

/** Pages of the write-ahead log after which it goes back into the file, at most. */
const WAL_PAGES_MAX = 1_000;
/** The log is cut to so many times that when it starts anew. */
const LOG_RUNS = 2;
/** The log gets at most this part of the file's bytes, */
const WAL_SHARE = 16;
/** and all that is held free for the log and the largest commit at most this one. */
const RESERVE_SHARE = 8;
/** Bytes held free for the largest commit, once in the log and once in the file. */
const COMMIT_BYTES = 16_777_216;
/** Bytes of a page's frame in the log besides the page. */
const FRAME_BYTES = 24;
/** Pages that are made free beyond what is needed, so that the next commits find room in the file. */
const MARGIN_PAGES = 64;
/** No event is given up while all together take less than this share of the file: then something else fills it. */
const EVENT_SHARE_MIN = 0.5;
/** A file that must not grow may still have this many pages: too few to fill any disk, enough for what is urgent. */
const PAGES_MIN = 256;

/** Least bytes that a store's file can be bounded to: below, its tables, log and journal would leave no room for events. */
export const FILE_BYTES_MIN = 8_388_608;
/** The store stops growing while fewer bytes than this are free on its disk, */
export const FREE_BYTES_MIN = 67_108_864;
/** or fewer than this part of the disk, when that is less. */
const FREE_SHARE = 100;

/** Space of the disk on which the store is, in bytes. */
export interface DiskSpace {
  readonly freeBytes: number;
  readonly totalBytes: number;
}

/** Bounds of a store's file. */
export interface FileBounds {
  /** Most bytes of the file and its write-ahead log together, at least `FILE_BYTES_MIN`; absent: no bound. */
  readonly fileBytesMax?: number | undefined;
  /** Space of the disk; undefined when it cannot be told. Absent: the file grows until the disk is full. */
  disk?(): DiskSpace | undefined;
}

/** Whether the file has room for what a transaction adds. */
export interface StoreRoom {
  /** Pages after which the log goes back into the file. */
  readonly walPages: number;
  /** Most bytes of the log when it starts anew: a large commit has made it longer. */
  readonly logBytes: number;
  /** Looks at the disk, before the transaction writes. */
  begin(): void;
  /** Whether events must be given up; asked inside the transaction. @param eventBytes What the events take in the file, about. */
  isOver(eventBytes: number): boolean;
}

/** Pages of the log for a file of this size. */
export function walPagesFor(fileBytesMax: number | undefined, pageBytes: number): number {
  if (fileBytesMax === undefined) return WAL_PAGES_MAX;
  return Math.min(WAL_PAGES_MAX, Math.floor(Math.max(fileBytesMax, FILE_BYTES_MIN) / WAL_SHARE / pageBytes));
}

/** Watches the room of an open file. */
export function storeRoom(db: SqlDatabase, bounds: FileBounds): StoreRoom {
  const count = db.prepare("SELECT page_count AS n FROM pragma_page_count");
  const free = db.prepare("SELECT freelist_count AS n FROM pragma_freelist_count");
  const pageBytes = db.prepare("SELECT page_size AS n FROM pragma_page_size").get()!.n as number;
  const walPages = walPagesFor(bounds.fileBytesMax, pageBytes);
  const capPages = pagesFor(bounds.fileBytesMax, walPages, pageBytes);
  let limit = capPages;

  return {
    walPages,
    logBytes: LOG_RUNS * walPages * (pageBytes + FRAME_BYTES),
    begin() {
      limit = capPages;
      const disk = bounds.disk?.();
      if (disk === undefined || disk.freeBytes >= Math.min(FREE_BYTES_MIN, disk.totalBytes / FREE_SHARE)) return;
      limit = Math.min(limit, Math.max(PAGES_MIN, (count.get()!.n as number) - MARGIN_PAGES));
    },
    isOver: (eventBytes) =>
      limit < Infinity && eventBytes > limit * pageBytes * EVENT_SHARE_MIN &&
      (count.get()!.n as number) - (free.get()!.n as number) > limit,
  };
}

function pagesFor(fileBytesMax: number | undefined, walPages: number, pageBytes: number): number {
  if (fileBytesMax === undefined) return Infinity;
  const bytes = Math.max(fileBytesMax, FILE_BYTES_MIN);
  const reserve = Math.min(bytes / RESERVE_SHARE, 2 * walPages * (pageBytes + FRAME_BYTES) + COMMIT_BYTES);
  return Math.floor((bytes - reserve) / pageBytes) - MARGIN_PAGES;
}
