import type { CommandInit } from "../../src/core/isolate.ts";
import { serveWorker } from "../../src/host/worker_side.ts";

serveWorker({
  start(init, _ports, host) {
    const { args, env } = init as CommandInit;
    host.print("stdout", `${args.join(" ")} with ${JSON.stringify(env)}\n`);
    host.exit(args.includes("--dry") ? 6 : 0);
  },
  stop() {},
  doing: () => "watering",
});
