import { strict as assert } from "node:assert";
import { BROKER_CLIENTS_MAX, startEmbeddedBroker } from "../../../src/host/embedded_broker.ts";
import { freePort } from "../../support/mosquitto.ts";
import { connectionConformance } from "../../../src/testing/connection_conformance.ts";
import { mqttConnection } from "../../../src/transports/mqtt_connection.ts";
import { realHost, settle, until } from "./_rig.ts";

async function rig() {
  let broker = await startEmbeddedBroker();
  const { port } = broker;
  let number = 0;
  return {
    open(name: string, emit: Parameters<typeof mqttConnection>[1]) {
      return mqttConnection({ name, host: "127.0.0.1", port, clientId: `e-${name}-${++number}` }, emit, realHost());
    },
    until,
    settle,
    stopBroker: () => broker.close(),
    async startBroker() {
      broker = await startEmbeddedBroker({ port });
    },
    async [Symbol.asyncDispose]() {
      await broker.close();
      await settle();
    },
  };
}

for (const { name, run } of connectionConformance(rig)) {
  Deno.test(`startEmbeddedBroker() serves mqttConnection(): ${name}`, run);
}

Deno.test("startEmbeddedBroker() closes clients at once above the bound, and close() may be repeated", async () => {
  const broker = await startEmbeddedBroker({ port: freePort() });
  const held: Deno.TcpConn[] = [];
  for (let i = 0; i < BROKER_CLIENTS_MAX; i++) {
    held.push(await Deno.connect({ hostname: "127.0.0.1", port: broker.port }));
  }
  const one = await Deno.connect({ hostname: "127.0.0.1", port: broker.port });
  assert.equal(await one.read(new Uint8Array(1)).catch(() => null), null);
  one.close();
  await broker.close();
  await broker.close();
  for (const client of held) client.close();
  await settle();
});

Deno.test("startEmbeddedBroker() rejects with the code when the port is taken", async () => {
  const broker = await startEmbeddedBroker();
  try {
    await assert.rejects(startEmbeddedBroker({ port: broker.port }), { name: "EnvironmentError", code: "EADDRINUSE" });
  } finally {
    await broker.close();
    await settle();
  }
});
