import type { Bytes } from "./kernel.ts";

const UTF8_ENCODER = new TextEncoder();
const UTF8_DECODER = new TextDecoder();

/** Zeroed memory outside the collector's heap, so that its address lasts. @param count At least 1. */
export function bytes(count: number): Bytes {
  return new Uint8Array(new ArrayBuffer(count));
}

/** View of a struct's numbers: little endian on every machine that we support. */
export function viewOf(struct: Bytes): DataView<ArrayBuffer> {
  return new DataView(struct.buffer, struct.byteOffset, struct.byteLength);
}

/** The text of a char array of C: up to its first zero, or all of it. */
export function cText(struct: Bytes, offset: number, count: number): string {
  const field = struct.subarray(offset, offset + count);
  const end = field.indexOf(0);
  return UTF8_DECODER.decode(end < 0 ? field : field.subarray(0, end));
}

/** Puts a text and its ending zero into a char array of C; what does not fit is cut off. */
export function putCText(
  struct: Bytes,
  text: string,
  field: { readonly offset: number; readonly count: number },
): void {
  struct.set(UTF8_ENCODER.encode(text).subarray(0, field.count - 1), field.offset);
}

/** Text of bytes read from a file. */
export function textOf(content: Bytes): string {
  return UTF8_DECODER.decode(content);
}
