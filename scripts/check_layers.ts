/** Checks the import table, cycles and what the graphs of the isolates hold. Prints one line a breach. */
import {
  FREE_FOLDERS,
  GRAPH_RULES,
  type GraphRule,
  type Layer,
  LAYERS,
  SINGLE_FILE_RULES,
  TEST_EXTRAS,
} from "./layers.ts";
import { type ImportRef, type ModuleGraph, moduleGraph, reachable } from "./module_graph.ts";
import { readTree } from "./read_tree.ts";

/** Result of a check: breaches fail the gate, notes do not. */
export interface LayerReport {
  readonly breaches: readonly string[];
  readonly notes: readonly string[];
}

/** Checks all modules. `sources`: path from the root → text. */
export function checkLayers(sources: ReadonlyMap<string, string>): LayerReport {
  const graph = moduleGraph(sources);
  const breaches: string[] = [];
  const notes: string[] = [];
  for (const [path, imports] of graph) {
    if (isFree(path)) continue;
    const key = layerKey(path);
    if (key === undefined) {
      breaches.push(`${path} is in no folder of the import table`);
      continue;
    }
    for (const ref of imports) breaches.push(...checkImport(path, key, ref));
  }
  breaches.push(...findCycles(graph));
  for (const rule of GRAPH_RULES) {
    if (graph.has(rule.entry)) breaches.push(...checkGraph(graph, rule));
    else notes.push(`${rule.entry} does not exist: its graph is not checked`);
  }
  return { breaches, notes };
}

function isFree(path: string): boolean {
  return FREE_FOLDERS.some((folder) => isWithin(path, folder));
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder + "/");
}

function layerKey(path: string): string | undefined {
  return Object.keys(LAYERS).filter((key) => isWithin(path, key)).sort((a, b) => b.length - a.length)[0];
}

function checkImport(path: string, key: string, ref: ImportRef): string[] {
  const layer = LAYERS[key]!;
  const extra: Layer = path.endsWith("_test.ts") ? TEST_EXTRAS : { imports: [], npm: [] };
  const single = SINGLE_FILE_RULES.find((rule) => rule.folder === key && rule.module === (ref.npm ?? ref.specifier));
  if (single !== undefined && !single.files.test(path)) {
    return [`${path} imports ${ref.specifier}: in ${key} only files like ${single.files.source} may`];
  }
  if (ref.npm !== undefined) {
    const allowed = layer.npm.includes(ref.npm) || extra.npm.includes(ref.npm);
    return allowed ? [] : [`${path} imports ${ref.specifier}: ${key} may not import the package ${ref.npm}`];
  }
  if (ref.path === undefined || isWithin(ref.path, key)) return [];
  if ([...layer.imports, ...extra.imports].some((allowed) => isWithin(ref.path!, allowed))) return [];
  return [`${path} imports ${ref.path}: ${key} may not import ${foreignName(ref.path)}`];
}

function foreignName(path: string): string {
  return layerKey(path) ?? FREE_FOLDERS.find((folder) => isWithin(path, folder)) ?? path;
}

/** One line for each cycle among modules; types count, as they tie concepts together just the same. */
export function findCycles(graph: ModuleGraph): string[] {
  const done = new Set<string>();
  const trail: string[] = [];
  const cycles: string[] = [];
  function visit(path: string): void {
    if (done.has(path)) return;
    const start = trail.indexOf(path);
    if (start >= 0) {
      cycles.push(`cycle: ${[...trail.slice(start), path].join(" → ")}`);
      return;
    }
    trail.push(path);
    for (const ref of graph.get(path) ?? []) if (ref.path !== undefined) visit(ref.path);
    trail.pop();
    done.add(path);
  }
  for (const path of graph.keys()) visit(path);
  return cycles;
}

function checkGraph(graph: ModuleGraph, rule: GraphRule): string[] {
  const breaches: string[] = [];
  const via = reachable(graph, rule.entry);
  for (const path of via.keys()) {
    const folder = rule.folders.find((each) => isWithin(path, each));
    if (folder !== undefined) breaches.push(`${rule.entry} loads ${folder}: ${chain(via, path)}`);
    for (const ref of graph.get(path) ?? []) {
      if (ref.typeOnly || ref.npm === undefined || !isForbidden(rule, ref.npm)) continue;
      breaches.push(`${rule.entry} loads the package ${ref.npm}: ${chain(via, path)} → ${ref.specifier}`);
    }
  }
  return breaches;
}

function isForbidden(rule: GraphRule, npm: string): boolean {
  return rule.npm.some((name) => name === "*" || name === npm || (name.endsWith("/") && npm.startsWith(name)));
}

function chain(via: ReadonlyMap<string, string | undefined>, path: string): string {
  const steps = [path];
  for (let at = via.get(path); at !== undefined; at = via.get(at)) steps.unshift(at);
  return steps.join(" → ");
}

if (import.meta.main) {
  const sources = readTree(["."], (path) => path.endsWith(".ts"));
  const { breaches, notes } = checkLayers(sources);
  const lines = [...notes, ...breaches, `layers: ${sources.size} modules, ${breaches.length} breaches`];
  Deno.stdout.writeSync(new TextEncoder().encode(lines.join("\n") + "\n"));
  Deno.exit(breaches.length === 0 ? 0 : 1);
}
