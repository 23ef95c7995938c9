import { strict as assert } from "node:assert";
import { makeInbox } from "./inbox.ts";

Deno.test("makeInbox() takes an event once when it is sent again", () => {
  const inbox = makeInbox();
  assert.deepEqual([inbox.isNew("a", "1"), inbox.isNew("a", "1"), inbox.isNew("b", "1")], [true, false, true]);
});

Deno.test("makeInbox() remembers ids of an earlier life for every peer", () => {
  const inbox = makeInbox();
  inbox.restore(["1", "2"]);
  assert.deepEqual([inbox.isNew("a", "2"), inbox.isNew("b", "1"), inbox.isNew("a", "3")], [false, false, true]);
});

Deno.test("makeInbox() forgets the oldest id when it is full", () => {
  const inbox = makeInbox({ idsMax: 2 });
  for (const id of ["1", "2", "3"]) inbox.isNew("a", id);
  assert.deepEqual([inbox.isNew("a", "3"), inbox.isNew("a", "2"), inbox.isNew("a", "1")], [false, false, true]);
});

Deno.test("makeInbox() takes everything when an event has no id", () => {
  const inbox = makeInbox();
  assert.deepEqual([inbox.isNew("a", ""), inbox.isNew("a", "")], [true, true]);
});

Deno.test("makeInbox() takes repeats when the bug no_dedupe is planted", () => {
  const inbox = makeInbox({}, new Set(["no_dedupe"]));
  assert.deepEqual([inbox.isNew("a", "1"), inbox.isNew("a", "1")], [true, true]);
});
