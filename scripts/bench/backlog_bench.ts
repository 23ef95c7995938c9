/** Persists while the peer is away, then the re-upload of what piled up, with urgent events on the way. */
import { setTimeout as sleep } from "node:timers/promises";
import { type HearthProcess, temporaryFolder } from "../../tests/support/hearth_process.ts";
import type { LoadCount } from "./load_profile.ts";
import { type Memory, memoryOf } from "./process_figures.ts";
import { countsOf, type Side } from "./sides.ts";

/** Time between two urgent events during the re-upload, in ms. */
const URGENT_MS = 25;
/** Longest re-upload that is waited for, in ms. */
const REUPLOAD_MS_MAX = 150_000;
/** The load is let run this long before its peer starts, in ms: its last rows become durable. */
const SETTLE_MS = 2_500;
const POLL_MS = 250;

/** What a system does with a backlog. */
export interface BacklogFigures {
  readonly events: number;
  readonly persistsPerS: number;
  /** Of the part that was re-uploaded within the longest time. */
  readonly reuploadsPerS: number;
  readonly isComplete: boolean;
  readonly urgent: number;
  readonly urgentP50Ms: number;
  readonly urgentP99Ms: number;
  readonly memory: Memory;
}

/** Events a second between the first and the last count that changed; NaN when there are fewer than two. */
function rate(counts: readonly LoadCount[], of: (count: LoadCount) => number): number {
  const start = counts.findLast((count) => of(count) <= of(counts[0]!));
  const end = counts.find((count) => of(count) >= of(counts.at(-1)!));
  return (of(end!) - of(start!)) / (end!.atMs - start!.atMs) * 1_000;
}

async function reuploaded(load: HearthProcess, side: Side, events: number): Promise<readonly LoadCount[]> {
  const from = countsOf(load, side.name).length - 1;
  const endMs = performance.now() + REUPLOAD_MS_MAX;
  const counts = () => countsOf(load, side.name).slice(from);
  while ((counts().at(-1)?.acked ?? 0) < events && performance.now() < endMs) await sleep(POLL_MS);
  return counts();
}

/** Runs one system without its peer, then with it. @param port Of the broker. */
export async function backlogBench(side: Side, port: number, events: number): Promise<BacklogFigures> {
  using folder = temporaryFolder();
  const place = { port, folder: folder.path };
  await using load = side.startLoad({ kind: "total", events, urgentMs: URGENT_MS }, place);
  const last = () => countsOf(load, side.name).at(-1);
  await load.until("all persists", () => (last()?.generated ?? 0) >= events, REUPLOAD_MS_MAX);
  const persistsPerS = rate(countsOf(load, side.name), ({ generated }) => generated);
  await sleep(SETTLE_MS);
  await using peer = side.startPeer(place);
  const counts = await reuploaded(load, side, events);
  const { acked, urgent, urgentP50Ms, urgentP99Ms } = counts.at(-1)!;
  const memory = memoryOf(load.pid);
  const reuploadsPerS = rate(counts, (count) => count.acked);
  await load.stop();
  await peer.stop();
  const isComplete = acked >= events;
  return { events, persistsPerS, reuploadsPerS, isComplete, urgent, urgentP50Ms, urgentP99Ms, memory };
}
