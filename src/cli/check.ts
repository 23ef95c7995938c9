import { EnvironmentError, OutsideDataError } from "../core/errors.ts";
import { EXIT } from "../core/exit_codes.ts";
import { permissionLines, planPermissions } from "../ops/permissions.ts";
import { effectiveLines, type EffectiveSetting } from "../settings/mod.ts";
import type { CliHost, PlanOutcome } from "./cli_host.ts";
import { loadSettingsOf } from "./read_settings.ts";
import type { CheckOptions } from "./run_options.ts";

function certificateLines({ certificates = [] }: PlanOutcome): readonly string[] {
  return certificates.map(({ link, item, subject, notAfter, daysLeft }) => {
    const whose = item === "ca" ? "CA of " : "";
    return `certificate ${whose}${link}: ${subject}, until ${notAfter}, ${daysLeft} days left`;
  });
}

/** For people: the plan's workers and ports, or every problem; warnings first. */
export function planLines(outcome: PlanOutcome): readonly string[] {
  const warnings = outcome.warnings.map((warning) => `warning: ${warning}`);
  if (outcome.kind === "problems") return [...warnings, ...outcome.problems.map((problem) => `problem: ${problem}`)];
  const ports = outcome.plan.ports.map(({ a, b }) => `port   ${a} - ${b}`);
  const workers = outcome.plan.workers.map(({ name, entry, supervision }) =>
    `worker ${name} (${entry}, ${supervision})`
  );
  return [...warnings, ...workers, ...ports, ...permissionLines(planPermissions(outcome.plan))];
}

/** The settings of a program as they hold; none when they cannot be read, which the plan names as a problem. */
function effectiveSettings(host: CliHost, { app, envFile }: CheckOptions): readonly EffectiveSetting[] {
  if (app === "dev") return [];
  try {
    return loadSettingsOf(host, app, envFile).effective;
  } catch (thrown) {
    if (thrown instanceof OutsideDataError || thrown instanceof EnvironmentError) return [];
    throw thrown;
  }
}

/** `hearth check`: the settings as they hold, and the plan, or every problem of settings, layout and certificates. */
export async function check(host: CliHost, options: CheckOptions): Promise<number> {
  const { app, json, ...config } = options;
  const outcome = await host.plan({ app, ...config, init: host.init });
  const settings = effectiveSettings(host, options);
  const lines = [
    ...effectiveLines(settings).map((line) => `setting ${line}`),
    ...certificateLines(outcome),
    ...planLines(outcome),
  ];
  host.print("stdout", json ? `${JSON.stringify({ ...shown(outcome), settings })}\n` : `${lines.join("\n")}\n`);
  return outcome.kind === "plan" ? EXIT.ok : EXIT.configuration;
}

/** Plain data about a plan; `init` is left out, as it may hold secrets. */
export function shown(outcome: PlanOutcome): object {
  if (outcome.kind === "problems") return outcome;
  const workers = outcome.plan.workers.map(({ init: _, ...worker }) => worker);
  return { ...outcome, plan: { ...outcome.plan, workers } };
}
