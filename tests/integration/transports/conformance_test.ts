import { connectionConformance } from "../../../src/testing/connection_conformance.ts";
import { makeCertificates } from "../../support/certificates.ts";
import { startMosquitto } from "../../support/mosquitto.ts";
import { mosquittoRig } from "./_rig.ts";

for (const { name, run } of connectionConformance(async () => mosquittoRig(await startMosquitto(), {}))) {
  Deno.test(`mqttConnection() over TCP: ${name}`, run);
}

for (const { name, run } of connectionConformance(overTls)) {
  Deno.test(`mqttConnection() over TLS with client certificates: ${name}`, run);
}

async function overTls() {
  const made = await makeCertificates();
  const { certPath, keyPath } = made.server;
  const broker = await startMosquitto({ tls: { caPath: made.caPath, certPath, keyPath }, requireCertificate: true });
  const rig = mosquittoRig(broker, { tls: { ca: made.ca, cert: made.client.cert, key: made.client.key } });
  const dispose = rig[Symbol.asyncDispose];
  return {
    ...rig,
    async [Symbol.asyncDispose]() {
      await dispose.call(rig);
      made[Symbol.dispose]();
    },
  };
}
