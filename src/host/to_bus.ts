import type { ToBus } from "../core/device.ts";

/** Whether something that came over the port is a message to a bus: what moves a relay is not taken on trust. */
export function isToBus(message: unknown): message is ToBus {
  if (typeof message !== "object" || message === null) return false;
  const { kind, life, outputs, id, output, value } = message as Readonly<Record<string, unknown>>;
  if (!Number.isSafeInteger(life)) return false;
  if (kind === "lease") return Array.isArray(outputs) && outputs.every((name) => typeof name === "string");
  return kind === "write" && typeof id === "string" && typeof output === "string" && Number.isFinite(value);
}
