import { parseEnv } from "node:util";

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

/** Line of the last assignment of each name, counted from 1, as the parser lets the last one win. */
function dotenvLines(text: string): ReadonlyMap<string, number> {
  const lines = new Map<string, number>();
  for (const [index, line] of text.split("\n").entries()) {
    const name = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_.-]*)\s*=/.exec(line)?.[1];
    if (name !== undefined) lines.set(name, index + 1);
  }
  return lines;
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
  if (texts.dotenvText !== undefined) {
    const lines = dotenvLines(texts.dotenvText);
    for (const [name, text] of Object.entries(parseEnv(texts.dotenvText))) {
      take(name, text, { kind: "dotenv", path, line: lines.get(name) ?? 1 });
    }
  }
  for (const [name, text] of Object.entries(texts.env)) take(name, text, { kind: "environment" });
  return found;
}
