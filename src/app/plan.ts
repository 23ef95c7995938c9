import "../host/process_env.ts";
import { parseCommandLine } from "../cli/run_options.ts";
import { EXIT } from "../core/exit_codes.ts";
import type { CommandInit } from "../core/isolate.ts";
import { planLines, shown } from "../cli/check.ts";
import { serveWorker, type WorkerHost } from "../host/worker_side.ts";
import { makePlan } from "./make_plan.ts";
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
  if (call.name !== "run" && call.name !== "ltn" && call.name !== "dev") {
    throw new TypeError(`Cannot plan "${call.name}" as it must be run, ltn or dev`);
  }
  const { options } = call;
  const { layout } = options;
  const envFile = "envFile" in options ? options.envFile : undefined;
  const request = {
    app: call.name,
    init,
    ...(layout === undefined ? {} : { layout }),
    ...(envFile === undefined ? {} : { envFile }),
  };
  const extras: PlanExtras = {
    json: options.json,
    ...(options.exitAfterMs === undefined ? {} : { exitAfterMs: options.exitAfterMs }),
    ...("speed" in options ? { speed: options.speed } : {}),
    ...("data" in options && options.data !== undefined ? { data: options.data } : {}),
  };
  const outcome = makePlan(request, extras, planHost());
  if (outcome.kind === "problems") {
    host.print("stderr", `${planLines(outcome).join("\n")}\n`);
    return host.exit(EXIT.configuration);
  }
  if ("dryRun" in options && options.dryRun) {
    const text = options.json ? JSON.stringify(shown(outcome)) : planLines(outcome).join("\n");
    host.print("stdout", `${text}\n`);
    return host.exit(EXIT.ok);
  }
  for (const warning of outcome.warnings) host.print("stderr", `warning: ${warning}\n`);
  host.planned(outcome.plan);
}

serveWorker({
  start: (init, _ports, host) => plan(init as CommandInit, host),
  stop() {},
  doing: () => "plan",
});
