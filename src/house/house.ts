import { invariant } from "../core/invariant.ts";
import { compressorW, heatPumpCop, type HouseModel, SIMPLE_HOUSE } from "./house_model.ts";
import { outdoorC } from "./outdoor_trace.ts";

const WATER_J_PER_KG_K = 4_186;
const SUBSTEP_MS_MAX = 5_000;
const LAYERS = 4;
const MS_PER_HOUR = 3_600_000;

/** Relays of the house: 0 de-energized, 1 energized. The de-energized side is the house's own thermostats rule. */
export interface HouseOutputs {
  /** relay1: heat call to the heat pump, heard while relay3 is energized. */
  readonly relay1: number;
  /** relay2: zone valve and pump, heard while relay4 is energized. */
  readonly relay2: number;
  /** relay3: who calls the heat pump; 0 the tank aquastat, 1 relay1. */
  readonly relay3: number;
  /** relay4: who calls the zone; 0 the wall thermostat, 1 relay2. */
  readonly relay4: number;
}

/** Energy since the start in J. */
export interface HouseEnergy {
  readonly electricJ: number;
  /** Taken from the outdoor air by the heat pump. */
  readonly ambientJ: number;
  readonly gainsJ: number;
  readonly zoneLossJ: number;
}

/** State of the simulated house: plain data. */
export interface HouseState {
  /** Time since local midnight of day 0 in ms. */
  readonly timeMs: number;
  /** Tank layers in °C, the top first. */
  readonly layersC: readonly number[];
  readonly zoneC: number;
  readonly outdoorC: number;
  readonly compressorOn: boolean;
  readonly compressorW: number;
  readonly leavingC: number;
  readonly zoneValveOpen: boolean;
  readonly pumpW: number;
  readonly aquastatCalls: boolean;
  readonly wallCalls: boolean;
  readonly energy: HouseEnergy;
}

/** What acts on the house during a step. `outdoorC` overrides the trace. */
export interface HouseInputs {
  readonly outputs: HouseOutputs;
  readonly outdoorC?: number;
  readonly model?: HouseModel;
}

/** A house at rest. @param timeMs Time since local midnight of day 0 in ms. */
export function initialHouse(timeMs: number, zoneC = 20, tankC = 42): HouseState {
  return {
    timeMs,
    layersC: Array.from({ length: LAYERS }, () => tankC),
    zoneC,
    outdoorC: outdoorC(timeMs / MS_PER_HOUR),
    compressorOn: false,
    compressorW: 0,
    leavingC: tankC,
    zoneValveOpen: false,
    pumpW: 0,
    aquastatCalls: false,
    wallCalls: false,
    energy: { electricJ: 0, ambientJ: 0, gainsJ: 0, zoneLossJ: 0 },
  };
}

/**
 * Advances the house. Pure.
 *
 * @param dtMs More than 0; cut into steps of at most 5 s.
 */
export function stepHouse(state: HouseState, inputs: HouseInputs, dtMs: number): HouseState {
  invariant(dtMs > 0 && Number.isFinite(dtMs), `house step of ${dtMs} ms`);
  const steps = Math.ceil(dtMs / SUBSTEP_MS_MAX);
  let next = state;
  for (let i = 0; i < steps; i++) next = substep(next, inputs, dtMs / steps);
  return next;
}

function substep(state: HouseState, inputs: HouseInputs, dtMs: number): HouseState {
  const model = inputs.model ?? SIMPLE_HOUSE;
  const outdoor = inputs.outdoorC ?? outdoorC(state.timeMs / MS_PER_HOUR);
  const calls = thermostats(state, model);
  const { relay1, relay2, relay3, relay4 } = inputs.outputs;
  const hpCalled = relay3 === 1 ? relay1 === 1 : calls.aquastatCalls;
  const zoneCalled = relay4 === 1 ? relay2 === 1 : calls.wallCalls;
  const heat = heatFlows(state, { model, outdoor, hpCalled, zoneCalled });
  const dtS = dtMs / 1_000;
  const layers = nextLayers(state, model, { heat, dtS });
  const zoneLossW = model.zoneLossWPerK * (state.zoneC - outdoor);
  const tankLossW = state.layersC.reduce((sum, c) => sum + (model.tankLossWPerK / LAYERS) * (c - state.zoneC), 0);
  const zoneInW = heat.emitterW + heat.pumpW + model.gainsW + tankLossW;
  return {
    timeMs: state.timeMs + dtMs,
    layersC: layers,
    zoneC: state.zoneC + ((zoneInW - zoneLossW) * dtS) / model.zoneJPerK,
    outdoorC: outdoor,
    compressorOn: heat.electricW > 0,
    compressorW: heat.electricW,
    leavingC: heat.leavingC,
    zoneValveOpen: zoneCalled,
    pumpW: heat.pumpW,
    ...calls,
    energy: {
      electricJ: state.energy.electricJ + (heat.electricW + heat.pumpW) * dtS,
      ambientJ: state.energy.ambientJ + (heat.heatPumpW - heat.electricW) * dtS,
      gainsJ: state.energy.gainsJ + model.gainsW * dtS,
      zoneLossJ: state.energy.zoneLossJ + zoneLossW * dtS,
    },
  };
}

