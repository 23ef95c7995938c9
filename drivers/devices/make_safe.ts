import type { BusSpec } from "../../src/core/bus_spec.ts";
import type { Kernel } from "../linux/mod.ts";

/** What became of one output. */
export type SafeResult =
  | { readonly kind: "safe"; readonly output: string }
  /** `code` is an errno's name, or "READBACK" when the line did not take the value; `consumer` holds the line (EBUSY). */
  | { readonly kind: "failed"; readonly output: string; readonly code: string; readonly consumer?: string };

/**
 * Makes every output of a bus safe while no bus worker lives: claims each line with its safe value, reads it back,
 * releases it (a released line of a Raspberry Pi keeps its level). One result an output; none for buses without outputs.
 */
export function makeSafe(spec: BusSpec, kernel: Kernel): readonly SafeResult[] {
  throw new Error(`Cannot make the ${spec.kind} bus safe: ${kernel}`);
}
