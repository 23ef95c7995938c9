import { strict as assert } from "node:assert";
import { type Pair, times } from "./scenario.ts";
import type { Stage } from "./stage.ts";

/**
 * Checks, with the parent paused, that each event in flight has exactly one held ack, and each held ack such an event.
 *
 * @throws {assert.AssertionError} When one is missing, double, or of no event in flight.
 */
export async function assertAcksConsistent(stage: Stage, { child, parent }: Pair): Promise<void> {
  const acks = () => parent.tap.held.filter(({ type }) => type === "gridworks.ack");
  await stage.until(() => acks().length >= child.tap.inFlight.size, "the acks of all events in flight are held");
  const ids = [...child.tap.inFlight];
  assert.deepEqual(times(ids, acks()), ids.map(() => 1));
  assert.deepEqual(acks().filter(({ id }) => !child.tap.inFlight.has(id)), []);
}
