import type { Grants, RunPlan, WorkerPlan } from "../core/isolate.ts";

/** Kinds of a grant, in the order in which they are shown. */
const GRANT_KINDS = ["net", "read", "write", "ffi", "sys", "run"] as const satisfies readonly (keyof Grants)[];

/** One isolate and what it may touch. */
export interface IsolatePermissions {
  readonly name: string;
  /** Entry of the launcher's table of modules. */
  readonly entry: string;
  readonly grants: Grants;
}

/** The permissions of a command: what the process needs at most, and what each isolate gets of it. */
export interface Permissions {
  readonly outer: Grants;
  readonly workers: readonly IsolatePermissions[];
}

function union(workers: readonly WorkerPlan[]): Grants {
  const pairs = GRANT_KINDS.map((kind) => {
    const all = new Set(workers.flatMap((worker) => worker.grants[kind] ?? []));
    return [kind, [...all].sort()] as const;
  });
  return Object.fromEntries(pairs.filter(([, items]) => items.length > 0));
}

/** What a plan grants: the outer bound is the union over its workers. */
export function planPermissions(plan: RunPlan): Permissions {
  return {
    outer: union(plan.workers),
    workers: plan.workers.map(({ name, entry, grants }) => ({ name, entry, grants })),
  };
}

/** The flags of `deno run` that give these grants. */
export function grantFlags(grants: Grants): readonly string[] {
  return GRANT_KINDS.flatMap((kind) => {
    const items = grants[kind] ?? [];
    return items.length === 0 ? [] : [`--allow-${kind}=${items.join(",")}`];
  });
}

/** For people: the outer bound, then each isolate with one line a kind of grant. */
export function permissionLines(permissions: Permissions): readonly string[] {
  const isolates = [{ name: "process (outer bound)", grants: permissions.outer }, ...permissions.workers];
  return isolates.flatMap(({ name, grants }) => {
    const lines = GRANT_KINDS.flatMap((kind) => {
      const items = grants[kind] ?? [];
      return items.length === 0 ? [] : [`  ${kind.padEnd(5)} ${items.join(" ")}`];
    });
    return [name, ...(lines.length === 0 ? ["  nothing"] : lines)];
  });
}
