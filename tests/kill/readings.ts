/** One reading, wherever it was seen. */
export interface SeenReading {
  readonly channel: string;
  readonly value: number;
  /** Stamp of the agent. */
  readonly wallMs: number;
}

/** The part of a snapshot on the wire that holds readings. */
export interface SnapshotPart {
  readonly LatestReadingList: readonly {
    readonly ChannelName: string;
    readonly Value: number;
    readonly ScadaReadTimeUnixMs: number;
  }[];
}

/** The part of a report event that holds readings. */
export interface ReportPart {
  readonly Report: {
    readonly MessageCreatedMs: number;
    readonly SlotStartUnixS: number;
    readonly ChannelReadingList: readonly {
      readonly ChannelName: string;
      readonly ValueList: readonly number[];
      readonly ScadaReadTimeUnixMsList: readonly number[];
    }[];
  };
}

/** When an agent died, and what was known of its readings then. */
export interface Death {
  readonly wallMs: number;
  readonly known: readonly SeenReading[];
}

/** A reading older than this at the death must be in the next report, in ms. Source: the journal's longest wait. */
export const LOSS_MS_MAX = 10_000;
/** The commit itself on a busy machine, in ms. */
const COMMIT_MS_MAX = 500;
/** From this age on a reading is owed, in ms. */
export const AGE_MS_OWED = LOSS_MS_MAX + COMMIT_MS_MAX;

/**
 * Readings that a death must not lose: what it may lose is judged at no later one.
 *
 * @param beforeMs Death before it, or 0.
 */
export function owedAt({ wallMs, known }: Death, beforeMs: number): readonly SeenReading[] {
  return known.filter((one) => one.wallMs > beforeMs && one.wallMs <= wallMs - AGE_MS_OWED);
}

/** Identity of a reading. */
export function readingKey({ channel, value, wallMs }: SeenReading): string {
  return `${channel}=${value}@${wallMs}`;
}

/** Readings of snapshots, each once. */
export function snapshotReadings(snapshots: readonly SnapshotPart[]): readonly SeenReading[] {
  const byKey = new Map<string, SeenReading>();
  for (const { LatestReadingList } of snapshots) {
    for (const { ChannelName: channel, Value: value, ScadaReadTimeUnixMs: wallMs } of LatestReadingList) {
      const reading = { channel, value, wallMs };
      byKey.set(readingKey(reading), reading);
    }
  }
  return [...byKey.values()];
}

/** Readings of one report, as often as it holds them. */
export function reportReadings({ Report }: ReportPart): readonly SeenReading[] {
  return Report.ChannelReadingList.flatMap(({ ChannelName: channel, ValueList, ScadaReadTimeUnixMsList }) =>
    ValueList.map((value, i) => ({ channel, value, wallMs: ScadaReadTimeUnixMsList[i] ?? NaN }))
  );
}

/** What is wrong with reports, given the deaths between them; empty when nothing is. */
export function reportProblems(reports: readonly ReportPart[], deaths: readonly Death[]): readonly string[] {
  const problems: string[] = [];
  const createdMs = new Map<string, number>();
  for (const report of reports) {
    const { MessageCreatedMs } = report.Report;
    for (const reading of reportReadings(report)) {
      const key = readingKey(reading);
      if (createdMs.has(key)) problems.push(`reading ${key} is in two reports`);
      createdMs.set(key, MessageCreatedMs);
    }
  }
  let beforeMs = 0;
  for (const death of deaths) {
    const { wallMs } = death;
    const nextMs = Math.min(...reports.map(({ Report }) => Report.MessageCreatedMs).filter((ms) => ms > wallMs));
    for (const reading of owedAt(death, beforeMs)) {
      const inMs = createdMs.get(readingKey(reading));
      const text = `reading ${readingKey(reading)}, ${wallMs - reading.wallMs} ms old at the kill`;
      if (inMs === undefined) problems.push(`${text}, is in no report`);
      else if (inMs > nextMs) problems.push(`${text}, is in a later report than the first one after it`);
    }
    beforeMs = wallMs;
  }
  return problems;
}
