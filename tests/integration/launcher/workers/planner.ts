import type { CommandInit, RunPlan } from "../../../../src/core/isolate.ts";
import { serveWorker } from "../../../../src/host/worker_side.ts";

serveWorker({
  start(init, _ports, host) {
    const { args, env } = init as CommandInit;
    host.print("stderr", `planner sees ${JSON.stringify(env)}\n`);
    host.planned(JSON.parse(args[1] ?? "") as RunPlan);
  },
  stop() {},
  doing: () => "planning",
});
