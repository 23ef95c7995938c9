import { type MachineTable, stepMachine } from "../core/table_machine.ts";
import { isWallTrusted } from "../core/wall_clock.ts";
import type { KeepRow } from "../store/port.ts";
import type { ProactorWorld } from "./world.ts";

/** Key under which the last known wall time is kept over restarts. */
export const LAST_KNOWN_KEY = "clock/last";
/** The last known time is kept this often, in ms, and at the stop: a card wears out by writes. */
export const LAST_KNOWN_KEEP_MS = 600_000;
/** A clock that is before the last known time, and what has passed since, by more than this, in ms, is behind. */
export const CLOCK_BEHIND_MS = 300_000;
/** Wall clock minus monotonic time changes by more than this, in ms, only when somebody sets the clock: slewing is slower. */
export const CLOCK_STEP_MS = 5_000;
/** Steps are told at most this often, in ms: two who fight for one clock must not drive the links. */
export const CLOCK_STEPS_APART_MS = 10_000;
/** A clock in this century that nobody sets for so long, in ms, is right, and what was known was not. */
export const CLOCK_BELIEVED_MS = 86_400_000;

/** "unseen": before the start. "behind": in 1970, or before the last known time. */
export type ClockState = "unseen" | "right" | "behind";

/**
 * What a look at the clock finds. "unset": before 2020. "doubtful": in this century, and before the last known time;
 * "believed": still so after a day.
 */
export type ClockInput = "unset" | "doubtful" | "believed" | "plausible";

/** A clock that is set back while it is right stays right: boards lose the time when they start, people set it later. */
export const CLOCK_TABLE: MachineTable<ClockState, ClockInput> = {
  unseen: { plausible: "right", unset: "behind", doubtful: "behind" },
  right: { unset: "behind" },
  behind: { plausible: "right", believed: "right" },
};

/** What a look found that it did not find before. */
export interface ClockNews {
  /** The state changed to this one. */
  readonly moved?: "right" | "behind";
  /** It is right now as nobody set it for so long. */
  readonly isBelieved?: true;
  /** The clock was set, by so many ms. */
  readonly steppedMs?: number;
}

/** The wall clock of one life as it is looked at once a turn. */
export interface ClockWatch {
  /** Takes what an earlier life kept. @throws {TypeError} If it is not what `takeKept` gave. */
  restore(text: string): void;
  look(): ClockNews;
  /** No time before this one (ms since 1970) is now, as far as is known; 0 when nothing is. */
  readonly lastKnownMs: number;
  /** Whether dates may be judged by the clock. */
  readonly isRight: boolean;
  /** What was wrong when the clock was found behind, for people. */
  readonly foundText: string;
  /** Why a peer may refuse us, for people; "" when the clock is not suspected. */
  doubt(): string;
  /** The last known time, when it is time to keep it. @param isLast At the stop: now. */
  takeKept(isLast: boolean): KeepRow | undefined;
}

/** Makes the watch of one life. */
export function clockWatch(world: Pick<ProactorWorld, "realMs" | "realWallMs">): ClockWatch {
  return new WallWatch(world);
}

class WallWatch implements ClockWatch {
  readonly #world: Pick<ProactorWorld, "realMs" | "realWallMs">;
  #state: ClockState = "unseen";
  /** Newest wall time (ms) that was right; 0 for none. */
  #lastKnownMs = 0;
  /** Monotonic ms at which it was known: no less time than since then has passed. */
  #knownAtMs = 0;
  #keptAtMs = -Infinity;
  #offsetMs: number | undefined;
  #steppedAtMs = -Infinity;
  /** Monotonic ms since which the clock goes on undisturbed. */
  #sinceMs = 0;
  foundText = "";

  constructor(world: Pick<ProactorWorld, "realMs" | "realWallMs">) {
    this.#world = world;
  }

  get isRight(): boolean {
    return this.#state === "right";
  }

  get lastKnownMs(): number {
    return this.#lastKnownMs;
  }

  restore(text: string): void {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "number" || !Number.isFinite(value)) {
      throw new TypeError(`Cannot restore the last known time as it must be a number of ms: ${text.slice(0, 40)}`);
    }
    this.#lastKnownMs = value;
    this.#knownAtMs = this.#world.realMs();
  }

  look(): ClockNews {
    const nowMs = this.#world.realMs();
    const wallMs = this.#world.realWallMs();
    const steppedMs = this.#step(wallMs - nowMs, nowMs);
    const input = this.#judge(wallMs, nowMs);
    const result = stepMachine(CLOCK_TABLE, this.#state, input);
    const moved = result.kind === "moved" && result.to !== "unseen" ? result.to : undefined;
    if (moved !== undefined) this.#state = moved;
    if (moved === "behind") this.foundText = this.#found(wallMs);
    if (this.#state === "right") {
      this.#lastKnownMs = wallMs;
      this.#knownAtMs = nowMs;
    }
    if (moved === "right" || steppedMs !== undefined) this.#keptAtMs = -Infinity;
    return {
      ...(moved === undefined ? {} : { moved }),
      ...(moved === "right" && input === "believed" ? { isBelieved: true } : {}),
      ...(steppedMs === undefined ? {} : { steppedMs }),
    };
  }

  doubt(): string {
    if (this.#state !== "behind") return "";
    return `the wall clock is not right (${this.#found(this.#world.realWallMs())}): set the clock (NTP)`;
  }

  takeKept(isLast: boolean): KeepRow | undefined {
    const nowMs = this.#world.realMs();
    if (this.#state !== "right" || (!isLast && nowMs - this.#keptAtMs < LAST_KNOWN_KEEP_MS)) return undefined;
    this.#keptAtMs = nowMs;
    return { key: LAST_KNOWN_KEY, version: 1, value: String(Math.trunc(this.#lastKnownMs)), expiresWallMs: 0 };
  }

  /** @returns By how much the clock was set since the last look, if it was. */
  #step(offsetMs: number, nowMs: number): number | undefined {
    const byMs = offsetMs - (this.#offsetMs ?? offsetMs);
    if (Math.abs(byMs) <= CLOCK_STEP_MS) {
      if (this.#offsetMs === undefined) this.#sinceMs = nowMs;
      this.#offsetMs = offsetMs;
      return undefined;
    }
    this.#sinceMs = nowMs;
    if (nowMs - this.#steppedAtMs < CLOCK_STEPS_APART_MS) return undefined;
    this.#steppedAtMs = nowMs;
    this.#offsetMs = offsetMs;
    return Math.round(byMs);
  }

  #judge(wallMs: number, nowMs: number): ClockInput {
    if (!isWallTrusted(wallMs)) return "unset";
    const earliestMs = this.#lastKnownMs + nowMs - this.#knownAtMs;
    if (wallMs >= earliestMs - CLOCK_BEHIND_MS) return "plausible";
    return nowMs - this.#sinceMs >= CLOCK_BELIEVED_MS ? "believed" : "doubtful";
  }

  #found(wallMs: number): string {
    const known = this.#lastKnownMs === 0
      ? "no earlier time is known"
      : `last known time ${isoText(this.#lastKnownMs)}`;
    return `it says ${isoText(wallMs)}, ${known}`;
  }
}

/** ISO 8601 in UTC, whole seconds. @param ms Since 1970. */
export function isoText(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
}
