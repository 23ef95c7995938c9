import { parseDotenv } from "./parse_dotenv.ts";

/** Where a value came from. */
export type SettingOrigin =
  | { readonly kind: "default" }
  | { readonly kind: "dotenv"; readonly path: string; readonly line: number }
  | { readonly kind: "environment" };

/** One text that somebody set, with the name as it was written. */
export interface SettingText {
  readonly name: string;
  readonly text: string;
  readonly origin: SettingOrigin;
}

/** The environment and the env file, handed in as data: reading them is the caller's. */
export interface SettingTexts {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Content of the env file; absent when there is none. */
  readonly dotenvText?: string | undefined;
  /** Path of the env file, for messages; ".env" when absent. */
  readonly dotenvPath?: string | undefined;
}

/** Words for an origin: "default", "<path>:<line>" or "environment". */
export function originText(origin: SettingOrigin): string {
  return origin.kind === "dotenv" ? `${origin.path}:${origin.line}` : origin.kind;
}

/**
 * All texts under a prefix, by tail in upper case ("GRIDWORKS_MQTT__HOST"): names are matched in any case, and the
 * environment wins over the env file.
 */
export function prefixedTexts(texts: SettingTexts, prefix: string): ReadonlyMap<string, SettingText> {
  const found = new Map<string, SettingText>();
  const path = texts.dotenvPath ?? ".env";
  const wantedPrefix = prefix.toUpperCase();
  function take(name: string, text: string | undefined, origin: SettingOrigin): void {
    const upper = name.toUpperCase();
    if (text === undefined || !upper.startsWith(wantedPrefix)) return;
    found.set(upper.slice(prefix.length), { name, text, origin });
  }
  for (const { name, text, line } of parseDotenv(texts.dotenvText ?? "")) {
    take(name, text, { kind: "dotenv", path, line });
  }
  for (const [name, text] of Object.entries(texts.env)) take(name, text, { kind: "environment" });
  return found;
}
