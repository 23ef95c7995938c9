import "../host/process_env.ts";
import type { PlanOutcome } from "../cli/cli_host.ts";
import type { EventsImportOptions } from "../cli/events_import.ts";
import { type GuardOptions, parseCommandLine } from "../cli/run_options.ts";
import { EXIT } from "../core/exit_codes.ts";
import type { CommandInit } from "../core/isolate.ts";
import { planLines, shown } from "../cli/check.ts";
import { serveWorker, type WorkerHost } from "../host/worker_side.ts";
import { makeGuardPlan, makeImportPlan, makePlan } from "./make_plan.ts";
import type { PlanExtras } from "./plan_basis.ts";
import { planHost } from "./plan_host.ts";

function plan(init: CommandInit, host: WorkerHost): void {
  const line = parseCommandLine(init.args);
  if (line.kind === "help") {
    host.print("stdout", line.text);
    return host.exit(EXIT.ok);
  }
  if (line.kind === "problem") {
    host.print("stderr", `${line.text.trimEnd()}\n`);
    return host.exit(line.exit);
  }
  const { call } = line;
  if (call.name === "guard") return guard(call.options, init, host);
  if (call.name === "events import") return importing(call.options, init, host);
  if (call.name !== "run" && call.name !== "ltn" && call.name !== "dev") {
    throw new TypeError(`Cannot plan "${call.name}" as it must be run, ltn or dev`);
  }
  const { options } = call;
  const { layout } = options;
  const envFile = "envFile" in options ? options.envFile : undefined;
  const request = { app: call.name, init, ...given("layout", layout), ...given("envFile", envFile) };
  const extras: PlanExtras = {
    json: options.json,
    ...given("exitAfterMs", options.exitAfterMs),
    ...("speed" in options ? { speed: options.speed } : {}),
    ...("data" in options ? given("data", options.data) : {}),
  };
  const outcome = makePlan(request, extras, planHost());
  if (outcome.kind === "problems") return refuse(outcome, host);
  if ("dryRun" in options && options.dryRun) {
    const text = options.json ? JSON.stringify(shown(outcome)) : planLines(outcome).join("\n");
    host.print("stdout", `${text}\n`);
    return host.exit(EXIT.ok);
  }
  carryOut(outcome, host);
}

function guard({ json, layout, envFile }: GuardOptions, init: CommandInit, host: WorkerHost): void {
  const request = { init, json, ...given("layout", layout), ...given("envFile", envFile) };
  const outcome = makeGuardPlan(request, planHost());
  if (outcome.kind === "problems") return refuse(outcome, host);
  carryOut(outcome, host);
}

function importing(options: EventsImportOptions, init: CommandInit, host: WorkerHost): void {
  const outcome = makeImportPlan(options, init, planHost());
  if (outcome.kind === "problems") return refuse(outcome, host);
  carryOut(outcome, host);
}

function refuse(outcome: PlanOutcome, host: WorkerHost): void {
  host.print("stderr", `${planLines(outcome).join("\n")}\n`);
  host.exit(EXIT.configuration);
}

function carryOut({ plan, warnings }: Extract<PlanOutcome, { readonly kind: "plan" }>, host: WorkerHost): void {
  for (const warning of warnings) host.print("stderr", `warning: ${warning}\n`);
  host.planned(plan);
}

function given<Key extends string, Value>(key: Key, value: Value | undefined): { [K in Key]?: Value } {
  return (value === undefined ? {} : { [key]: value }) as { [K in Key]?: Value };
}

serveWorker({
  start: (init, _ports, host) => plan(init as CommandInit, host),
  stop() {},
  doing: () => "plan",
});
