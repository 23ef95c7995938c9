import "../host/process_env.ts";
import { type EmbeddedBroker, startEmbeddedBroker } from "../host/embedded_broker.ts";
import { serveWorker } from "../host/worker_side.ts";
import type { BrokerInit } from "./broker_init.ts";

let broker: EmbeddedBroker | undefined;
let runFile: string | undefined;

serveWorker({
  async start(given) {
    const init = given as BrokerInit;
    broker = await startEmbeddedBroker({ port: init.port });
    runFile = init.runFile;
    if (runFile === undefined) return;
    Deno.mkdirSync(runFile.slice(0, runFile.lastIndexOf("/")), { recursive: true, mode: 0o700 });
    Deno.writeTextFileSync(runFile, `${JSON.stringify(init.runFileContent)}\n`, { mode: 0o600 });
  },
  async stop() {
    if (runFile !== undefined) Deno.removeSync(runFile);
    await broker?.close();
  },
  doing: () => "broker",
});
