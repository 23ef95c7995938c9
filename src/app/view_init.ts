/** What the plan hands to the live view. */
export interface ViewInit {
  readonly program: "dev" | "run" | "ltn";
  /** One JSON object a second, and a last summary. */
  readonly json: boolean;
  /** Draw over the last picture; else one line a second. */
  readonly isTerminal: boolean;
  /** House ms for each real ms. */
  readonly speed: number;
  readonly zones: readonly ZoneView[];
}

/** A zone as the view shows it. */
export interface ZoneView {
  readonly name: string;
  /** Channel of its temperature in °C × 1000. */
  readonly channel: string;
  /** Until the brain says what its thermostat is set to. */
  readonly setpointC: number;
}
