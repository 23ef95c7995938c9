import { strict as assert } from "node:assert";
import fc from "fast-check";
import { eventId, eventPlace, OWNER_MAX, ownerIds, SEQ_MAX } from "./event_place.ts";
import type { Lane } from "./port.ts";

const LANES: readonly Lane[] = [0, 1, 2, 3];
const seqs = fc.integer({ min: 1, max: SEQ_MAX });
const owners = fc.integer({ min: 1, max: OWNER_MAX });

Deno.test("eventPlace() gives back what eventId() was made from", () => {
  fc.assert(fc.property(owners, seqs, (owner, seq) => {
    const [first, last] = ownerIds(owner);
    for (const lane of LANES) {
      const id = eventId(owner, lane, seq);
      assert.deepEqual(eventPlace(id), { lane, seq });
      assert.ok(first < id && id <= last);
    }
  }));
});

Deno.test("eventId() makes a run of each lane, in the order of the seqs, and that of lane 2 is the last", () => {
  const ids = LANES.flatMap((lane) => [eventId(1, lane, 1), eventId(1, lane, 2), eventId(1, lane, SEQ_MAX)]);
  const runs = [...ids].sort((a, b) => a - b).map((id) => eventPlace(id));
  assert.deepEqual(runs, [3, 0, 1, 2].flatMap((lane) => [1, 2, SEQ_MAX].map((seq) => ({ lane, seq }))));
});

Deno.test("eventId() is a whole number also for the greatest seq of the last owner", () => {
  const id = eventId(OWNER_MAX, 2, SEQ_MAX);
  assert.deepEqual([id, Number.isSafeInteger(id)], [Number.MAX_SAFE_INTEGER, true]);
});
