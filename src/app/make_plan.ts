import type { PlanOutcome, PlanRequest } from "../cli/cli_host.ts";
import { devRunFilePath } from "../cli/dev_run_file.ts";
import { SPEED_DEFAULT } from "../cli/run_options.ts";
import type { RunPlan } from "../core/isolate.ts";
import { loadLayout } from "../layout/mod.ts";
import { ltnSettings, scadaSettings, type SettingsLoad, xdgFolders } from "../settings/mod.ts";
import { settingsInput } from "../cli/read_settings.ts";
import SIMPLE_HOUSE from "../../layouts/simple_house.json" with { type: "json" };
import { devPlan } from "./plan_dev.ts";
import { ltnPlan } from "./plan_ltn.ts";
import { runPlan } from "./plan_run.ts";
import { errorText } from "../core/errors.ts";

/** What a plan needs of the world: reading files, a free port, the time. */
export interface PlanHost {
  readText(path: string): string | undefined;
  /** A port of 127.0.0.1 that nobody listens on. */
  freePort(): number;
  wallMs(): number;
}

/** Options that shape a plan beside what `PlanRequest` names. */
export interface PlanExtras {
  readonly exitAfterMs?: number;
  readonly json?: boolean;
  readonly speed?: number;
  /** Folder of the demo's store. */
  readonly data?: string;
}

/** What every plan is made of. */
export interface PlanBasis {
  readonly host: PlanHost;
  readonly extras: PlanExtras;
  readonly isTerminal: boolean;
  /** Gathers what is wrong; the plan is made only when nothing is. */
  readonly problems: string[];
  readonly warnings: string[];
}

/** A layout as the plan found it. */
export interface FoundLayout {
  readonly path: string;
  /** The JSON value. */
  readonly json: unknown;
  readonly scada: string;
  readonly ltn: string;
}

/** Reads and checks a layout; the built-in simple house when `path` is undefined. */
export function findLayout(path: string | undefined, basis: PlanBasis): FoundLayout | undefined {
  let text: string | undefined;
  if (path === undefined) text = JSON.stringify(SIMPLE_HOUSE);
  else {
    try {
      text = basis.host.readText(path);
    } catch (error) {
      basis.problems.push(errorText(error));
      return undefined;
    }
  }
  if (text === undefined) {
    basis.problems.push(`Cannot read layout as the file must exist: "${path}"`);
    return undefined;
  }
  const loaded = loadLayout(text, path ?? "layouts/simple_house.json");
  if (loaded.kind === "problems") {
    basis.problems.push(...loaded.problems.map((problem) => problem.text));
    return undefined;
  }
  const { scada, ltn } = loaded.layout.aliases;
  return { path: path ?? "", json: JSON.parse(text), scada, ltn };
}

/** The settings of a load, its problems and warnings gathered. */
export function gather<Settings>(load: SettingsLoad<Settings>, basis: PlanBasis): Settings | undefined {
  basis.warnings.push(...load.warnings.map((warning) => warning.message));
  if (load.kind === "settings") return load.settings;
  basis.problems.push(...load.problems.map((problem) => problem.message));
  return undefined;
}

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
      const layout = settings &&
        findLayout(absolute(request.layout, init.cwd) ?? settings.paths.hardwareLayout, basis);
      return settings && layout && runPlan(settings, layout, basis);
    }
    case "ltn": {
      const settings = gather(ltnSettings(settingsInput(source, "ltn", envFile)), basis);
      const layout = settings &&
        findLayout(absolute(request.layout, init.cwd) ?? settings.paths.hardwareLayout, basis);
      return settings && layout && ltnPlan(settings, layout, basis);
    }
  }
}

function absolute(path: string | undefined, cwd: string): string | undefined {
  return path === undefined || path.startsWith("/") ? path : `${cwd}/${path}`;
}
