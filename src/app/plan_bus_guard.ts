import type { RunPlan } from "../core/isolate.ts";
import type { BoardBuses } from "./plan_bus.ts";
import type { GuardInit } from "./guard_init.ts";

/** The plan of `hearth guard --once`: one worker with `ffi` of the C library, and nothing else. */
export function guardPlan({ libcPath, buses }: BoardBuses, json: boolean): RunPlan {
  const withOutputs = buses.filter((spec) => spec.kind === "gpio" && spec.outputs.length > 0);
  const init: GuardInit = { libcPath, buses: withOutputs, json };
  const grants = withOutputs.length === 0 ? {} : { ffi: [libcPath] };
  return {
    workers: [{ name: "guard", entry: "guard", grants, supervision: "foreground", silentMs: 0, init }],
    ports: [],
  };
}
