const HOURS_PER_DAY = 24;

/** Outdoor temperature in °C at each hour (0 to 23, local time) of an invented cold winter day in the north-east. */
export const OUTDOOR_DAY_C: readonly number[] = [
  -8.0,
  -8.6,
  -9.1,
  -9.6,
  -10.0,
  -10.3,
  -10.4,
  -9.8,
  -8.4,
  -6.6,
  -4.9,
  -3.4,
  -2.3,
  -1.6,
  -1.3,
  -1.7,
  -2.6,
  -3.7,
  -4.6,
  -5.4,
  -6.0,
  -6.6,
  -7.1,
  -7.6,
];

/** Added to the trace, in °C, on day 0, 1, 2 … of a run; repeats. */
const DAY_OFFSET_C: readonly number[] = [0, 2.5, -3, 4, -1.5, 6, 1];

/**
 * Outdoor temperature of the simulated house in °C, linear between the hours.
 *
 * @param hour Hours since local midnight of day 0, 0 or more.
 */
export function outdoorC(hour: number): number {
  return at(Math.floor(hour)) + (at(Math.floor(hour) + 1) - at(Math.floor(hour))) * (hour - Math.floor(hour));
}

function at(hour: number): number {
  const day = Math.floor(hour / HOURS_PER_DAY);
  const base = OUTDOOR_DAY_C[hour - day * HOURS_PER_DAY] ?? 0;
  return base + (DAY_OFFSET_C[day % DAY_OFFSET_C.length] ?? 0);
}
