import { EXIT } from "../core/exit_codes.ts";
import { permissionLines, planPermissions } from "../ops/permissions.ts";
import type { CliHost, PlanOutcome } from "./cli_host.ts";
import type { CheckOptions } from "./run_options.ts";

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

/** `hearth check`: the plan, or every problem of settings, layout and certificates. */
export async function check(host: CliHost, { app, json, ...config }: CheckOptions): Promise<number> {
  const outcome = await host.plan({ app, ...config, init: host.init });
  host.print("stdout", json ? `${JSON.stringify(shown(outcome))}\n` : `${planLines(outcome).join("\n")}\n`);
  return outcome.kind === "plan" ? EXIT.ok : EXIT.configuration;
}

/** Plain data about a plan; `init` is left out, as it may hold secrets. */
export function shown(outcome: PlanOutcome): unknown {
  if (outcome.kind === "problems") return outcome;
  const workers = outcome.plan.workers.map(({ init: _, ...worker }) => worker);
  return { ...outcome, plan: { ...outcome.plan, workers } };
}
