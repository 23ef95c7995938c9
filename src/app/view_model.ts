import type { IsolateRow, ProcessMemory } from "../core/isolate.ts";
import type { HouseState } from "../house/mod.ts";
import type { LtnSnapshot } from "../ltn/mod.ts";
import type { ProactorSnapshot } from "../proactor/mod.ts";
import { LTN_SHORT } from "./link_names.ts";
import type { ViewInit } from "./view_init.ts";

/** What workers tell the view. */
export type ToView =
  | {
    readonly kind: "proactor";
    readonly snapshot: ProactorSnapshot;
    readonly houseWallMs: number;
    /** It has stopped: nothing follows. */
    readonly isLast?: boolean;
  }
  | { readonly kind: "house"; readonly state: HouseState; readonly switches: number };

/** The last line of `--json`: what a run came to. */
export interface ViewSummary {
  readonly generated: number;
  readonly acked: number;
  /** Events that the LTN of this process has applied; 0 when there is none. */
  readonly applied: number;
  readonly pending: number;
  readonly tombstoned: number;
  readonly relaySwitches: number;
  readonly zones: readonly {
    readonly name: string;
    readonly temperatureC: number | null;
    readonly setpointC: number;
  }[];
  readonly links: readonly { readonly name: string; readonly state: string }[];
  readonly virtualSeconds: number;
  /** Resident memory of the whole process; 0 before it is known. */
  readonly rssBytes: number;
  /** Heap and lives of each isolate, "main" first. */
  readonly isolates: readonly IsolateRow[];
}

/** One look at everything; also one object a second of `--json`. */
export interface ViewPicture extends ViewSummary {
  /** Wall clock of the house. */
  readonly houseTime: string;
  readonly temperatures: Readonly<Record<string, number>>;
  readonly powerW: number | null;
  readonly relays: Readonly<Record<string, number>>;
  readonly brain: { readonly state: string; readonly why: string; readonly zone: string } | null;
  readonly control: unknown;
  readonly received: number;
  /** What the LTN received; null in a program that shows a house. */
  readonly heard: LtnSnapshot | null;
  readonly restarts: number;
  readonly storeCode: string;
  /** Transactions not yet durable. */
  readonly storeWaiting: number;
  /** Events and sends given up because memory bounds were reached. */
  readonly dropped: number;
}

/** What the view knows: the newest of each worker. */
export interface ViewState {
  agent?: Extract<ToView, { kind: "proactor" }>;
  ltn?: Extract<ToView, { kind: "proactor" }>;
  house?: Extract<ToView, { kind: "house" }>;
  memory?: ProcessMemory;
}

interface Brain {
  readonly state?: string;
  readonly why?: string;
  readonly zone?: string;
  readonly setsC?: Readonly<Record<string, number>>;
}

function latestOf(agent: ProactorSnapshot | undefined): Readonly<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const snapshot of Object.values(agent?.actors ?? {})) {
    const latest = (snapshot as { readonly latest?: Readonly<Record<string, number>> } | null)?.latest;
    if (latest !== undefined) Object.assign(found, latest);
  }
  return found;
}

function celsius(latest: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  const thermal = Object.entries(latest).filter(([channel]) => !channel.endsWith("-pwr"));
  return Object.fromEntries(thermal.map(([channel, value]) => [channel, value / 1_000]));
}

function watts(latest: Readonly<Record<string, number>>): number | null {
  const powers = Object.entries(latest).filter(([channel]) => channel.endsWith("-pwr"));
  return powers.length === 0 ? null : powers.reduce((sum, [, value]) => sum + value, 0);
}

function heardBy(ltn: ProactorSnapshot | undefined): LtnSnapshot | null {
  return ltn?.actors[LTN_SHORT] as LtnSnapshot | undefined ?? null;
}

/** The picture of what the view knows. @param virtualSeconds House time since the start. */
export function picture(state: ViewState, init: ViewInit, virtualSeconds: number): ViewPicture {
  const main = (init.program === "ltn" ? state.ltn : state.agent)?.snapshot;
  const counters = main?.counters;
  const latest = latestOf(state.agent?.snapshot);
  const brain = state.agent?.snapshot.actors["lc"] as Brain | undefined;
  const hub = state.agent?.snapshot.actors["s"] as { readonly control?: unknown } | undefined;
  const wallMs = (state.agent ?? state.ltn)?.houseWallMs;
  const snapshots = [state.agent?.snapshot, state.ltn?.snapshot].filter((one) => one !== undefined);
  const zones = init.zones.map(({ name, channel, setpointC }) => {
    const value = latest[channel];
    return {
      name,
      temperatureC: value === undefined ? null : value / 1_000,
      setpointC: brain?.setsC?.[name] ?? setpointC,
    };
  });
  return {
    houseTime: wallMs === undefined ? "" : new Date(wallMs).toISOString(),
    temperatures: celsius(latest),
    powerW: watts(latest),
    relays: state.agent?.snapshot.outputs ?? {},
    brain: brain === undefined ? null : { state: brain.state ?? "", why: brain.why ?? "", zone: brain.zone ?? "" },
    control: hub?.control ?? null,
    heard: init.program === "ltn" ? heardBy(state.ltn?.snapshot) : null,
    received: state.ltn?.snapshot.received ?? 0,
    restarts: main?.restarts ?? 0,
    storeCode: main?.storeCode ?? "",
    storeWaiting: main?.storeWaiting ?? 0,
    dropped: main?.dropped ?? 0,
    generated: counters?.generated ?? 0,
    acked: counters?.acked ?? 0,
    applied: state.ltn?.snapshot.counters.applied ?? 0,
    pending: counters?.pending ?? 0,
    tombstoned: counters?.tombstoned ?? 0,
    relaySwitches: state.house?.switches ?? 0,
    zones,
    links: snapshots.flatMap((one) => one.links.map(({ name, state }) => ({ name, state }))),
    virtualSeconds: Math.round(virtualSeconds),
    rssBytes: state.memory?.rssBytes ?? 0,
    isolates: state.memory?.isolates ?? [],
  };
}

/** The summary of a picture, with its keys in the documented order. */
export function summary(seen: ViewPicture): ViewSummary {
  const { generated, acked, applied, pending, tombstoned, relaySwitches, zones, links } = seen;
  const { virtualSeconds, rssBytes, isolates } = seen;
  const account = { generated, acked, applied, pending, tombstoned };
  return { ...account, relaySwitches, zones, links, virtualSeconds, rssBytes, isolates };
}
