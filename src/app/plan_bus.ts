import { LIBC_PATHS } from "../../drivers/linux/libc_paths.ts";
import type { BusInit, BusSpec } from "../core/bus_parts.ts";
import type { WorkerPlan } from "../core/isolate.ts";
import { layoutBuses, type UndrivenComponent } from "../layout/mod.ts";
import type { FoundLayout, PlanBasis } from "./plan_basis.ts";

/** A bus worker without a beat for this long is silent, in ms. */
export const BUS_SILENT_MS = 1_000;
/** Most components that a warning names; the others are counted. */
const NAMED_MAX = 8;

/** The buses of a layout and the library that drives them; undefined when something is wrong, which is in `basis`. */
export interface BoardBuses {
  readonly libcPath: string;
  readonly buses: readonly BusSpec[];
}

/** Reads the buses of a layout; every problem goes to the basis. No library is looked for when there is no bus. */
export function boardBuses(layout: FoundLayout, basis: PlanBasis): BoardBuses | undefined {
  const { buses, undriven, problems } = layoutBuses(layout.text, layout.path);
  if (undriven.length > 0) basis.warnings.push(undrivenText(undriven));
  if (problems.length > 0) return void basis.problems.push(...problems.map((problem) => problem.text));
  if (buses.length === 0) return { libcPath: "", buses };
  const libcPath = libcOf(basis);
  return libcPath === undefined ? undefined : { libcPath, buses };
}

function undrivenText(undriven: readonly UndrivenComponent[]): string {
  const named = undriven.slice(0, NAMED_MAX).map(({ name, typeName }) => `"${name}" (${typeName})`);
  const more = undriven.length > NAMED_MAX ? ` and ${undriven.length - NAMED_MAX} more` : "";
  const count = `${undriven.length} component${undriven.length === 1 ? "" : "s"}`;
  return `Cannot drive ${count} as there must be a driver for each type: ${named.join(", ")}${more}`;
}

function libcOf({ host, problems }: PlanBasis): string | undefined {
  const { arch, libcPath } = host.board(LIBC_PATHS);
  if (libcPath !== undefined) return libcPath;
  const tried = (LIBC_PATHS[arch] ?? []).join(", ");
  const looked = tried === "" ? `no path is known for ${arch}` : `looked for ${tried}`;
  problems.push(
    `Cannot drive a bus as the C library of glibc must exist (musl, for example on Alpine, cannot be used): ${looked}`,
  );
  return undefined;
}

/** Name of the worker of a bus: unique, as each chip or adapter is one bus. */
export function busName(spec: BusSpec): string {
  const device = spec.kind === "i2c" ? spec.path : spec.chip;
  return device.startsWith("/dev/") ? `bus-${device.slice("/dev/".length)}` : `bus-gpio-${device}`;
}

/** One worker a bus: `ffi` of the C library and nothing else, replaced whenever it fails or falls silent. */
export function busWorkers({ libcPath, buses }: BoardBuses): readonly WorkerPlan[] {
  return buses.map((spec) => {
    const init: BusInit = { libcPath, spec };
    return {
      name: busName(spec),
      entry: "bus",
      grants: { ffi: [libcPath] },
      supervision: "replace",
      silentMs: BUS_SILENT_MS,
      init,
    };
  });
}
