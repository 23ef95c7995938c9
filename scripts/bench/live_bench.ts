/** Live acked events a second. */
import { setTimeout as sleep } from "node:timers/promises";
import { temporaryFolder } from "../../tests/support/hearth_process.ts";
import type { LoadProfile } from "./load_profile.ts";
import { cpuSeconds, type Memory, memoryOf } from "./process_figures.ts";
import { countsOf, type Side } from "./sides.ts";

/** A window is full after some round trips, and what runs often is compiled: this long before it is measured, in ms. */
const WARM_MS = 8_000;
const MEASURED_MS = 8_000;

/** What a system does under live load. */
export interface LiveFigures {
  readonly ackedPerS: number;
  /** Processor time for an event, of the house's end and of its peer, in ms: other load on the machine hardly moves it. */
  readonly cpuMs: number;
  readonly peerCpuMs: number;
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
  const look = () => {
    const cpu = { load: cpuSeconds(load.pid), peer: cpuSeconds(peer.pid) };
    return { ...countsOf(load, side.name).at(-1)!, cpu };
  };
  const first = look();
  await sleep(MEASURED_MS);
  const last = look();
  const memory = memoryOf(load.pid);
  await load.stop();
  await peer.stop();
  const events = last.acked - first.acked;
  return {
    ackedPerS: events / (last.atMs - first.atMs) * 1_000,
    cpuMs: (last.cpu.load - first.cpu.load) / events * 1_000,
    peerCpuMs: (last.cpu.peer - first.cpu.peer) / events * 1_000,
    memory,
  };
}
