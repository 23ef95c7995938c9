import type { RandomStreams } from "../../src/testing/mod.ts";

/** Bytes that a disk writes whole or not at all. */
export const SECTOR_BYTES = 512;

/** A change of a file that no sync has made durable yet. */
export type FileChange =
  | { readonly offset: number; readonly bytes: Uint8Array }
  /** The file was cut or extended to this size. */
  | { readonly size: number };

/** A file on the disk, and what was done to it since its last sync. */
export interface UnsyncedFile {
  readonly durable: Uint8Array;
  readonly changes: readonly FileChange[];
}

/**
 * What a cut leaves of changes that were not synced: nothing, all of them, the first ones with the last of these torn,
 * any of them, or any sectors of them. The disk is free to write in any order.
 */
export type Survival = "none" | "all" | "first" | "some" | "sectors";

const SURVIVALS: readonly (readonly [Survival, number])[] = [
  ["none", 0.15],
  ["all", 0.3],
  ["first", 0.55],
  ["some", 0.8],
  ["sectors", 1],
];
/** Probability that the size of a file survives without the bytes that made it grow. */
const GREW = 0.3;
/** What such bytes are: zeros, or old blocks of the disk. */
const GREW_BYTES: readonly number[] = [0, 0, 0xa5];

/** Draws what a cut leaves. */
export function survivors(random: RandomStreams): Survival {
  const at = random.next("survival");
  return SURVIVALS.find(([, part]) => at < part)![0];
}

/** A file under construction. */
interface Growing {
  bytes: Uint8Array;
  length: number;
}

function reserve(file: Growing, length: number): void {
  if (length <= file.bytes.length) return;
  const bytes = new Uint8Array(Math.max(length, file.bytes.length * 2));
  bytes.set(file.bytes.subarray(0, file.length));
  file.bytes = bytes;
}

function setSize(file: Growing, size: number, fill = 0): void {
  reserve(file, size);
  file.bytes.fill(fill, Math.min(size, file.length), Math.max(size, file.length));
  file.length = size;
}

function put(file: Growing, offset: number, bytes: Uint8Array): void {
  const end = offset + bytes.length;
  reserve(file, end);
  if (end > file.length) setSize(file, end);
  file.bytes.set(bytes, offset);
}

/** Puts the parts of a write that lie in the sectors which `keeps` says. */
function putSectors(file: Growing, change: { offset: number; bytes: Uint8Array }, keeps: () => boolean): void {
  const { offset, bytes } = change;
  for (let at = offset; at < offset + bytes.length;) {
    const end = Math.min(offset + bytes.length, (Math.floor(at / SECTOR_BYTES) + 1) * SECTOR_BYTES);
    if (keeps()) put(file, at, bytes.subarray(at - offset, end - offset));
    at = end;
  }
}

function apply(file: Growing, change: FileChange): void {
  if ("size" in change) setSize(file, change.size);
  else put(file, change.offset, change.bytes);
}

function applySome(
  file: Growing,
  changes: readonly FileChange[],
  cut: { random: RandomStreams; survival: Survival },
): void {
  const { random, survival } = cut;
  const whole = survival === "first" ? random.integer("first", 0, changes.length) : 0;
  let keeps = true;
  for (const [index, change] of changes.entries()) {
    if (survival === "all" || index < whole) apply(file, change);
    else if (survival === "none" || (survival === "first" && index > whole)) continue;
    else if ("size" in change) {
      if (random.chance("size", 0.5)) apply(file, change);
    } else if (survival === "first") putSectors(file, change, () => keeps = keeps && random.chance("sector", 0.8));
    else if (survival === "sectors") putSectors(file, change, () => random.chance("sector", 0.5));
    else if (random.chance("write", 0.6)) {
      if (random.chance("whole", 0.7)) apply(file, change);
      else putSectors(file, change, () => random.chance("sector", 0.5));
    }
  }
}

/** The bytes of a file: with all its changes when nothing is said of a cut, else with those that survive it. */
export function tornFile(
  { durable, changes }: UnsyncedFile,
  cut?: { random: RandomStreams; survival: Survival },
): Uint8Array {
  const file: Growing = { bytes: durable.slice(), length: durable.length };
  if (!cut) {
    for (const change of changes) apply(file, change);
    return file.bytes.subarray(0, file.length);
  }
  applySome(file, changes, cut);
  const grown = changes.reduce((most, change) => {
    return Math.max(most, "size" in change ? change.size : change.offset + change.bytes.length);
  }, 0);
  if (grown > file.length && cut.random.chance("grew", GREW)) {
    setSize(file, grown, GREW_BYTES[cut.random.integer("grew_bytes", 0, GREW_BYTES.length - 1)]!);
  }
  return file.bytes.subarray(0, file.length);
}
