import { OutsideDataError } from "../core/errors.ts";

/** Bytes of a block of a tar file. */
const BLOCK_BYTES = 512;
/** Longest name of a file in the archive, bytes: what the oldest header takes. */
const NAME_BYTES_MAX = 100;
/** Most files that are read from one archive. */
const FILES_MAX = 100;

/** One file of an archive. */
export interface ArchiveFile {
  /** Relative, with "/" between folders. */
  readonly name: string;
  readonly content: Uint8Array;
  /** Permission bits. */
  readonly mode: number;
}

/**
 * Packs files into a tar archive that any tar opens.
 *
 * @param wallMs Time that the files get, ms since 1970.
 * @throws {RangeError} If a name has more than `NAME_BYTES_MAX` bytes.
 * Source: POSIX.1-2017, pax, "ustar Interchange Format".
 */
export function packTar(files: readonly ArchiveFile[], wallMs: number): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  for (const file of files) {
    parts.push(header(file, wallMs), file.content);
    parts.push(new Uint8Array((BLOCK_BYTES - file.content.length % BLOCK_BYTES) % BLOCK_BYTES));
  }
  parts.push(new Uint8Array(2 * BLOCK_BYTES));
  const archive = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    archive.set(part, at);
    at += part.length;
  }
  return archive;
}

function header({ name, content, mode }: ArchiveFile, wallMs: number): Uint8Array {
  const block = new Uint8Array(BLOCK_BYTES);
  const encoder = new TextEncoder();
  const nameBytes = encoder.encode(name);
  if (nameBytes.length > NAME_BYTES_MAX) {
    throw new RangeError(`Cannot pack "${name}" as its name must have at most ${NAME_BYTES_MAX} bytes`);
  }
  block.set(nameBytes, 0);
  function octal(at: number, digits: number, value: number): void {
    block.set(encoder.encode(value.toString(8).padStart(digits, "0")), at);
  }
  octal(100, 7, mode);
  octal(108, 7, 0);
  octal(116, 7, 0);
  octal(124, 11, content.length);
  octal(136, 11, Math.floor(wallMs / 1_000));
  block.set(encoder.encode("        0"), 148);
  block.set(encoder.encode("ustar\u000000"), 257);
  octal(148, 6, block.reduce((sum, byte) => sum + byte, 0));
  block[154] = 0;
  return block;
}

/**
 * Unpacks a tar archive. Only plain files come out; folders are left out.
 *
 * @throws {OutsideDataError} If it is damaged, or holds links, devices, or names that lead out of the archive.
 */
export function unpackTar(archive: Uint8Array): readonly ArchiveFile[] {
  const files: ArchiveFile[] = [];
  for (let at = 0; at + BLOCK_BYTES <= archive.length && archive[at] !== 0;) {
    const block = archive.subarray(at, at + BLOCK_BYTES);
    const { name, type, size, mode } = readHeader(block);
    const end = at + BLOCK_BYTES + size;
    if (end > archive.length) throw refused(`file "${name}" must be whole`, "it ends before its end");
    if (type === "0") files.push({ name, mode, content: archive.slice(at + BLOCK_BYTES, end) });
    else if (type !== "5") throw refused("it must hold files and folders only", `"${name}" has type "${type}"`);
    if (files.length > FILES_MAX) throw refused(`it must hold at most ${FILES_MAX} files`, "there are more");
    at = end + (BLOCK_BYTES - size % BLOCK_BYTES) % BLOCK_BYTES;
  }
  if (files.length === 0) throw refused("it must be a tar archive with files", "there is none");
  return files;
}

function readHeader(block: Uint8Array) {
  const sum = block.reduce((total, byte, index) => total + (index >= 148 && index < 156 ? 32 : byte), 0);
  if (sum !== octalAt(block, 148, 8)) throw refused("it must be a tar archive", "a checksum is wrong");
  const prefix = textAt(block, 345, 155);
  const name = (prefix === "" ? "" : `${prefix}/`) + textAt(block, 0, NAME_BYTES_MAX);
  const type = textAt(block, 156, 1) || "0";
  const parts = name.replace(/^\.\//, "").split("/");
  if (name.startsWith("/") || parts.includes("..")) {
    throw refused("its names must stay inside the folder", `there is "${name}"`);
  }
  return { name: parts.join("/"), type, size: octalAt(block, 124, 12), mode: octalAt(block, 100, 8) & 0o777 };
}

function textAt(block: Uint8Array, at: number, length: number): string {
  const bytes = block.subarray(at, at + length);
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}

function octalAt(block: Uint8Array, at: number, length: number): number {
  const value = parseInt(textAt(block, at, length).trim(), 8);
  if (!Number.isSafeInteger(value) || value < 0) throw refused("it must be a tar archive", "a number is wrong");
  return value;
}

function refused(must: string, found: string): OutsideDataError {
  return new OutsideDataError(`Cannot unpack archive as ${must}: ${found}`);
}
