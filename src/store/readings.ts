import { journalValue, stampMs } from "./account.ts";
import type { JournalRow } from "./port.ts";

/** Journalled readings: one for each channel and ms, however often it comes. */
export type Readings = Map<string, JournalRow>;

/** Adds a reading, unless one of this channel and ms is there: then it came twice. What is no number is left out. */
export function addReading(readings: Readings, { channel, value: raw, wallMs }: JournalRow): void {
  const value = journalValue(raw);
  if (value === undefined) return;
  const row = { channel, value, wallMs: stampMs(wallMs) };
  const key = `${row.wallMs} ${channel}`;
  if (!readings.has(key)) readings.set(key, row);
}

/** Drops the readings with a stamp before this one (ms). */
export function clearReadings(readings: Readings, beforeWallMs: number): void {
  for (const [key, row] of readings) if (row.wallMs < beforeWallMs) readings.delete(key);
}

/** The readings by stamp, then by channel. */
export function readingsInOrder(readings: Readings): JournalRow[] {
  return [...readings.values()].sort((a, b) =>
    a.wallMs - b.wallMs || (a.channel < b.channel ? -1 : a.channel > b.channel ? 1 : 0)
  );
}
