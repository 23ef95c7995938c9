import type { ProcessMemory } from "../core/isolate.ts";
import type { WorkerHost } from "../host/worker_side.ts";
import type { ProactorInit } from "./proactor_init.ts";
import { viewInside } from "./view_inside.ts";
import type { ToView } from "./view_model.ts";

/** How often the live view gets a snapshot, in ms. */
export const VIEW_PERIOD_MS = 500;

/** What a proactor says about itself. */
export type OwnPicture = Extract<ToView, { kind: "proactor" }>;

/** Tells those who look at a proactor how it is. */
export interface ProactorView {
  memory(memory: ProcessMemory): void;
  /** Says the last word. */
  stop(): void;
}

/** Who looks: a live view, a reader of lines, or nobody. */
export interface ProactorViewParts {
  /** A snapshot of every actor is work: asked for only when somebody looks. */
  look(isLast: boolean): OwnPicture;
  toView(own: OwnPicture): void;
  readonly print: WorkerHost["print"];
}

/** Starts telling. @returns What ends it. */
export function proactorView(init: Pick<ProactorInit, "view" | "lines">, parts: ProactorViewParts): ProactorView {
  if (init.lines !== undefined) {
    const inside = viewInside(init.lines, performance.now());
    const timer = setInterval(() => print(inside.text(parts.look(false), performance.now())), inside.periodMs);
    return {
      memory: inside.memory,
      stop() {
        clearInterval(timer);
        print(inside.last(parts.look(true), performance.now()));
      },
    };
  }
  if (init.view === undefined) return { memory() {}, stop() {} };
  const timer = setInterval(() => parts.toView(parts.look(false)), VIEW_PERIOD_MS);
  return {
    memory() {},
    stop() {
      clearInterval(timer);
      parts.toView(parts.look(true));
    },
  };

  function print(text: string): void {
    if (text !== "") parts.print("stdout", text);
  }
}
