import * as z from "zod";

const TRUE_TEXTS: readonly string[] = ["1", "on", "t", "true", "y", "yes"];
const FALSE_TEXTS: readonly string[] = ["0", "off", "f", "false", "n", "no"];
const INT_TEXT = /^[+-]?\d+(?:_\d+)*(?:\.0*)?$/;
const FLOAT_TEXT = /^[+-]?(?:\d+(?:_\d+)*\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const UUID_HEX = /^[0-9a-f]{12}4[0-9a-f]{3}[0-9a-f]{16}$/;

const UTC_MS_MIN = 946_684_800_000; // 2000-01-01
const UTC_MS_MAX = 32_503_680_000_000; // 3000-01-01

function toBool(value: unknown): unknown {
  if (value === 1) return true;
  if (value === 0) return false;
  if (typeof value !== "string") return value;
  const text = value.toLowerCase();
  if (TRUE_TEXTS.includes(text)) return true;
  return FALSE_TEXTS.includes(text) ? false : value;
}

function toInt(value: unknown): unknown {
  if (typeof value === "boolean") return Number(value);
  if (typeof value !== "string") return value;
  const text = value.trim();
  return INT_TEXT.test(text) ? Number(text.replaceAll("_", "")) : value;
}

function toFloat(value: unknown): unknown {
  if (typeof value === "boolean") return Number(value);
  if (typeof value !== "string") return value;
  const text = value.trim();
  return FLOAT_TEXT.test(text) ? Number(text.replaceAll("_", "")) : value;
}

function toUuid(value: unknown): unknown {
  if (typeof value !== "string") return value;
  const hex = value.replace("urn:", "").replace("uuid:", "").replace(/^[{}]+|[{}]+$/g, "").replaceAll("-", "")
    .toLowerCase();
  if (!UUID_HEX.test(hex)) return value;
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** Any string. */
export const text = z.string();
/** true or false; also 1, 0 and words like "yes", as pydantic takes them. */
export const bool = z.preprocess(toBool, z.boolean());
/** An integer within ±(2^53 - 1); also from a string or a boolean. */
export const int = z.preprocess(toInt, z.int());
/** An integer that must be a JSON number. */
export const intStrict = z.int();
/** A number; also from a string or a boolean. */
export const float = z.preprocess(toFloat, z.number());
/** Milliseconds since 1970, 2000-01-01 to 3000-01-01. */
export const utcMs = z.preprocess(toInt, z.int().min(UTC_MS_MIN).max(UTC_MS_MAX));
/** Seconds since 1970, 2000-01-01 to 3000-01-01. */
export const utcS = z.preprocess(toInt, z.int().min(UTC_MS_MIN / 1000).max(UTC_MS_MAX / 1000));
/** An integer above 0. */
export const positiveInt = z.preprocess(toInt, z.int().positive());
/** UUID version 4, made lower case with hyphens. */
export const uuid4 = z.preprocess(toUuid, z.string().regex(/^[0-9a-f-]{14}4[0-9a-f-]{21}$/, "wanted a UUID version 4"));

const WORDS_BY_HYPHEN = /^\p{L}[\p{L}\p{N}]*(?:-[\p{L}\p{N}]+)*$/u;
const WORDS_BY_DOT = /^\p{L}[\p{L}\p{N}]*(?:\.[\p{L}\p{N}]+)*$/u;
const HANDLE = /^\p{L}[\p{L}\p{N}.-]*$/u;

function format(name: string, rule: RegExp): z.ZodString {
  return z.string().refine(
    (value) => rule.test(value) && value === value.toLowerCase(),
    `wanted a ${name}`,
  );
}

/** Lower-case words joined by "-", first a letter: names of nodes and channels. */
export const spaceheatName = format("SpaceheatName", WORDS_BY_HYPHEN);
/** Lower-case words joined by ".", first a letter: aliases, names of types and enums. */
export const leftRightDot = format("LeftRightDot", WORDS_BY_DOT);
/** Lower-case words of letters, digits and "-" joined by ".", first a letter: handles. */
export const handleName = format("HandleName", HANDLE);

/** The type name of a payload: this one, or absent inside other payloads. */
export function typeName<const Name extends string>(name: Name): z.ZodDefault<z.ZodLiteral<Name>> {
  return z.literal(name).default(name as never);
}

/** A version that must be this one when it is given. */
export function versionFixed<const Version extends string>(version: Version): z.ZodDefault<z.ZodLiteral<Version>> {
  return z.literal(version).default(version as never);
}

/** A version that may be any string; this one when it is absent. */
export function version(value: string): z.ZodDefault<z.ZodString> {
  return z.string().default(value);
}
