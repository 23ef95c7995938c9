/** Limits of one compressor. Times in ms of house time. */
export interface CompressorLimits {
  /** Relay that calls the heat pump: 1 runs it. */
  readonly output: string;
  /** Relay that hands the call to the agent: 0 is the heat pump's own thermostat. */
  readonly failsafe: string;
  /** Channel of its electric power in W. */
  readonly powerChannel: string;
  /** Power in W from which it counts as running. */
  readonly runningW: number;
  readonly onMsMin: number;
  readonly offMsMin: number;
}

/** Over-temperature cut of the tank. Temperatures in °C × 1000. */
export interface TankLimits {
  readonly channels: readonly string[];
  /** The heat pump is forced off from here … */
  readonly cutMilliC: number;
  /** … until every channel is below this. */
  readonly releaseMilliC: number;
}

/** Frost protection: below `frostMilliC` the house's own thermostats rule, until above `releaseMilliC`. */
export interface FrostLimits {
  readonly channels: readonly string[];
  readonly frostMilliC: number;
  readonly releaseMilliC: number;
}

/** Sensors without which the agent may not rule: silent this long (ms), and the house's own thermostats rule. */
export interface SensorLimits {
  readonly channels: readonly string[];
  readonly lostMs: number;
}

/** All limits of a house. */
export interface SafetyLimits {
  readonly compressor: CompressorLimits;
  readonly tank: TankLimits;
  readonly frost: FrostLimits;
  readonly sensors: SensorLimits;
  /** Every relay whose de-energized side hands a part of the house to its own thermostat. */
  readonly failsafes: readonly string[];
}

/** Limits of layouts/simple_house.json. */
export const SIMPLE_HOUSE_LIMITS: SafetyLimits = {
  compressor: {
    output: "relay1",
    failsafe: "relay3",
    powerChannel: "hp-odu-pwr",
    runningW: 150,
    onMsMin: 600_000,
    offMsMin: 600_000,
  },
  tank: { channels: ["tank1-depth1", "tank1-depth2", "tank1-depth3"], cutMilliC: 62_000, releaseMilliC: 57_000 },
  frost: { channels: ["zone1-main-temp"], frostMilliC: 8_000, releaseMilliC: 12_000 },
  sensors: { channels: ["tank1-depth1", "zone1-main-temp"], lostMs: 120_000 },
  failsafes: ["relay3", "relay4"],
};
