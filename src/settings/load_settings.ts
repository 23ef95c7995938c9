import type { AnyField, FieldValue } from "./field.ts";
import { nearestName } from "../core/nearest_name.ts";
import { dotenvWarnings } from "./dotenv_warnings.ts";
import { originText, prefixedTexts } from "./setting_source.ts";
import type { SettingOrigin, SettingText, SettingTexts } from "./setting_source.ts";

/** How a secret is shown. */
const MASK = "********";

/** Settings by the tail of their name, for example "GRIDWORKS_MQTT__HOST". */
export type SettingFields = Readonly<Record<string, AnyField>>;

/** The typed values of some fields. */
export type SettingValues<Fields extends SettingFields> = {
  readonly [Tail in keyof Fields]: FieldValue<Fields[Tail]>;
};

/** One thing that is wrong, or suspicious, about the settings. */
export interface SettingProblem {
  /** Full name as it was written. */
  readonly name: string;
  /** "environment" or "<path>:<line>". */
  readonly where: string;
  /** The whole message, for people. */
  readonly message: string;
}

/** One setting as it holds now. */
export interface EffectiveSetting {
  readonly name: string;
  /** Text of the value; secrets are masked. */
  readonly value: string;
  readonly origin: SettingOrigin;
}

/** What loading gave. `warnings` and `effective` are there in both cases. */
export type SettingsLoad<Values> =
  & { readonly warnings: readonly SettingProblem[]; readonly effective: readonly EffectiveSetting[] }
  & (
    | { readonly kind: "settings"; readonly settings: Values }
    | { readonly kind: "problems"; readonly problems: readonly SettingProblem[] }
  );

/** What `loadSettings` is asked for. */
export interface LoadSettingsRequest<Fields extends SettingFields> extends SettingTexts {
  /** For example "SCADA_". */
  readonly prefix: string;
  readonly fields: Fields;
  /** Tails that the reference knows and nothing here reads; a trailing "*" stands for any rest. */
  readonly unused?: readonly string[];
}

function unknownSetting(
  given: SettingText,
  tail: string,
  request: LoadSettingsRequest<SettingFields>,
): SettingProblem {
  const isUnused = (request.unused ?? []).some((pattern) =>
    pattern.endsWith("*") ? tail.startsWith(pattern.slice(0, -1)) : tail === pattern
  );
  const where = originText(given.origin);
  if (isUnused) {
    const message = `${given.name} (${where}) has no effect: the setting is known, but nothing uses it yet`;
    return { name: given.name, where, message };
  }
  const nearest = nearestName(tail, Object.keys(request.fields));
  const hint = nearest === undefined ? "" : `: did you mean "${request.prefix}${nearest}"`;
  return { name: given.name, where, message: `${given.name} (${where}) has no effect: no such setting${hint}` };
}

function wrongSetting(given: SettingText, field: AnyField, wanted: string): SettingProblem {
  const where = originText(given.origin);
  const verb = field.cannot === undefined ? "read" : "honour";
  const found = field.secret ? MASK : JSON.stringify(given.text);
  const message = `Cannot ${verb} ${given.name} (${where}) as it must be ${wanted}: found ${found}`;
  return { name: given.name, where, message };
}

function shown(field: AnyField, value: unknown): string {
  if (value === undefined || value === "") return "";
  return field.secret ? MASK : String(value);
}

/**
 * Reads typed settings from the environment and an env file; the environment wins. Every problem is reported at once; an
 * unknown name under the prefix is a warning with the nearest known one.
 *
 * Pure: both are handed in. Source: pydantic-settings as gridworks-proactor uses it (prefix, `__`, case-insensitive).
 */
export function loadSettings<const Fields extends SettingFields>(
  request: LoadSettingsRequest<Fields>,
): SettingsLoad<SettingValues<Fields>> {
  const given = prefixedTexts(request, request.prefix);
  const problems: SettingProblem[] = [];
  const warnings: SettingProblem[] = [];
  const effective: EffectiveSetting[] = [];
  const values: Record<string, unknown> = {};
  for (const [tail, field] of Object.entries<AnyField>(request.fields)) {
    const text = given.get(tail);
    const reading = text === undefined ? undefined : field.read(text.text);
    if (text !== undefined && reading?.kind === "wrong") problems.push(wrongSetting(text, field, reading.wanted));
    const value = reading?.kind === "value" ? reading.value : field.fallback;
    values[tail] = value;
    effective.push({
      name: `${request.prefix}${tail}`,
      value: shown(field, value),
      origin: text?.origin ?? { kind: "default" },
    });
  }
  for (const [tail, text] of given) {
    if (!Object.hasOwn(request.fields, tail)) warnings.push(unknownSetting(text, tail, request));
  }
  const { dotenvText: text = "", dotenvPath: path = "" } = request;
  warnings.push(...dotenvWarnings({ text, path }, request.prefix));
  if (problems.length > 0) return { kind: "problems", problems, warnings, effective };
  return { kind: "settings", settings: values as SettingValues<Fields>, warnings, effective };
}

/** One line a setting: name, value and where it came from; for `hearth check`. */
export function effectiveLines(effective: readonly EffectiveSetting[]): readonly string[] {
  return effective.map((one) => `${one.name}=${one.value}  (${originText(one.origin)})`);
}
