import { OutsideDataError } from "../core/errors.ts";
import { defaultDotenvPath, joinPath, ltnSettings, scadaSettings, xdgFolders } from "../settings/mod.ts";
import type { AppSettingsInput, LtnSettings, ScadaSettings, SettingsLoad } from "../settings/mod.ts";
import { type Layout, loadLayout } from "../layout/mod.ts";
import type { CliHost } from "./cli_host.ts";
import type { ConfigOptions } from "./run_options.ts";

/** What settings are read from, for the application of this folder name ("scada" or "ltn"). */
export function settingsInput(
  host: Pick<CliHost, "init" | "readText">,
  name: string,
  envFile?: string,
): AppSettingsInput {
  const { env, cwd } = host.init;
  const xdg = xdgFolders(env);
  const dotenvPath = envFile === undefined ? defaultDotenvPath(name, xdg) : joinPath(cwd, envFile);
  const dotenvText = host.readText(dotenvPath);
  if (envFile !== undefined && dotenvText === undefined) {
    throw new OutsideDataError(`Cannot read env file as it must exist: "${dotenvPath}"`);
  }
  return { env, xdg, cwd, dotenvPath, dotenvText };
}

/**
 * The settings of a program that has some, with their sources and problems.
 *
 * @throws {OutsideDataError} When an env file was named that is not there.
 * @throws {EnvironmentError} When the env file cannot be read.
 */
export function loadSettingsOf(
  host: Pick<CliHost, "init" | "readText">,
  app: "run" | "ltn",
  envFile?: string,
): SettingsLoad<ScadaSettings> | SettingsLoad<LtnSettings> {
  return app === "ltn"
    ? ltnSettings(settingsInput(host, "ltn", envFile))
    : scadaSettings(settingsInput(host, "scada", envFile));
}

function settled<Settings>(load: SettingsLoad<Settings>, host: CliHost): Settings {
  for (const { message } of load.warnings) host.print("stderr", `warning: ${message}\n`);
  if (load.kind === "settings") return load.settings;
  throw new OutsideDataError(load.problems.map(({ message }) => message).join("\n"));
}

/** Settings of the house agent. @throws {OutsideDataError} With every problem, one a line. */
export function readScadaSettings(host: CliHost, options: ConfigOptions): ScadaSettings {
  return settled(scadaSettings(settingsInput(host, "scada", options.envFile)), host);
}

/** Settings of the LTN. @throws {OutsideDataError} With every problem, one a line. */
export function readLtnSettings(host: CliHost, options: ConfigOptions): LtnSettings {
  return settled(ltnSettings(settingsInput(host, "ltn", options.envFile)), host);
}

/** The layout of a path. @throws {OutsideDataError} With every problem, one a line. */
export function readLayout(host: CliHost, path: string): Layout {
  const text = host.readText(path);
  if (text === undefined) throw new OutsideDataError(`Cannot read layout as the file must exist: "${path}"`);
  const loaded = loadLayout(text, path);
  if (loaded.kind === "layout") return loaded.layout;
  throw new OutsideDataError(loaded.problems.map((problem) => problem.text).join("\n"));
}
