import type { PlanOutcome, PlanRequest } from "../cli/cli_host.ts";
import type { EventsImportOptions } from "../cli/events_import.ts";
import { devRunFilePath } from "../cli/dev_run_file.ts";
import { SPEED_DEFAULT } from "../cli/run_options.ts";
import type { CommandInit, RunPlan } from "../core/isolate.ts";
import { ltnSettings, scadaSettings, xdgFolders } from "../settings/mod.ts";
import { settingsInput } from "../cli/read_settings.ts";
import { findLayout, type FoundLayout, gather, type PlanBasis, type PlanExtras, type PlanHost } from "./plan_basis.ts";
import { boardBuses } from "./plan_bus.ts";
import { guardPlan } from "./plan_bus_guard.ts";
import { devPlan } from "./plan_dev.ts";
import { importPlan } from "./plan_import.ts";
import { ltnConnection, ltnPlan } from "./plan_ltn.ts";
import { runConnections, runPlan } from "./plan_run.ts";
import { errorText } from "../core/errors.ts";

/** Makes the plan of a program, or says everything that is wrong. */
export function makePlan(request: PlanRequest, extras: PlanExtras, host: PlanHost): PlanOutcome {
  const basis: PlanBasis = {
    host,
    extras,
    isTerminal: request.init.isTerminal,
    problems: [],
    warnings: [],
    certificates: [],
  };
  return outcomeOf((gathering) => planOf(request, gathering), basis);
}

function outcomeOf(make: (basis: PlanBasis) => RunPlan | undefined, basis: PlanBasis): PlanOutcome {
  let plan: RunPlan | undefined;
  try {
    plan = make(basis);
  } catch (error) {
    // One problem a line, as everything that is wrong with the house of a layout comes at once.
    basis.problems.push(...errorText(error).split("\n"));
  }
  const { problems, warnings, certificates } = basis;
  if (plan === undefined || problems.length > 0) return { kind: "problems", problems, warnings, certificates };
  return { kind: "plan", plan, warnings, certificates };
}

/** What the plan of `hearth guard` is made from. */
export type GuardRequest = Omit<PlanRequest, "app"> & { readonly json: boolean };

/** Makes the plan of `hearth guard --once`, or says everything that is wrong. */
export function makeGuardPlan(request: GuardRequest, host: PlanHost): PlanOutcome {
  return outcomeOf((basis) => guardOf(request, basis), {
    host,
    extras: {},
    isTerminal: request.init.isTerminal,
    problems: [],
    warnings: [],
    certificates: [],
  });
}

/** Makes the plan of `hearth events import`, or says everything that is wrong. */
export function makeImportPlan(options: EventsImportOptions, init: CommandInit, host: PlanHost): PlanOutcome {
  const basis: PlanBasis = {
    host,
    extras: {},
    isTerminal: init.isTerminal,
    problems: [],
    warnings: [],
    certificates: [],
  };
  return outcomeOf((gathering) => importPlan(options, init, gathering), basis);
}

/** Outputs are made safe whatever else is wrong with the settings, as long as the layout is known. */
function guardOf({ json, ...request }: GuardRequest, basis: PlanBasis): RunPlan | undefined {
  const { init, envFile } = request;
  const load = scadaSettings(settingsInput({ init, readText: (path) => basis.host.readText(path) }, "scada", envFile));
  const settings = load.kind === "settings" ? load.settings : undefined;
  if (load.kind === "problems") {
    const texts = load.problems.map((problem) => problem.message);
    (request.layout === undefined ? basis.problems : basis.warnings).push(...texts);
  }
  if (settings?.isSimulated) {
    basis.warnings.push("Cannot make outputs safe as the house must be real: found SCADA_IS_SIMULATED=true");
    return guardPlan({ libcPath: "", buses: [] }, json);
  }
  const layout = layoutOf(request, settings?.paths.hardwareLayout, basis);
  const board = layout && boardBuses(layout, basis);
  return board && guardPlan(board, json);
}

const XDG_NAMES = ["XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"] as const;

/** A service without a user has no HOME, and its files would lie in folders that nobody expects. */
function warnOfHome(env: CommandInit["env"], basis: PlanBasis): void {
  const missing = XDG_NAMES.filter((name) => env[name] === undefined);
  if (env["HOME"] !== undefined || missing.length === 0) return;
  basis.warnings.push(
    `Cannot find folders of a user as HOME or ${missing.join(", ")} must be set: "/" stands for HOME`,
  );
}

function planOf(request: PlanRequest, basis: PlanBasis): RunPlan | undefined {
  warnOfHome(request.init.env, basis);
  const { init, envFile } = request;
  const source = { init, readText: (path: string) => basis.host.readText(path) };
  const xdg = xdgFolders(init.env);
  switch (request.app) {
    case "dev": {
      const layout = findLayout(absolute(request.layout, init.cwd), basis);
      if (!layout) return undefined;
      const data = absolute(basis.extras.data, init.cwd) ?? `${xdg.stateHome}/hearth/dev`;
      const speed = basis.extras.speed ?? SPEED_DEFAULT;
      return devPlan({ layout, data, speed, runFile: devRunFilePath(xdg) }, basis);
    }
    case "run": {
      const settings = gather(scadaSettings(settingsInput(source, "scada", envFile)), basis);
      const connections = settings && runConnections(settings, basis);
      const layout = layoutOf(request, settings?.paths.hardwareLayout, basis);
      return settings && connections && layout && runPlan({ settings, connections, layout }, basis);
    }
    case "ltn": {
      const settings = gather(ltnSettings(settingsInput(source, "ltn", envFile)), basis);
      const connection = settings && ltnConnection(settings, basis);
      const layout = layoutOf(request, settings?.paths.hardwareLayout, basis);
      return settings && connection && layout && ltnPlan({ settings, connection, layout }, basis);
    }
  }
}

/** The layout that the command line names, else the settings; it is looked at beside wrong settings when it is known. */
function layoutOf(
  request: Pick<PlanRequest, "layout" | "init">,
  fromSettings: string | undefined,
  basis: PlanBasis,
): FoundLayout | undefined {
  const path = absolute(request.layout, request.init.cwd) ?? fromSettings;
  return path === undefined ? undefined : findLayout(path, basis);
}

function absolute(path: string | undefined, cwd: string): string | undefined {
  return path === undefined || path.startsWith("/") ? path : `${cwd}/${path}`;
}
