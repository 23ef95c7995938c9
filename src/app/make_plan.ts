import type { PlanOutcome, PlanRequest } from "../cli/cli_host.ts";
import { devRunFilePath } from "../cli/dev_run_file.ts";
import { SPEED_DEFAULT } from "../cli/run_options.ts";
import type { RunPlan } from "../core/isolate.ts";
import { ltnSettings, scadaSettings, xdgFolders } from "../settings/mod.ts";
import { settingsInput } from "../cli/read_settings.ts";
import { findLayout, type FoundLayout, gather, type PlanBasis, type PlanExtras, type PlanHost } from "./plan_basis.ts";
import { devPlan } from "./plan_dev.ts";
import { ltnConnection, ltnPlan } from "./plan_ltn.ts";
import { runConnections, runPlan } from "./plan_run.ts";
import { errorText } from "../core/errors.ts";

/** Makes the plan of a program, or says everything that is wrong. */
export function makePlan(request: PlanRequest, extras: PlanExtras, host: PlanHost): PlanOutcome {
  const basis: PlanBasis = { host, extras, isTerminal: request.init.isTerminal, problems: [], warnings: [] };
  let plan: RunPlan | undefined;
  try {
    plan = planOf(request, basis);
  } catch (error) {
    basis.problems.push(errorText(error));
  }
  const { problems, warnings } = basis;
  if (plan === undefined || problems.length > 0) return { kind: "problems", problems, warnings };
  return { kind: "plan", plan, warnings };
}

function planOf(request: PlanRequest, basis: PlanBasis): RunPlan | undefined {
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
function layoutOf(request: PlanRequest, fromSettings: string | undefined, basis: PlanBasis): FoundLayout | undefined {
  const path = absolute(request.layout, request.init.cwd) ?? fromSettings;
  return path === undefined ? undefined : findLayout(path, basis);
}

function absolute(path: string | undefined, cwd: string): string | undefined {
  return path === undefined || path.startsWith("/") ? path : `${cwd}/${path}`;
}
