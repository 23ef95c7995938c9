import type { RandomStreams } from "../../src/testing/mod.ts";
import type { DiskRecord } from "./record_log.ts";
import { type FileChange, type Survival, survivors, tornFile } from "./torn_file.ts";

/** Files of a folder by name. */
export type Image = ReadonlyMap<string, Uint8Array>;

/** A disk that is told record by record what a process does, and can at any moment show what a power cut leaves of it. */
export interface CutDisk {
  take(record: DiskRecord): void;
  /** Changes of files and names that no sync has made durable yet; what a cut may take. */
  readonly pending: number;
  /** The folder as its processes see it. */
  whole(): Image;
  /** One of the many states in which a cut now may leave the folder. The bytes are the caller's. */
  cut(random: RandomStreams): { readonly image: Image; readonly survival: Survival };
}

/** The memory beside a log, which its users map: its bytes are not recorded, and worth nothing after a cut. */
const SHARED = /-shm$/;
/** Probabilities of what a cut leaves of it: nothing, or bytes of chance. */
const SHARED_LEFT = 0.5;
const SHARED_BYTES = 32_768;
/** Flag of `open` that makes a file empty. Source: Linux, asm-generic/fcntl.h. */
const O_TRUNC = 0o1000;

/** A file apart from its names. */
interface Inode {
  durable: Uint8Array;
  changes: FileChange[];
}

/** Names that were given to files or taken away, all of them or none, and are not on the disk yet. */
type NameChange = ReadonlyMap<string, Inode | undefined>;

class RecordedDisk implements CutDisk {
  readonly #durableNames = new Map<string, Inode>();
  readonly #names = new Map<string, Inode>();
  /** By handle; the folder itself has no inode. */
  readonly #handles = new Map<number, Inode | "folder">();
  #nameChanges: NameChange[] = [];

  constructor(image: Image) {
    for (const [name, bytes] of image) {
      const inode = { durable: bytes, changes: [] };
      this.#durableNames.set(name, inode);
      this.#names.set(name, inode);
    }
  }

  get pending(): number {
    let count = this.#nameChanges.length;
    for (const [name, inode] of this.#names) if (!SHARED.test(name)) count += inode.changes.length;
    return count;
  }

  take(record: DiskRecord): void {
    switch (record.kind) {
      case "open":
        return this.#open(record);
      case "write":
        return void this.#inode(record.handle).changes.push({ offset: record.offset, bytes: record.bytes });
      case "truncate":
        return void this.#inode(record.handle).changes.push({ size: record.size });
      case "sync":
        return this.#sync(record.handle);
      case "unlink":
        return this.#rename(new Map([[record.name, undefined]]));
      case "rename":
        return this.#rename(new Map([[record.to, this.#names.get(record.from)], [record.from, undefined]]));
      case "mark":
        return;
    }
  }

  whole(): Image {
    const files = [...this.#names].filter(([name]) => !SHARED.test(name));
    return new Map(files.map(([name, inode]) => [name, tornFile(inode)]));
  }

  cut(random: RandomStreams): { readonly image: Image; readonly survival: Survival } {
    const survival = survivors(random);
    const image = new Map<string, Uint8Array>();
    for (const [name, inode] of this.#namesAfter(random, survival)) {
      if (!SHARED.test(name)) image.set(name, tornFile(inode, { random, survival }));
      else if (random.chance("shared", SHARED_LEFT)) image.set(name, noise(SHARED_BYTES, random));
    }
    return { image, survival };
  }

  #inode(handle: number): Inode {
    const inode = this.#handles.get(handle);
    if (inode === undefined || inode === "folder") {
      throw new Error(`Cannot replay a disk as handle ${handle} must be a file`);
    }
    return inode;
  }

  #open({ handle, name, flags }: Extract<DiskRecord, { kind: "open" }>): void {
    if (name === "") return void this.#handles.set(handle, "folder");
    if (!this.#names.has(name)) this.#rename(new Map([[name, { durable: new Uint8Array(), changes: [] }]]));
    const inode = this.#names.get(name)!;
    this.#handles.set(handle, inode);
    if ((flags & O_TRUNC) !== 0) inode.changes.push({ size: 0 });
  }

  #rename(change: NameChange): void {
    setNames(this.#names, change);
    this.#nameChanges.push(change);
  }

  #sync(handle: number): void {
    const target = this.#handles.get(handle);
    if (target === "folder") {
      for (const change of this.#nameChanges) setNames(this.#durableNames, change);
      this.#nameChanges = [];
    } else {
      const inode = this.#inode(handle);
      inode.durable = tornFile(inode);
      inode.changes = [];
    }
  }

  /** Changes of one name keep their order; those of different names do not wait for each other. */
  #namesAfter(random: RandomStreams, survival: Survival): Map<string, Inode> {
    const names = new Map(this.#durableNames);
    const stuck = new Set<string>();
    for (const change of this.#nameChanges) {
      const touched = [...change.keys()];
      const isFree = !touched.some((name) => stuck.has(name));
      if (isFree && (survival === "all" || (survival !== "none" && random.chance("name", 0.5)))) {
        setNames(names, change);
      } else for (const name of touched) stuck.add(name);
    }
    return names;
  }
}

function setNames(names: Map<string, Inode>, change: NameChange): void {
  for (const [name, inode] of change) {
    if (inode) names.set(name, inode);
    else names.delete(name);
  }
}

function noise(length: number, random: RandomStreams): Uint8Array {
  const bytes = new Uint8Array(length);
  const seed = random.integer("noise", 1, 0x7fffffff);
  for (let at = 0, state = seed; at < length; at++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    bytes[at] = state >>> 16;
  }
  return bytes;
}

/** Makes a disk on which these files are durable. */
export function makeCutDisk(image: Image = new Map()): CutDisk {
  return new RecordedDisk(image);
}