function thermostats(state: HouseState, model: HouseModel): { aquastatCalls: boolean; wallCalls: boolean } {
  const middleC = state.layersC[1] ?? 0;
  return {
    aquastatCalls: state.aquastatCalls ? middleC < model.aquastatOffC : middleC < model.aquastatOnC,
    wallCalls: state.wallCalls ? state.zoneC < model.wallOffC : state.zoneC < model.wallOnC,
  };
}

interface HeatFlows {
  readonly heatPumpW: number;
  readonly electricW: number;
  readonly leavingC: number;
  readonly emitterW: number;
  readonly pumpW: number;
}

interface HeatCalls {
  readonly model: HouseModel;
  readonly outdoor: number;
  readonly hpCalled: boolean;
  readonly zoneCalled: boolean;
}

function heatFlows(state: HouseState, calls: HeatCalls): HeatFlows {
  const { model } = calls;
  const topC = state.layersC[0] ?? 0;
  const leavingC = (state.layersC[LAYERS - 1] ?? 0) + model.heatPumpRiseK;
  const runs = calls.hpCalled && leavingC < model.cutOutC;
  const electricW = runs ? compressorW(model, leavingC) : 0;
  const emitterW = calls.zoneCalled ? Math.max(0, model.emitterWPerK * (topC - state.zoneC)) : 0;
  return {
    heatPumpW: electricW * heatPumpCop(calls.outdoor, leavingC),
    electricW,
    leavingC: runs ? leavingC : state.layersC[0] ?? 0,
    emitterW,
    pumpW: calls.zoneCalled ? model.pumpW : 0,
  };
}

/** Upwind flow through the layers: the heat pump fills from the top, the zone circuit from the bottom. */
function nextLayers(
  state: HouseState,
  model: HouseModel,
  { heat, dtS }: { readonly heat: HeatFlows; readonly dtS: number },
): readonly number[] {
  const old = state.layersC;
  const joulePerK = (model.tankKg / LAYERS) * WATER_J_PER_KG_K;
  const chargeWPerK = heat.heatPumpW / model.heatPumpRiseK;
  const drawWPerK = heat.emitterW > 0 ? model.zoneFlowKgPerS * WATER_J_PER_KG_K : 0;
  const next = old.map((celsius, i) => {
    const above = old[i - 1];
    const below = old[i + 1];
    let watts = (model.tankLossWPerK / LAYERS) * (state.zoneC - celsius);
    if (above !== undefined) watts += (chargeWPerK + model.layerConductionWPerK) * (above - celsius);
    else watts += chargeWPerK * ((old[LAYERS - 1] ?? 0) + model.heatPumpRiseK - celsius);
    if (below !== undefined) watts += (drawWPerK + model.layerConductionWPerK) * (below - celsius);
    else if (drawWPerK > 0) watts += drawWPerK * ((old[0] ?? 0) - heat.emitterW / drawWPerK - celsius);
    return celsius + (watts * dtS) / joulePerK;
  });
  return settle(next);
}

/** Warm water rises: neighbours that lie the wrong way round are mixed, from the top down, until none do. */
function settle(layers: readonly number[]): readonly number[] {
  const groups: { sum: number; count: number }[] = [];
  for (const celsius of layers) {
    let group = { sum: celsius, count: 1 };
    for (let last = groups.at(-1); last !== undefined && last.sum / last.count < group.sum / group.count;) {
      group = { sum: last.sum + group.sum, count: last.count + group.count };
      groups.pop();
      last = groups.at(-1);
    }
    groups.push(group);
  }
  return groups.flatMap((group) => Array.from({ length: group.count }, () => group.sum / group.count));
}

/** Heat stored in tank and building in J above 0 °C. */
export function storedJ(state: HouseState, model: HouseModel = SIMPLE_HOUSE): number {
  const layerJPerK = (model.tankKg / LAYERS) * WATER_J_PER_KG_K;
  return state.layersC.reduce((sum, celsius) => sum + celsius * layerJPerK, state.zoneC * model.zoneJPerK);
}
