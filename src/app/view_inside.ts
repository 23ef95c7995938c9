import type { ProcessMemory } from "../core/isolate.ts";
import type { ViewInit } from "./view_init.ts";
import { picture, type ToView, type ViewState } from "./view_model.ts";
import { viewWriter } from "./view_writer.ts";

type Own = Extract<ToView, { kind: "proactor" }>;

/** The view of a program that nobody watches: agent or LTN write its lines themselves, as a worker costs 10 MB and more. */
export interface ViewInside {
  /** How often `text` is to be asked, in ms. */
  readonly periodMs: number;
  /** What is to be written now; "" for nothing. @param nowMs Monotonic ms. */
  text(own: Own, nowMs: number): string;
  /** The last words. */
  last(own: Own, nowMs: number): string;
  /** The memory of every isolate, when the plan has it told. */
  memory(memory: ProcessMemory): void;
}

/** Makes the view of one agent or LTN. @param startedMs Monotonic ms of its start. */
export function viewInside(init: ViewInit, startedMs: number): ViewInside {
  const writer = viewWriter(init);
  const state: ViewState = {};
  let outputs: Readonly<Record<string, number>> = {};
  let switches = 0;

  function seen(own: Own, nowMs: number) {
    if (init.program === "ltn") state.ltn = own;
    else state.agent = own;
    const next = own.snapshot.outputs;
    switches += Object.keys(next).filter((name) => outputs[name] !== undefined && outputs[name] !== next[name]).length;
    outputs = next;
    return { ...picture(state, init, (nowMs - startedMs) / 1_000 * init.speed), relaySwitches: switches };
  }
  return {
    periodMs: writer.periodMs,
    text: (own, nowMs) => writer.text(seen(own, nowMs), nowMs),
    last: (own, nowMs) => writer.last(seen(own, nowMs)),
    memory: (memory) => void (state.memory = memory),
  };
}
