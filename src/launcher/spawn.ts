import type { Grants, RunPlan } from "../core/isolate.ts";
import { ANY_HOST } from "./commands.ts";

/** A module path of the table as a URL; in a bundle (`root` holds compiled files) ".ts" becomes ".js". */
export function moduleUrl(path: string, root: URL, isBundle: boolean): URL {
  return new URL(isBundle ? path.replace(/\.ts$/, ".js") : path, root);
}

/**
 * Root of the modules, from the `import.meta.url` of the module that starts the launcher.
 *
 * @param pathToRoot From that module's source to the repository's root, for example "../../".
 */
export function launchRoot(moduleHref: string, pathToRoot: string): { readonly root: URL; readonly isBundle: boolean } {
  const isBundle = moduleHref.endsWith(".js");
  return { root: new URL(isBundle ? "./" : pathToRoot, moduleHref), isBundle };
}

/** Permissions of a worker: exactly the grants, every other kind refused. */
export function workerPermissions(grants: Grants): Deno.PermissionOptionsObject {
  return {
    env: false,
    ffi: listOrNone(grants.ffi),
    import: false,
    net: grants.net?.includes(ANY_HOST) ? true : listOrNone(grants.net),
    read: listOrNone(grants.read),
    run: listOrNone(grants.run),
    sys: listOrNone(grants.sys?.filter(mayAsk)),
    write: isEverywhere(grants.write) ? true : listOrNone(grants.write),
  };
}

/** What the system tells is a help, never a need: a process that was started without this right still starts. */
function mayAsk(kind: string): boolean {
  return Deno.permissions.querySync({ name: "sys", kind: kind as "statfs" }).state === "granted";
}

// A process that may start a program may not write that program's file, so that "/" is more than it holds itself; "all" is
// not: what is denied to the process stays denied to its workers.
function isEverywhere(folders: readonly string[] | undefined): boolean {
  return folders?.includes("/") === true && Deno.permissions.querySync({ name: "write" }).state === "granted";
}

// An empty list would grant everything of its kind on some runtimes.
function listOrNone(list: readonly string[] | undefined): string[] | false {
  return list === undefined || list.length === 0 ? false : [...list];
}

/** Gives up the right to start programs, for the rest of the process's life, unless a worker of the plan is granted one. */
export function dropUnusedRun({ workers }: Pick<RunPlan, "workers">): void {
  if (workers.every(({ grants }) => (grants.run ?? []).length === 0)) Deno.permissions.revokeSync({ name: "run" });
}

/** Makes a worker with exactly these grants. @throws {Deno.errors.NotCapable} When the launcher itself holds less. */
export function spawnWorker(href: string, name: string, grants: Grants): Worker {
  return new Worker(href, { type: "module", name, deno: { permissions: workerPermissions(grants) } });
}
