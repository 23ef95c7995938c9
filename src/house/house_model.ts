/** What the simulated house is made of. */
export interface HouseModel {
  /** Tank water in kg, shared evenly by the layers. */
  readonly tankKg: number;
  /** Heat loss of the whole tank to the zone in W/K. */
  readonly tankLossWPerK: number;
  /** Conduction between neighbour layers in W/K. */
  readonly layerConductionWPerK: number;
  /** Heat capacity of zone air and building mass in J/K. */
  readonly zoneJPerK: number;
  /** Heat loss of the zone to outdoors in W/K. */
  readonly zoneLossWPerK: number;
  /** Heat of people and appliances in the zone in W. */
  readonly gainsW: number;
  /** Emitter heat per kelvin between supply water and zone in W/K. */
  readonly emitterWPerK: number;
  /** Water flow of the zone circuit in kg/s. */
  readonly zoneFlowKgPerS: number;
  /** Electric power of the zone's pump in W; it ends as heat in the zone. */
  readonly pumpW: number;
  /** Electric power of the running compressor in W: lowest and highest. */
  readonly compressorWMin: number;
  readonly compressorWMax: number;
  /** Temperature rise of the water over the heat pump in K. */
  readonly heatPumpRiseK: number;
  /** Supply temperature in °C above which the compressor slows down, and where it is at its minimum. */
  readonly slowFromC: number;
  readonly slowToC: number;
  /** The heat pump's own cut-out on leaving water in °C. */
  readonly cutOutC: number;
  /** Tank aquastat (rules the heat pump when its relay is de-energized): on below, off above, in °C of the middle. */
  readonly aquastatOnC: number;
  readonly aquastatOffC: number;
  /** Wall thermostat (rules the zone valve when its relay is de-energized): on below, off above, in °C. */
  readonly wallOnC: number;
  readonly wallOffC: number;
}

/** One 450 kg tank, one air-source heat pump of 1 to 3.2 kW electric, one zone of about 120 m². */
export const SIMPLE_HOUSE: HouseModel = {
  tankKg: 450,
  tankLossWPerK: 3,
  layerConductionWPerK: 4,
  zoneJPerK: 25e6,
  zoneLossWPerK: 140,
  gainsW: 350,
  emitterWPerK: 320,
  zoneFlowKgPerS: 0.3,
  pumpW: 45,
  compressorWMin: 1_000,
  compressorWMax: 3_200,
  heatPumpRiseK: 6,
  slowFromC: 50,
  slowToC: 58,
  cutOutC: 64,
  aquastatOnC: 40,
  aquastatOffC: 48,
  wallOnC: 18.5,
  wallOffC: 19.5,
};

/** Fraction of the Carnot limit that the heat pump reaches. */
const CARNOT_FRACTION = 0.42;
const COP_MIN = 1.2;
const COP_MAX = 5.5;
const KELVIN = 273.15;

/**
 * Coefficient of performance.
 *
 * @param sourceC Outdoor air in °C.
 * @param sinkC Leaving water in °C.
 * @returns Heat out per electricity in, 1.2 to 5.5.
 */
export function heatPumpCop(sourceC: number, sinkC: number): number {
  const liftK = Math.max(5, sinkC - sourceC);
  return Math.min(COP_MAX, Math.max(COP_MIN, (CARNOT_FRACTION * (sinkC + KELVIN)) / liftK));
}

/**
 * Electric power of the running compressor in W at this leaving water temperature in °C.
 */
export function compressorW(model: HouseModel, leavingC: number): number {
  const share = (leavingC - model.slowFromC) / (model.slowToC - model.slowFromC);
  const slow = Math.min(1, Math.max(0, share));
  return model.compressorWMax - slow * (model.compressorWMax - model.compressorWMin);
}
