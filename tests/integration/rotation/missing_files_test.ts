/** A worker that gets a new life while its certificate files are being replaced waits for them. */
import { strict as assert } from "node:assert";
import { type ConnectionNews, openConnection } from "../../../src/app/credentials_connection.ts";
import type { CredentialsTold } from "../../../src/core/credentials.ts";
import type { ConnectionInput } from "../../../src/links/connection_port.ts";
import { RotationStage } from "./stage.ts";

/** Longer than files must keep still, ms. */
const CONNECT_EVERY_MS = 500;

Deno.test("openConnection() waits for files that are missing, says which, and connects with them", async () => {
  await using stage = await RotationStage.make();
  const { files, made } = stage;
  Deno.removeSync(files.key);
  const refusals: string[] = [];
  const logged: string[] = [];
  const connected = Promise.withResolvers<void>();
  let retry: ReturnType<typeof setTimeout> | undefined;
  const news: ConnectionNews = {
    heard(input: ConnectionInput) {
      if (input.kind === "connected") connected.resolve();
      else if (input.kind === "connect_failed") retry = setTimeout(connect, CONNECT_EVERY_MS);
    },
    told: (told: CredentialsTold) => void (told.verdict === "refused" && refusals.push(told.reason)),
  };
  const tls = {
    ca: { setting: "CA", path: files.ca },
    cert: { setting: "CERT", path: files.cert },
    key: { setting: "KEY", path: files.key },
  };
  const { port } = stage.broker;
  const plan = { name: "up", host: "127.0.0.1", port, keepAliveS: 60, tls, tlsPollMs: 200 };
  using connection = openConnection(plan, news, {
    after(delayMs, _name, callback) {
      const timer = setTimeout(callback, delayMs);
      return { [Symbol.dispose]: () => clearTimeout(timer) };
    },
    log: ({ event }) => void logged.push(event),
    wallMs: () => Date.now(),
  });
  function connect(): void {
    connection.effect({ kind: "connect", connection: "up" });
  }
  connect();
  while (retry === undefined) await new Promise((resolve) => setTimeout(resolve, 20));
  assert.match(refusals[0] ?? "", /Cannot read client key ".*own\.key" \(setting KEY\).*there is no such file/);
  stage.write({ key: made.client.key });
  await connected.promise;
  assert.deepEqual(logged, ["connection.credentials_refused", "connection.credentials_taken"]);
  clearTimeout(retry);
});
