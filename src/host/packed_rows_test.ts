import { strict as assert } from "node:assert";
import type { EventRow, FromStore, InboxRow, ToStore } from "../store/port.ts";
import { packFromStore, packRows, packToStore, unpackFromStore, unpackRows, unpackToStore } from "./packed_rows.ts";

function rows(...texts: readonly string[]): readonly EventRow[] {
  return texts.map((text, index) => {
    return {
      seq: index + 5,
      lane: 2,
      class: `c${index}`,
      messageId: `m${index}`,
      bytes: new TextEncoder().encode(text),
    };
  });
}

Deno.test("packRows() and unpackRows() give back the rows, also empty ones", () => {
  for (const all of [[], rows("a"), rows("", ""), rows("one", "", "three", "ä")]) {
    assert.deepEqual(unpackRows(structuredClone(packRows(all))), all);
  }
});

Deno.test("packRows() makes one buffer of the rows' bytes", () => {
  const all = unpackRows(packRows(rows("one", "two")));
  assert.equal(all[0]!.bytes.buffer, all[1]!.bytes.buffer);
});

Deno.test("packRows() leaves rows alone that differ in their fields", () => {
  const [first, second] = rows("one", "two");
  const mixed = [first!, { ...second!, more: 1 }];
  assert.equal(packRows(mixed), mixed);
});

Deno.test("packToStore() and packFromStore() keep everything else of a message", () => {
  const inbox: InboxRow = { peer: "p", messageId: "m", type: "t", receivedWallMs: 7, bytes: new Uint8Array([1, 2]) };
  const body = {
    txn: 3,
    lane: 1,
    append: rows("a", "b"),
    deletes: [4],
    keep: [],
    inbox: [inbox, inbox],
    journal: [],
  } as const;
  const toStore: readonly ToStore[] = [
    { kind: "txn", txn: body },
    { kind: "txn", txn: { ...body, journalClearBeforeWallMs: 5 } },
    { kind: "flush", id: 1 },
  ];
  for (const message of toStore) assert.deepEqual(unpackToStore(structuredClone(packToStore(message))), message);
  const fromStore: readonly FromStore[] = [
    { kind: "rows", id: 2, rows: rows("a", "b"), end: true },
    { kind: "flushed", id: 2 },
  ];
  for (const message of fromStore) assert.deepEqual(unpackFromStore(structuredClone(packFromStore(message))), message);
});
