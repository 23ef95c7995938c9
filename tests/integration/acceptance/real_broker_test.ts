import { BASIC_COMM_TLS } from "../../acceptance/basic_comm.ts";
import type { Scenario } from "../../acceptance/scenario.ts";
import { SCENARIOS } from "../../acceptance/scenarios.ts";
import { makeStage } from "../../acceptance/stage.ts";
import { makeCertificates } from "../../support/certificates.ts";
import { type Mosquitto, startMosquitto } from "../../support/mosquitto.ts";
import { realGround } from "./real_ground.ts";

async function play({ run }: Scenario, ...ground: Parameters<typeof realGround>): Promise<void> {
  await using real = await realGround(...ground);
  const stage = makeStage(real);
  try {
    await run(stage);
  } finally {
    stage.end();
  }
}

for (const scenario of SCENARIOS) {
  Deno.test(`real broker: ${scenario.name}`, async () => {
    await using broker: Mosquitto = await startMosquitto();
    await play(scenario, broker);
  });
}

for (const scenario of BASIC_COMM_TLS) {
  Deno.test(`real broker: ${scenario.name}`, async () => {
    using certificates = await makeCertificates();
    const { caPath, ca, server, client } = certificates;
    await using broker = await startMosquitto({ tls: { caPath, ...server }, requireCertificate: true });
    await play(scenario, broker, { ca, cert: client.cert, key: client.key });
  });
}
