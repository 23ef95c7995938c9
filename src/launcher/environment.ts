import type { EnvTable } from "./commands.ts";

/** The part of `all` that the table names. */
export function handedEnvironment(all: Readonly<Record<string, string>>, table: EnvTable): Record<string, string> {
  const handed = Object.entries(all).filter(([name]) =>
    table.names.includes(name) || table.prefixes.some((prefix) => name.startsWith(prefix))
  );
  return Object.fromEntries(handed);
}

/** Reads the process's environment; with grants for single names only, these names alone. */
export function readEnvironment(table: EnvTable): Record<string, string> {
  try {
    return handedEnvironment(Deno.env.toObject(), table);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotCapable)) throw error;
  }
  const found: Record<string, string> = {};
  for (const name of table.names) {
    if (Deno.permissions.querySync({ name: "env", variable: name }).state !== "granted") continue;
    const value = Deno.env.get(name);
    if (value !== undefined) found[name] = value;
  }
  return found;
}
