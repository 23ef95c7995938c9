import { OutsideDataError } from "../core/errors.ts";
import { EXIT } from "../core/exit_codes.ts";
import { effectiveLines } from "../settings/mod.ts";
import type { CliHost } from "./cli_host.ts";
import { loadSettingsOf } from "./read_settings.ts";
import type { CheckOptions } from "./run_options.ts";

/**
 * `hearth config`: every setting as it holds now, with where it came from.
 *
 * @throws {OutsideDataError} When the program has no settings, or an env file was named that is not there.
 * @throws {EnvironmentError} When the env file cannot be read.
 */
export function config(host: CliHost, { app, json, envFile }: CheckOptions): number {
  if (app === "dev") {
    throw new OutsideDataError('Cannot print settings as the program must be "run" or "ltn": "dev" has none');
  }
  const load = loadSettingsOf(host, app, envFile);
  const problems = load.kind === "problems" ? load.problems : [];
  host.print(
    "stdout",
    json
      ? `${JSON.stringify({ settings: load.effective, problems, warnings: load.warnings })}\n`
      : `${effectiveLines(load.effective).join("\n")}\n`,
  );
  if (!json) {
    for (const { message } of load.warnings) host.print("stderr", `warning: ${message}\n`);
    for (const { message } of problems) host.print("stderr", `problem: ${message}\n`);
  }
  return problems.length === 0 ? EXIT.ok : EXIT.configuration;
}
