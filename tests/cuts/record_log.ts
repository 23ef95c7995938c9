/** One thing that a process did to the files of its folder, or said between; `recorder.c` writes them down. */
export type DiskRecord =
  /** A file was opened, "" for the folder itself; it is new if no file has the name. */
  | { readonly kind: "open"; readonly handle: number; readonly name: string; readonly flags: number }
  | { readonly kind: "write"; readonly handle: number; readonly offset: number; readonly bytes: Uint8Array }
  | { readonly kind: "truncate"; readonly handle: number; readonly size: number }
  | { readonly kind: "sync"; readonly handle: number }
  | { readonly kind: "unlink"; readonly name: string }
  | { readonly kind: "rename"; readonly from: string; readonly to: string }
  | { readonly kind: "mark"; readonly text: string };

/** Bytes of a record before its payload, as `struct header` of the recorder has them. */
const HEADER_BYTES = 24;

/**
 * Reads what the recorder wrote.
 *
 * @throws {Error} When the process did something that the recorder only names, such as writing through a mapping.
 */
export function readRecords(log: Uint8Array): DiskRecord[] {
  const records: DiskRecord[] = [];
  const view = new DataView(log.buffer, log.byteOffset, log.byteLength);
  const decoder = new TextDecoder();
  for (let at = 0; at + HEADER_BYTES <= log.length;) {
    const offset = Number(view.getBigUint64(at + 8, true));
    const end = at + HEADER_BYTES + view.getUint32(at + 16, true);
    const bytes = log.subarray(at + HEADER_BYTES, end);
    if (end > log.length) break;
    records.push(recordOf(view.getUint32(at, true), { handle: view.getUint32(at + 4, true), offset, bytes, decoder }));
    at = end;
  }
  return records;
}

interface Fields {
  readonly handle: number;
  readonly offset: number;
  readonly bytes: Uint8Array;
  readonly decoder: TextDecoder;
}

function recordOf(kind: number, { handle, offset, bytes, decoder }: Fields): DiskRecord {
  switch (kind) {
    case 1:
      return { kind: "open", handle, name: decoder.decode(bytes), flags: offset };
    case 2:
      return { kind: "write", handle, offset, bytes };
    case 3:
      return { kind: "truncate", handle, size: offset };
    case 4:
      return { kind: "sync", handle };
    case 5:
      return { kind: "unlink", name: decoder.decode(bytes) };
    case 6: {
      const [from, to] = decoder.decode(bytes).split("\0");
      return { kind: "rename", from: from!, to: to! };
    }
    case 7:
      return { kind: "mark", text: decoder.decode(bytes) };
    default:
      throw new Error(`Cannot replay a disk as every call must be recorded: found "${decoder.decode(bytes)}"`);
  }
}
