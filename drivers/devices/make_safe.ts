import type { BusSpec, GpioOutputSpec } from "../../src/core/bus_parts.ts";
import { getLine, type Kernel, openChip, requestLine } from "../linux/mod.ts";

/** What became of one output. */
export type SafeResult =
  | { readonly kind: "safe"; readonly output: string }
  /** `code` is an errno's name, or "READBACK" when the line did not take the value; `consumer` holds the line (EBUSY). */
  | { readonly kind: "failed"; readonly output: string; readonly code: string; readonly consumer?: string };

/**
 * Makes every output of a bus safe while no bus worker lives: claims each line with its safe value, reads it back,
 * releases it (a released line of a Raspberry Pi keeps its level). One result an output; none for buses without outputs.
 * Never throws for what the kernel refuses.
 */
export function makeSafe(spec: BusSpec, kernel: Kernel): readonly SafeResult[] {
  if (spec.kind === "i2c" || spec.outputs.length === 0) return [];
  const chip = openChip(kernel, spec.chip);
  if (chip.kind === "failed") {
    return spec.outputs.map(({ name }) => ({ kind: "failed", output: name, code: chip.code }));
  }
  const results = spec.outputs.map((output) => makeLineSafe(output, kernel, chip.value));
  kernel.close(chip.value);
  return results;
}

function makeLineSafe(output: GpioOutputSpec, kernel: Kernel, chipFd: number): SafeResult {
  const line = requestLine(kernel, chipFd, { ...output, initial: output.safeValue });
  if (line.kind === "failed") {
    const { code, consumer } = line;
    return { kind: "failed", output: output.name, code, ...(consumer === undefined ? {} : { consumer }) };
  }
  const got = getLine(kernel, line.fd);
  kernel.close(line.fd);
  if (got.kind === "failed") return { kind: "failed", output: output.name, code: got.code };
  if (got.value !== output.safeValue) return { kind: "failed", output: output.name, code: "READBACK" };
  return { kind: "safe", output: output.name };
}
