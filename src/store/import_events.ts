import { errorText } from "../core/errors.ts";
import type { ImportRow, ImportStore } from "./import_store.ts";
import { isReferenceDay, readReferenceEvent } from "./reference_event.ts";

/** Most events of one transaction, */
const BATCH_ROWS = 256;
/** and most of their bytes. */
const BATCH_BYTES = 1_048_576;
/** Most bad files that are listed; further ones are counted. */
export const BAD_FILES_LISTED_MAX = 1_000;

/** The reference's `event/` folder. */
export interface ReferenceFolder {
  /** Names of the folders in it. @throws {EnvironmentError} When it cannot be read. */
  days(): readonly string[];
  /** Names of what is in one of them. */
  files(day: string): readonly string[];
  /** @throws {Error} The system's. */
  read(day: string, file: string): Uint8Array;
}

/** A file that was left where it is. */
export interface BadFile {
  /** Relative to the folder. */
  readonly path: string;
  readonly why: string;
}

/** What an import has done so far. */
export interface ImportCounts {
  readonly files: number;
  readonly imported: number;
  /** Imported before, or twice in the folder. */
  readonly known: number;
  /** Events that made room in the store, imported ones too. */
  readonly evicted: number;
  readonly bad: number;
  /** The first of them. */
  readonly badFiles: readonly BadFile[];
}

/** An import in steps, so that it can tell of its progress and be stopped between two of them. */
export interface EventImport {
  /** Takes some files, and commits them. @returns False when there are no more. @throws {EnvironmentError} With SQLite's code. */
  step(): boolean;
  readonly counts: ImportCounts;
}

/** Imports a folder into a store, oldest first; no file is changed. */
export function importEvents(folder: ReferenceFolder, store: ImportStore): EventImport {
  return new FolderImport(folder, store);
}

class FolderImport implements EventImport {
  readonly #folder: ReferenceFolder;
  readonly #store: ImportStore;
  readonly #days: string[];
  #day = "";
  #left: string[] = [];
  #batch = new Map<string, ImportRow>();
  #batchBytes = 0;
  #files = 0;
  #imported = 0;
  #known = 0;
  #evicted = 0;
  #bad = 0;
  readonly #badFiles: BadFile[] = [];

  constructor(folder: ReferenceFolder, store: ImportStore) {
    this.#folder = folder;
    this.#store = store;
    // Anything else beside the days is not the reference's: our own store is there, too.
    this.#days = folder.days().filter(isReferenceDay).sort().reverse();
  }

  get counts(): ImportCounts {
    return {
      files: this.#files,
      imported: this.#imported,
      known: this.#known,
      evicted: this.#evicted,
      bad: this.#bad,
      badFiles: [...this.#badFiles],
    };
  }

  step(): boolean {
    let taken = 0;
    while (taken < BATCH_ROWS && this.#batchBytes < BATCH_BYTES) {
      const file = this.#next();
      if (file === undefined) break;
      this.#take(file);
      taken++;
    }
    if (this.#batch.size > 0) this.#evicted += this.#store.add([...this.#batch.values()]);
    this.#imported += this.#batch.size;
    this.#batch = new Map();
    this.#batchBytes = 0;
    return taken > 0;
  }

  #next(): string | undefined {
    while (this.#left.length === 0) {
      const day = this.#days.pop();
      if (day === undefined) return undefined;
      this.#day = day;
      this.#left = [...this.#folder.files(day)].sort().reverse();
    }
    return this.#left.pop();
  }

  #take(file: string): void {
    this.#files++;
    let bytes: Uint8Array;
    try {
      bytes = this.#folder.read(this.#day, file);
    } catch (thrown) {
      return this.#refuse(file, `it must be readable: ${errorText(thrown)}`);
    }
    const event = readReferenceEvent(file, bytes);
    if (event.kind === "bad") return this.#refuse(file, event.why);
    if (this.#batch.has(event.messageId) || this.#store.knows(event.messageId)) {
      this.#known++;
      return;
    }
    this.#batch.set(event.messageId, { class: event.class, messageId: event.messageId, bytes });
    this.#batchBytes += bytes.length;
  }

  #refuse(file: string, why: string): void {
    this.#bad++;
    if (this.#badFiles.length < BAD_FILES_LISTED_MAX) this.#badFiles.push({ path: `${this.#day}/${file}`, why });
  }
}
