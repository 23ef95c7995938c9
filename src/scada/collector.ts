import { boundedQueue } from "../core/bounded_queue.ts";
import type { Json } from "../core/context.ts";
import {
  type ChannelReadings,
  channelReadings,
  type FsmFullReport,
  type MachineStates,
  type SingleMachineState,
  type SingleReading,
  singleReading,
} from "../protocol/mod.ts";
import type { ChannelFacts } from "./scada_facts.ts";

/** Rows that wait for their report: about four hours of a busy house. */
const ROWS_MAX = 50_000;
const STATES_MAX = 5_000;
const FSM_REPORTS_MAX = 1_000;
/** A channel is flatlined when older than this many capture periods (spec/scada.md §4.8). */
const FLATLINE_PERIODS = 2.1;

/** One reading; a row of the store's journal has this shape. */
export interface ReadingRow {
  readonly channel: string;
  readonly value: number;
  readonly wallMs: number;
}

/** What one slot holds. */
export interface SlotContent {
  readonly startMs: number;
  readonly readings: readonly ChannelReadings[];
  readonly states: readonly MachineStates[];
  readonly fsmReports: readonly FsmFullReport[];
}

/** Latest and recent data of the house, for snapshots and reports. */
export interface Collector {
  /** @returns Whether the channel is known and `value` an integer. */
  reading(channel: string, value: number, wallMs: number): boolean;
  state(state: SingleMachineState): void;
  fsmReport(report: FsmFullReport): void;
  flatlined(channel: string): void;
  /** Rows of an earlier life that no report holds. */
  restore(rows: readonly ReadingRow[]): void;
  /** Takes out all that is older than `endMs`, cut into slots, the oldest first. */
  takeSlots(endMs: number, slotMs: number): readonly SlotContent[];
  latestReadings(wallMs: number): readonly SingleReading[];
  latestStates(): readonly SingleMachineState[];
  counts(): Json;
}

/** Makes a collector of these channels. */
export function collector(channels: readonly ChannelFacts[]): Collector {
  const known = new Map(channels.map((channel) => [channel.name, channel]));
  const latest = new Map<string, { readonly value: number; readonly wallMs: number }>();
  const latestState = new Map<string, SingleMachineState>();
  const rows = boundedQueue<ReadingRow>(ROWS_MAX, "drop_oldest");
  const states = boundedQueue<SingleMachineState>(STATES_MAX, "drop_oldest");
  const fsmReports = boundedQueue<FsmFullReport>(FSM_REPORTS_MAX, "drop_oldest");
  return {
    reading(channel, value, wallMs) {
      if (!known.has(channel) || !Number.isSafeInteger(value)) return false;
      latest.set(channel, { value, wallMs });
      rows.push({ channel, value, wallMs });
      return true;
    },
    state(state) {
      latestState.set(state.MachineHandle.split(".").at(-1) ?? "", state);
      states.push(state);
    },
    fsmReport: (report) => void fsmReports.push(report),
    flatlined: (channel) => void latest.delete(channel),
    restore: (restored) => restored.forEach((row) => rows.push(row)),
    takeSlots(endMs, slotMs) {
      const slots = new Map<number, { rows: ReadingRow[]; states: SingleMachineState[]; fsm: FsmFullReport[] }>();
      function slotOf(wallMs: number) {
        const startMs = Math.min(Math.floor(wallMs / slotMs) * slotMs, endMs - slotMs);
        const slot = slots.get(startMs) ?? { rows: [], states: [], fsm: [] };
        slots.set(startMs, slot);
        return slot;
      }
      slotOf(endMs - slotMs);
      for (const row of drain(rows, (item) => item.wallMs < endMs)) slotOf(row.wallMs).rows.push(row);
      for (const state of drain(states, (item) => item.UnixMs < endMs)) slotOf(state.UnixMs).states.push(state);
      for (const report of drain(fsmReports, () => true)) slotOf(endMs - slotMs).fsm.push(report);
      return [...slots].sort(([a], [b]) => a - b).map(([startMs, slot]) => ({
        startMs,
        readings: byChannel(slot.rows),
        states: byMachine(slot.states),
        fsmReports: slot.fsm,
      }));
    },
    latestReadings(wallMs) {
      return [...latest].filter(([channel, reading]) => {
        const periodMs = (known.get(channel)?.periodS ?? 0) * 1_000;
        return wallMs - reading.wallMs <= FLATLINE_PERIODS * periodMs;
      }).map(([channel, reading]) => singleReading(channel, reading.value, reading.wallMs));
    },
    latestStates: () => [...latestState.values()],
    counts: () => ({
      waiting: rows.size,
      lost: rows.lost + states.lost + fsmReports.lost,
      latest: Object.fromEntries([...latest].map(([channel, { value }]) => [channel, value])),
    }),
  };
}

/** Takes out what matches and leaves the rest in order. */
function drain<Item>(
  queue: { size: number; shift(): Item | undefined; push(item: Item): boolean },
  matches: (item: Item) => boolean,
): Item[] {
  const taken: Item[] = [];
  for (let left = queue.size; left > 0; left--) {
    const item = queue.shift();
    if (item === undefined) break;
    if (matches(item)) taken.push(item);
    else queue.push(item);
  }
  return taken;
}

function byChannel(rows: readonly ReadingRow[]): ChannelReadings[] {
  const groups = Map.groupBy([...rows].sort((a, b) => a.wallMs - b.wallMs), (row) => row.channel);
  return [...groups].map(([channel, group]) =>
    channelReadings(channel, group.map((row) => [row.wallMs, row.value] as const))
  );
}

function byMachine(states: readonly SingleMachineState[]): MachineStates[] {
  const groups = Map.groupBy(states, (state) => `${state.MachineHandle} ${state.StateEnum}`);
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    return first === undefined ? [] : [{
      MachineHandle: first.MachineHandle,
      StateEnum: first.StateEnum,
      StateList: group.map((state) => state.State),
      UnixMsList: group.map((state) => state.UnixMs),
      TypeName: "machine.states" as const,
      Version: "000",
    }];
  });
}
