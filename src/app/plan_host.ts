import { EnvironmentError, errorText } from "../core/errors.ts";
import type { PlanHost } from "./plan_basis.ts";

/** The world of the plan worker: it reads the configuration, and asks for a free port of 127.0.0.1. */
export function planHost(): PlanHost {
  return {
    readText(path) {
      try {
        return Deno.readTextFileSync(path);
      } catch (error) {
        if (error instanceof Deno.errors.NotFound) return undefined;
        const code = (error as { code?: string }).code ?? "EIO";
        throw new EnvironmentError(`Cannot read "${path}": ${errorText(error)}`, code, { cause: error });
      }
    },
    board(libcPaths) {
      const { arch } = Deno.build;
      return { arch, libcPath: (libcPaths[arch] ?? []).find(exists) };
    },
    freePort() {
      using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
      return listener.addr.port;
    },
    wallMs: () => Date.now(),
  };
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
