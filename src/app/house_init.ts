/** What the plan hands to the worker of a simulated house. */
export interface HouseInit {
  /** House ms for each real ms, 1 to 300. */
  readonly speed: number;
  /** Local time of day of the house at the start, in ms since midnight. */
  readonly startOfDayMs: number;
}
