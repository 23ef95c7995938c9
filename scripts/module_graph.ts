/** Finds the imports of formatted TypeScript modules without loading them. */

/** One import, re-export or literal dynamic import. */
export interface ImportRef {
  /** As written. */
  readonly specifier: string;
  /** Erased before the module runs. */
  readonly typeOnly: boolean;
  /** Path from the root for a relative specifier; else undefined. */
  readonly path?: string;
  /** Name of the npm package for a bare specifier; else undefined. */
  readonly npm?: string;
}

/** Path from the root → what the module imports. */
export type ModuleGraph = ReadonlyMap<string, readonly ImportRef[]>;

// The formatter puts static imports at the start of a line, which keeps quoted programs in tests apart.
const STATIC = /^(?:import|export)\s+(type\s+)?(?:([\w$*{}\s,]+?)\s*from\s*)?["']([^"'\n]+)["']/gm;
const DYNAMIC = /^(?!\s*(?:\*|\/\/)).*?\bimport\(\s*["']([^"'\n]+)["']/gm;

/** Resolves "./x.ts" and "../x.ts" against the file that imports it. Both are paths from the root. */
export function resolveRelative(from: string, specifier: string): string {
  const base = new URL(from, "file:///");
  return decodeURIComponent(new URL(specifier, base).pathname).slice(1);
}

/** "@a/b/c" → "@a/b", "a/b" → "a". */
export function packageName(specifier: string): string {
  const parts = specifier.replace(/^npm:\/?/, "").split("/");
  const name = parts[0]?.startsWith("@") ? `${parts[0]}/${parts[1]}` : parts[0] ?? specifier;
  return name.replace(/(?!^)@.*$/, "");
}

/** Imports of one module. `from` is its path from the root. */
export function importsOf(from: string, source: string): ImportRef[] {
  const found: ImportRef[] = [];
  for (const [, type, clause, specifier] of source.matchAll(STATIC)) {
    found.push(importRef(from, specifier!, type !== undefined || isTypeClause(clause)));
  }
  for (const [, specifier] of source.matchAll(DYNAMIC)) found.push(importRef(from, specifier!, false));
  return found;
}

function isTypeClause(clause: string | undefined): boolean {
  const names = /^\{([^}]*)\}$/.exec(clause?.trim() ?? "")?.[1]?.split(",").map((name) => name.trim()).filter(Boolean);
  return names !== undefined && names.length > 0 && names.every((name) => name.startsWith("type "));
}

function importRef(from: string, specifier: string, typeOnly: boolean): ImportRef {
  if (/^\.{1,2}\//.test(specifier)) return { specifier, typeOnly, path: resolveRelative(from, specifier) };
  if (specifier.startsWith("node:")) return { specifier, typeOnly };
  return { specifier, typeOnly, npm: packageName(specifier) };
}

/** Graph of all modules. `sources`: path from the root → text. */
export function moduleGraph(sources: ReadonlyMap<string, string>): ModuleGraph {
  return new Map([...sources].map(([path, source]) => [path, importsOf(path, source)]));
}

/** Modules that `entry` loads, itself included, each with the module that first led there; types are not followed. */
export function reachable(graph: ModuleGraph, entry: string): ReadonlyMap<string, string | undefined> {
  const via = new Map<string, string | undefined>([[entry, undefined]]);
  for (const path of via.keys()) {
    for (const ref of graph.get(path) ?? []) {
      if (!ref.typeOnly && ref.path !== undefined && !via.has(ref.path)) via.set(ref.path, path);
    }
  }
  return via;
}
