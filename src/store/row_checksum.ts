import { crc32 } from "node:zlib";
import type { EventRow } from "./port.ts";

/** Checksum of an event as its row keeps it: CRC-32 of everything in the row, as SQLite keeps none of what it stores. */
export function rowChecksum({ lane, seq, class: name, messageId, bytes }: EventRow): number {
  return crc32(bytes, crc32(`${lane} ${seq} ${name} ${messageId}`));
}
