/** Bytes written to storage for an event, at a given pace. */
import { setTimeout as sleep } from "node:timers/promises";
import { temporaryFolder } from "../../tests/support/hearth_process.ts";
import { type BlockDevice, blockDevice } from "./block_device.ts";
import { writtenBytes } from "./process_figures.ts";
import { countsOf, type Side } from "./sides.ts";

/** Before it the store makes its files, in ms. */
const SETTLE_MS = 6_000;

/** What an event costs on its way. */
export interface WrittenFigures {
  readonly events: number;
  /** By /proc/PID/io: what the process dirtied. */
  readonly processBytes: number;
  /** By the block device's own count, file system and journal included; undefined where none could be had. */
  readonly deviceBytes: number | undefined;
}

/** Runs one system and its peer at a pace. Only the house's end is counted, and only it writes to the device. */
export async function writtenBench(
  side: Side,
  port: number,
  { perSecond, measuredMs }: { readonly perSecond: number; readonly measuredMs: number },
): Promise<WrittenFigures> {
  using peerFolder = temporaryFolder();
  using plain = temporaryFolder();
  await using device: BlockDevice | undefined = await blockDevice();
  const folder = device?.folder ?? plain.path;
  await using peer = side.startPeer({ port, folder: peerFolder.path });
  await using load = side.startLoad({ kind: "paced", perSecond }, { port, folder });
  await load.until("first acks", () => (countsOf(load, side.name).at(-1)?.acked ?? 0) > 0);
  await sleep(SETTLE_MS);
  const look = () => ({
    count: countsOf(load, side.name).at(-1)!.recorded,
    process: writtenBytes(load.pid),
    device: device?.writtenBytes(),
  });
  const before = look();
  await sleep(measuredMs);
  const after = look();
  await load.stop();
  await peer.stop();
  const events = after.count - before.count;
  const each = (from?: number, to?: number) =>
    from === undefined || to === undefined ? undefined : (to - from) / events;
  return {
    events,
    processBytes: (after.process - before.process) / events,
    deviceBytes: each(before.device, after.device),
  };
}
