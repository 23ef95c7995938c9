/** Live acked events a second. */
import { setTimeout as sleep } from "node:timers/promises";
import { temporaryFolder } from "../../tests/support/hearth_process.ts";
import type { LoadProfile } from "./load_profile.ts";
import { type Memory, memoryOf } from "./process_figures.ts";
import { countsOf, type Side } from "./sides.ts";

/** A window starts with 5 rows and grows by one a round trip: this long before it is measured, in ms. */
const WARM_MS = 5_000;
const MEASURED_MS = 8_000;

/** What a system does under live load. */
export interface LiveFigures {
  readonly ackedPerS: number;
  readonly memory: Memory;
}

/** Runs one system under a closed load. @param port Of the broker. */
export async function liveBench(side: Side, port: number, profile: LoadProfile): Promise<LiveFigures> {
  using folder = temporaryFolder();
  const place = { port, folder: folder.path };
  await using peer = side.startPeer(place);
  await using load = side.startLoad(profile, place);
  await load.until("first acks", () => (countsOf(load, side.name).at(-1)?.acked ?? 0) > 100);
  await sleep(WARM_MS);
  const first = countsOf(load, side.name).at(-1)!;
  await sleep(MEASURED_MS);
  const last = countsOf(load, side.name).at(-1)!;
  const memory = memoryOf(load.pid);
  await load.stop();
  await peer.stop();
  return { ackedPerS: (last.acked - first.acked) / (last.atMs - first.atMs) * 1_000, memory };
}
