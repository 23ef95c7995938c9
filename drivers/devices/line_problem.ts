import type { ReadFault } from "../../src/core/bus_devices.ts";
import type { GpioLine } from "../../src/core/bus_parts.ts";
import type { KernelFailure } from "../linux/mod.ts";

/** Why a device does not work, for a machine and for a person. */
export interface Problem {
  readonly code: string;
  readonly message: string;
}

/** A chip that cannot be opened. */
export function chipProblem(chip: string, code: string): Problem {
  return { code, message: `Cannot open GPIO chip "${chip}": ${code}` };
}

/** A line that cannot be requested or read; a busy one names its holder. */
export function lineProblem(
  chip: string,
  line: GpioLine,
  failure: KernelFailure & { readonly consumer?: string },
): Problem {
  const which = "name" in line ? `"${line.name}"` : `${line.offset}`;
  const thing = `line ${which} of GPIO chip "${chip}"`;
  const { code, consumer } = failure;
  if (consumer === undefined) return { code, message: `Cannot use ${thing}: ${code}` };
  return { code, message: `Cannot use ${thing} as it must be free: "${consumer}" holds it` };
}

/** The fault of a channel or of an output. */
export function readFault(device: string, problem: Problem): ReadFault {
  return { kind: "fault", device, code: problem.code, message: problem.message };
}
