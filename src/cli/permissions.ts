import { OutsideDataError } from "../core/errors.ts";
import { EXIT } from "../core/exit_codes.ts";
import { permissionLines, planPermissions } from "../ops/permissions.ts";
import type { CliHost } from "./cli_host.ts";
import type { CheckOptions } from "./run_options.ts";

/** `hearth permissions`: what the process needs at most, and exactly what each isolate gets. */
export async function permissions(host: CliHost, { app, json, ...config }: CheckOptions): Promise<number> {
  const outcome = await host.plan({ app, ...config, init: host.init });
  if (outcome.kind === "problems") throw new OutsideDataError(outcome.problems.join("\n"));
  const found = planPermissions(outcome.plan);
  host.print("stdout", json ? `${JSON.stringify(found)}\n` : `${permissionLines(found).join("\n")}\n`);
  return EXIT.ok;
}
