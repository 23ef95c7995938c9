/** Local time of day. */
export interface LocalTime {
  /** 0 Sunday to 6 Saturday. */
  readonly weekday: number;
  /** Minute of the day, 0 to 1439. */
  readonly minute: number;
}

/** One on-peak window: from `fromMinute` up to, not including, `toMinute` of the local day. */
export interface TariffWindow {
  /** 0 Sunday to 6 Saturday. */
  readonly weekdays: readonly number[];
  readonly fromMinute: number;
  readonly toMinute: number;
}

/** On-peak windows of a site as data. */
export interface Tariff {
  /** IANA zone, for example "America/New_York". */
  readonly timezone: string;
  readonly onPeak: readonly TariffWindow[];
}

const WORKDAYS = [1, 2, 3, 4, 5];
const MINUTES_PER_DAY = 1_440;
const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

/** Time of use as in the pilot houses: workdays 7 to 12 and 16 to 20, on two minutes early (spec/scada.md §6.1). */
export const WORKDAY_TARIFF: Tariff = {
  timezone: "America/New_York",
  onPeak: [
    { weekdays: WORKDAYS, fromMinute: 6 * 60 + 58, toMinute: 12 * 60 },
    { weekdays: WORKDAYS, fromMinute: 15 * 60 + 58, toMinute: 20 * 60 },
  ],
};

/**
 * Makes the function from wall clock to local time of one zone.
 *
 * @throws {RangeError} When the zone is unknown.
 */
export function localClock(timezone: string): (wallMs: number) => LocalTime {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: timezone,
    hourCycle: "h23",
    weekday: "short",
    hour: "2-digit",
    minute: "2-digit",
  });
  return function localTime(wallMs: number): LocalTime {
    const parts = new Map(format.formatToParts(wallMs).map(({ type, value }) => [type, value]));
    return {
      weekday: WEEKDAYS.indexOf(parts.get("weekday") ?? ""),
      minute: Number(parts.get("hour")) * 60 + Number(parts.get("minute")),
    };
  };
}

/** Whether this local time is on-peak. */
export function isOnPeak(tariff: Tariff, time: LocalTime): boolean {
  return tariff.onPeak.some((window) =>
    window.weekdays.includes(time.weekday) && time.minute >= window.fromMinute && time.minute < window.toMinute
  );
}

/** Minutes of local clock to the next start of on-peak, within a day; undefined when none starts, 0 when it is on-peak. */
export function minutesToOnPeak(tariff: Tariff, time: LocalTime): number | undefined {
  if (isOnPeak(tariff, time)) return 0;
  const starts = tariff.onPeak.flatMap((window) => [
    ...(window.weekdays.includes(time.weekday) ? [window.fromMinute - time.minute] : []),
    ...(window.weekdays.includes((time.weekday + 1) % 7) ? [window.fromMinute + MINUTES_PER_DAY - time.minute] : []),
  ]).filter((minutes) => minutes > 0 && minutes <= MINUTES_PER_DAY);
  return starts.length === 0 ? undefined : Math.min(...starts);
}
