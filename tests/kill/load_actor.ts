import type { Actor, ActorContext } from "../../src/proactor/mod.ts";
import type { JournalRow, Lane } from "../../src/store/port.ts";
import { LOAD_SLOT_TYPE, LOAD_TYPE, type LoadReading } from "./load_types.ts";

/** Time between two bursts, in ms. */
const BURST_MS = 20;
/** Events of a burst: 600 events a second. */
const BURST_EVENTS = 12;
/** A life records at least this many events, then it is still: so the backlog has a bound, and the last life an end. */
export const LIFE_EVENTS_MAX = 2_000;
/** Bursts between two slots. */
const SLOT_BURSTS = 25;
/** Every lane is used; most events go by the common one. */
const LANES: readonly Lane[] = [2, 2, 2, 1, 2, 2, 2, 3, 2, 2];

/** The house's hub as far as the proactor is concerned; it records events and journals readings as fast as it is told to. */
export interface LoadActor extends Actor {
  restoreJournal(rows: readonly JournalRow[]): void;
}

function readingOf({ channel, value }: JournalRow): LoadReading {
  return [channel, value];
}

/** Makes the load. @param name Node name that the links deliver to. */
export function loadActor(name: string): LoadActor {
  let life = "";
  let events = 0;
  let readings = 0;
  let bursts = 0;
  let waiting: LoadReading[] = [];

  function record(type: string, more: { readonly Readings?: readonly LoadReading[] }, ctx: ActorContext): void {
    events++;
    ctx.record({ TypeName: type, Life: life, N: events, ...more }, LANES[events % LANES.length]);
  }
  function burst(ctx: ActorContext): void {
    for (let i = 0; i < BURST_EVENTS; i++) record(LOAD_TYPE, {}, ctx);
    readings++;
    ctx.journal(life, readings);
    waiting.push([life, readings]);
    if (++bursts % SLOT_BURSTS === 0) closeSlot(ctx);
  }
  function closeSlot(ctx: ActorContext): void {
    record(LOAD_SLOT_TYPE, { Readings: waiting }, ctx);
    waiting = [];
    ctx.clearJournal(ctx.wallMs + 1);
  }
  return {
    name,
    listensTo: [],
    step(input, ctx) {
      if (input.kind === "start") {
        life = ctx.newId();
        ctx.timer("burst", 0);
      } else if (input.kind === "timer") {
        burst(ctx);
        if (events < LIFE_EVENTS_MAX) ctx.timer("burst", BURST_MS);
        else closeSlot(ctx);
      }
    },
    snapshot: () => ({ events, readings }),
    restoreJournal: (rows) => waiting = rows.map(readingOf),
  };
}
