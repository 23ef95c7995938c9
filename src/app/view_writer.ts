import type { ViewInit } from "./view_init.ts";
import { memoryLine, pictureLine, pictureScreen } from "./view_lines.ts";
import { summary, type ViewPicture } from "./view_model.ts";
import { newsKey } from "./view_words.ts";

/** How often something is shown, in ms: a screen is redrawn faster than lines are written. */
const LINE_PERIOD_MS = 1_000;
const SCREEN_PERIOD_MS = 250;
/** In a log of `run` and `ltn` a line is written when there is news, and this often when there is none, in ms. */
export const QUIET_MS = 60_000;

const CLEAR = "\x1b[H\x1b[2J";

/** Writes pictures as the command line asks for them. */
export interface ViewWriter {
  /** How often `text` is to be asked, in ms. */
  readonly periodMs: number;
  /** What is written of this picture now; "" for nothing. @param nowMs Monotonic ms. */
  text(now: ViewPicture, nowMs: number): string;
  /** The last words. */
  last(now: ViewPicture): string;
}

/** Whether somebody looks at a screen: it is drawn by a worker of its own, so that drawing costs control nothing. */
export function isScreen({ json, isTerminal }: Pick<ViewInit, "json" | "isTerminal">): boolean {
  return isTerminal && !json;
}

/** Makes a writer: one JSON object a second, a screen, or lines. */
export function viewWriter(init: ViewInit): ViewWriter {
  let saidMs = -Infinity;
  let saidKey = "";

  /** The demo is there to be looked at; a journal of years is not. */
  function isWorthALine(now: ViewPicture, nowMs: number): boolean {
    const key = newsKey(now);
    if (init.program !== "dev" && key === saidKey && nowMs - saidMs < QUIET_MS) return false;
    saidMs = nowMs;
    saidKey = key;
    return true;
  }
  return {
    periodMs: isScreen(init) ? SCREEN_PERIOD_MS : LINE_PERIOD_MS,
    text(now, nowMs) {
      if (init.json) return `${JSON.stringify(now)}\n`;
      if (init.isTerminal) return `${CLEAR}${pictureScreen(now, `hearth ${init.program}`).join("\n")}\n`;
      return isWorthALine(now, nowMs) ? `${pictureLine(now)}\n` : "";
    },
    last(now) {
      const lines = init.json ? [JSON.stringify(summary(now))] : [pictureLine(now), memoryLine(now)];
      return lines.filter((line) => line !== undefined).map((line) => `${line}\n`).join("");
    },
  };
}
