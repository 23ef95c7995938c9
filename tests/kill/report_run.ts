import { DatabaseSync } from "node:sqlite";
import { AGE_MS_OWED, type ReportPart, type SeenReading } from "./readings.ts";

/** Text of a layout whose channels are captured each second, or as often as their sensor is read. */
export function denseLayout(text: string): string {
  const polled = text.replaceAll(/"PollPeriodMs": \d+/g, '"PollPeriodMs": 500');
  return polled.replaceAll(/"CapturePeriodS": \d+/g, '"CapturePeriodS": 1');
}

/** Reports that an LTN has applied, oldest first. */
export function appliedReports(path: string): readonly ReportPart[] {
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    return db.prepare("SELECT bytes FROM inbox WHERE type='report.event' ORDER BY n").all()
      .map(({ bytes }) => JSON.parse(new TextDecoder().decode(bytes as Uint8Array)) as ReportPart);
  } finally {
    db.close();
  }
}

/** Rows of the journal of a stopped agent. */
export function journalOf(path: string): readonly SeenReading[] {
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    return db.prepare("SELECT channel, value, wall_ms FROM journal").all()
      .map((row) => ({ channel: String(row["channel"]), value: Number(row["value"]), wallMs: Number(row["wall_ms"]) }));
  } finally {
    db.close();
  }
}

/** A wait for the middle of a slot. */
export interface MidSlot {
  readonly slotMs: number;
  /** When the agent's present life began. */
  readonly bornWallMs: number;
  /** How much older than it must be that reading is, in ms. */
  readonly extraMs: number;
}

/** Left of a slot at least, in ms: the kill must come before the report. */
const SLOT_LEFT_MS_MIN = 500;

/** Whether a reading of this slot and life is old enough to have to survive, and the report is not yet due. */
export function isMidSlot(slot: MidSlot, seen: readonly SeenReading[], wallMs: number): boolean {
  const { slotMs, bornWallMs, extraMs } = slot;
  const slotStartMs = Math.floor(wallMs / slotMs) * slotMs;
  if (slotStartMs + slotMs - wallMs < SLOT_LEFT_MS_MIN) return false;
  const fromMs = Math.max(slotStartMs, bornWallMs);
  return seen.some((one) => one.wallMs > fromMs && one.wallMs <= wallMs - AGE_MS_OWED - extraMs);
}
