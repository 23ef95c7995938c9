import * as z from "zod";

/** An enum of which an unknown or null value reads as `otherwise`, as the reference does. */
export function enumOr<const Values extends readonly [string, ...string[]]>(values: Values, otherwise: Values[number]) {
  return z.preprocess(
    (value) => value === undefined || (typeof value === "string" && values.includes(value)) ? value : otherwise,
    z.enum(values),
  );
}

/** Severity of a problem event; anything unknown reads as error. */
export const problemType = enumOr(["error", "warning"], "error");
