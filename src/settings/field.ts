/** What a field makes of the text it was given: a value, or the words for what it wanted. */
export type FieldReading<Value> =
  | { readonly kind: "value"; readonly value: Value }
  | { readonly kind: "wrong"; readonly wanted: string };

/** One setting: how its text is read, and what holds when nobody sets it. */
export interface SettingField<Value> {
  readonly read: (text: string) => FieldReading<Value>;
  readonly fallback: Value;
  /** Masked wherever settings are shown. */
  readonly secret: boolean;
  /** Set when no other value than the default can be honoured: the reason, for the operator. */
  readonly cannot?: string;
}

/** Any setting. */
export type AnyField = SettingField<unknown>;

/** The value type of a field. */
export type FieldValue<Field> = Field extends SettingField<infer Value> ? Value : never;

/** Bounds of a numeric setting, both included. */
export interface NumberRange {
  readonly min: number;
  readonly max: number;
}

function value<Value>(read: Value): FieldReading<Value> {
  return { kind: "value", value: read };
}

/** A text. */
export function textField(fallback: string): SettingField<string> {
  return { read: value, fallback, secret: false };
}

/** A text that may be absent; an empty one counts as absent. */
export function optionalTextField(): SettingField<string | undefined> {
  return { read: (text) => value(text === "" ? undefined : text), fallback: undefined, secret: false };
}

/** A text that is never shown; an empty one counts as absent. */
export function secretField(): SettingField<string | undefined> {
  return { ...optionalTextField(), secret: true };
}

function readNumber(text: string, wanted: string, fits: (read: number) => boolean): FieldReading<number> {
  const read = text.trim() === "" ? NaN : Number(text);
  return Number.isFinite(read) && fits(read) ? value(read) : { kind: "wrong", wanted };
}

/** A number. */
export function numberField(fallback: number, range: NumberRange): SettingField<number> {
  const wanted = `a number from ${range.min} to ${range.max}`;
  const fits = (read: number) => read >= range.min && read <= range.max;
  return { read: (text) => readNumber(text, wanted, fits), fallback, secret: false };
}

/** An integer. */
export function integerField(fallback: number, range: NumberRange): SettingField<number> {
  const wanted = `an integer from ${range.min} to ${range.max}`;
  const fits = (read: number) => Number.isInteger(read) && read >= range.min && read <= range.max;
  return { read: (text) => readNumber(text, wanted, fits), fallback, secret: false };
}

const TRUE_WORDS: ReadonlySet<string> = new Set(["true", "1", "yes", "y", "on", "t"]);
const FALSE_WORDS: ReadonlySet<string> = new Set(["false", "0", "no", "n", "off", "f"]);

/** A truth value, in the words that pydantic takes. */
export function booleanField(fallback: boolean): SettingField<boolean> {
  return {
    read(text) {
      const word = text.trim().toLowerCase();
      if (TRUE_WORDS.has(word)) return value(true);
      if (FALSE_WORDS.has(word)) return value(false);
      return { kind: "wrong", wanted: "true or false" };
    },
    fallback,
    secret: false,
  };
}

/** A time zone of the IANA database, for example "America/New_York". */
export function timeZoneField(fallback: string): SettingField<string> {
  return {
    read: (text) =>
      isTimeZone(text.trim()) ? value(text.trim()) : { kind: "wrong", wanted: `a time zone such as "${fallback}"` },
    fallback,
    secret: false,
  };
}

function isTimeZone(name: string): boolean {
  // An offset such as "+02:00" is taken by the runtime, but knows no daylight saving.
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch (thrown) {
    if (thrown instanceof RangeError) return false;
    throw thrown;
  }
}

/** One of a few words, in any case. */
export function choiceField<Choice extends string>(fallback: Choice, choices: readonly Choice[]): SettingField<Choice> {
  return {
    read(text) {
      const found = choices.find((choice) => choice.toLowerCase() === text.trim().toLowerCase());
      return found === undefined ? { kind: "wrong", wanted: `one of ${choices.join(", ")}` } : value(found);
    },
    fallback,
    secret: false,
  };
}

/**
 * A setting of the reference that cannot be honoured: anything but its default is refused, never ignored.
 *
 * @param because Why, for the operator.
 */
export function fixedField(fallback: string, because: string): SettingField<string> {
  return {
    read: (text) =>
      text.trim() === fallback
        ? value(fallback)
        : { kind: "wrong", wanted: `${fallback === "" ? "nothing" : `"${fallback}"`}, as ${because}` },
    fallback,
    secret: false,
    cannot: because,
  };
}
