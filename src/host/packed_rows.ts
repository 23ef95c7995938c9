import type { FromStore, StoreTxn, ToStore } from "../store/port.ts";

interface RowWithBytes {
  readonly bytes: Uint8Array;
}

/** Rows as they cross a port: one buffer and a column for each field cost a third of as many objects with their buffers. */
export interface PackedRows<Row extends RowWithBytes> {
  readonly keys: readonly (keyof Row)[];
  readonly columns: readonly (readonly unknown[])[];
  /** Where the bytes of each row end in `bytes`. */
  readonly ends: readonly number[];
  readonly bytes: Uint8Array;
}

/** Rows that crossed, or are to cross, a port. A single row, or rows of different fields, go as they are. */
export type PortRows<Row extends RowWithBytes> = readonly Row[] | PackedRows<Row>;

function hasFields<Row extends RowWithBytes>(row: Row, keys: readonly (keyof Row)[]): boolean {
  return Object.keys(row).length === keys.length && keys.every((key) => key in row);
}

/** Packs rows of one shape. */
export function packRows<Row extends RowWithBytes>(rows: readonly Row[]): PortRows<Row> {
  const [first] = rows;
  if (first === undefined || rows.length === 1) return rows;
  const all = Object.keys(first) as (keyof Row)[];
  if (!rows.every((row) => hasFields(row, all))) return rows;
  const keys = all.filter((key) => key !== "bytes");
  const ends: number[] = [];
  let end = 0;
  for (const row of rows) ends.push(end += row.bytes.length);
  const bytes = new Uint8Array(end);
  for (const [index, row] of rows.entries()) bytes.set(row.bytes, ends[index]! - row.bytes.length);
  return { keys, columns: keys.map((key) => rows.map((row) => row[key])), ends, bytes };
}

/** Unpacks rows; those of one pack share its buffer. */
export function unpackRows<Row extends RowWithBytes>(packed: PortRows<Row>): readonly Row[] {
  if ("map" in packed) return packed;
  const { keys, columns, ends, bytes } = packed;
  return ends.map((end, index) => {
    const row: Record<PropertyKey, unknown> = { bytes: bytes.subarray(index === 0 ? 0 : ends[index - 1], end) };
    for (const [at, key] of keys.entries()) row[key] = columns[at]![index];
    return row as unknown as Row;
  });
}

type Packed<Type, Key extends keyof Type> = {
  readonly [K in keyof Type]: K extends Key
    ? Type[K] extends readonly (infer Row extends RowWithBytes)[] ? PortRows<Row>
    : Type[K]
    : Type[K];
};

/** Proactor to store, as it crosses the port. */
export type PackedToStore =
  | Exclude<ToStore, { kind: "txn" }>
  | { readonly kind: "txn"; readonly txn: Packed<StoreTxn, "append" | "inbox"> };

/** Store to proactor, as it crosses the port. */
export type PackedFromStore =
  | Exclude<FromStore, { kind: "rows" }>
  | Packed<Extract<FromStore, { kind: "rows" }>, "rows">;

/** Packs the rows of a message to the store. */
export function packToStore(message: ToStore): PackedToStore {
  if (message.kind !== "txn") return message;
  const { txn } = message;
  return { kind: "txn", txn: { ...txn, append: packRows(txn.append), inbox: packRows(txn.inbox) } };
}

/** Unpacks what `packToStore` packed. */
export function unpackToStore(message: PackedToStore): ToStore {
  if (message.kind !== "txn") return message;
  const { txn } = message;
  return { kind: "txn", txn: { ...txn, append: unpackRows(txn.append), inbox: unpackRows(txn.inbox) } };
}

/** Packs the rows of an answer of the store. */
export function packFromStore(message: FromStore): PackedFromStore {
  return message.kind === "rows" ? { ...message, rows: packRows(message.rows) } : message;
}

/** Unpacks what `packFromStore` packed. */
export function unpackFromStore(message: PackedFromStore): FromStore {
  return message.kind === "rows" ? { ...message, rows: unpackRows(message.rows) } : message;
}
