import type { CertificateDates } from "../core/credentials.ts";
import { type MachineTable, stepMachine } from "../core/table_machine.ts";

const DAY_MS = 86_400_000;

/** What was said of one certificate last. */
export type ExpiryState = "unsaid" | "said_30_days" | "said_7_days" | "said_1_day" | "said_expired";

/** What is found of it; "set_back": the clock that said so went back. */
export type ExpiryInput = "days_30" | "days_7" | "day_1" | "expired" | "set_back";

/** Each is said once, the nearest only; a missing cell is one that was said, or that a nearer one has overtaken. */
export const EXPIRY_TABLE: MachineTable<ExpiryState, ExpiryInput> = {
  unsaid: { days_30: "said_30_days", days_7: "said_7_days", day_1: "said_1_day", expired: "said_expired" },
  said_30_days: { days_7: "said_7_days", day_1: "said_1_day", expired: "said_expired", set_back: "unsaid" },
  said_7_days: { day_1: "said_1_day", expired: "said_expired", set_back: "unsaid" },
  said_1_day: { expired: "said_expired", set_back: "unsaid" },
  said_expired: { set_back: "unsaid" },
};

/** What is worth a problem event. */
export type ExpiryLevel = Exclude<ExpiryInput, "set_back">;

/** Time left (ms) from which on each is found, farthest first. */
const LEVELS: readonly { readonly level: ExpiryLevel; readonly leftMs: number; readonly said: ExpiryState }[] = [
  { level: "days_30", leftMs: 30 * DAY_MS, said: "said_30_days" },
  { level: "days_7", leftMs: 7 * DAY_MS, said: "said_7_days" },
  { level: "day_1", leftMs: DAY_MS, said: "said_1_day" },
  { level: "expired", leftMs: -1, said: "said_expired" },
];

/** A certificate that has no more than this (ms) beside a level when it is made is not warned of at it. */
export const EXPIRY_BORN_MS = DAY_MS;
/** A clock that goes back over a level by less than this (ms) takes nothing back that was said. */
export const EXPIRY_BACK_MS = 3_600_000;

/** The outcome of one look at a certificate. */
export interface ExpiryStep {
  readonly state: ExpiryState;
  /** What is to be said now. */
  readonly level?: ExpiryLevel;
}

/** Looks at one certificate by a clock that is right. @param wallMs ms since 1970. */
export function stepExpiry(state: ExpiryState, dates: CertificateDates, wallMs: number): ExpiryStep {
  const from = isSetBack(state, dates, wallMs) ? stepTo(state, "set_back") : state;
  const level = levelAt(dates, dates.notAfterMs - wallMs);
  if (level === undefined) return { state: from };
  const result = stepMachine(EXPIRY_TABLE, from, level);
  return result.kind === "moved" ? { state: result.to, level } : { state: from };
}

/** Time (ms) until the next level of this certificate; Infinity when none is left. */
export function untilNextLevel(dates: CertificateDates, wallMs: number): number {
  const left = dates.notAfterMs - wallMs;
  const next = LEVELS.find(({ leftMs }) => left > leftMs);
  return next === undefined ? Infinity : left - next.leftMs;
}

function levelAt({ notBeforeMs, notAfterMs }: CertificateDates, left: number): ExpiryLevel | undefined {
  const whole = notAfterMs - notBeforeMs - EXPIRY_BORN_MS;
  return LEVELS.findLast(({ leftMs }) => left <= leftMs && (whole > leftMs || leftMs < 0))?.level;
}

/** Whether the certificate has more time left than when it was last spoken of. */
function isSetBack(state: ExpiryState, { notAfterMs }: CertificateDates, wallMs: number): boolean {
  const said = LEVELS.find((one) => one.said === state);
  return said !== undefined && notAfterMs - wallMs - EXPIRY_BACK_MS > said.leftMs;
}

function stepTo(state: ExpiryState, input: ExpiryInput): ExpiryState {
  const result = stepMachine(EXPIRY_TABLE, state, input);
  return result.kind === "moved" ? result.to : state;
}
