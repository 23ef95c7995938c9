/** A new CA: agent and broker change over to it one after the other, in either order. */
import { strict as assert } from "node:assert";
import type { CaTexts } from "../../../src/keys/mod.ts";
import { makeCa, makeLeaf, SERVER, writeLeaf } from "../../support/certificates.ts";
import { generatedOf, runStorePath } from "../../support/hearth_house.ts";
import { assertOneLife, logLines, nthLine, RotationStage, untilState } from "./stage.ts";

const CONNECT = "gridworks.event.comm.mqtt.connect";

/** The broker's files with a certificate of the second CA; it takes clients of both. */
async function brokerOf(stage: RotationStage, next: CaTexts) {
  const caPath = `${stage.made.folder}/both.crt`;
  await Deno.writeTextFile(caPath, stage.ca.cert + next.cert);
  const { certPath, keyPath } = await writeLeaf(stage.made.folder, "next_server", await makeLeaf(next, SERVER));
  return { caPath, certPath, keyPath };
}

Deno.test("CA and certificate are replaced together when the broker takes clients of both CAs", async () => {
  const next = await makeCa("next");
  await using stage = await RotationStage.make({ trusts: [next] });
  await using agent = stage.startAgent();
  await untilState(agent, "awaiting_peer");
  stage.rename({ ca: stage.ca.cert + next.cert, ...await stage.leaf({}, next) });
  await nthLine(agent, "connection.credentials_taken", 1);
  await agent.until("the reconnect", () => connects(stage) === 2);
  await untilState(agent, "awaiting_peer");

  // The broker follows, and the agent forgets the first CA.
  await stage.replaceBroker(await brokerOf(stage, next));
  await agent.until("the connect to the broker of the new CA", () => connects(stage) === 3);
  stage.rename({ ca: next.cert });
  await nthLine(agent, "connection.credentials_taken", 2);
  await agent.until("the last reconnect", () => connects(stage) === 4);
  assert.deepEqual(logLines(agent, "connection.credentials_refused"), []);
  assertOneLife(agent);
  await agent.stop();
});

Deno.test("files that the broker refuses save the link when it changes its own CA later", async () => {
  await using stage = await RotationStage.make();
  const next = await makeCa("next");
  await using agent = stage.startAgent();
  await untilState(agent, "awaiting_peer");
  const { cert, key } = await stage.leaf({}, next);
  stage.rename({ ca: next.cert, cert, key });
  await nthLine(agent, "connection.credentials_refused", 1);
  assert.equal(connects(stage), 1);
  await stage.replaceBroker(await brokerOf(stage, next));
  await nthLine(agent, "connection.credentials_taken", 1);
  await untilState(agent, "awaiting_peer");
  await agent.until("the connect", () => connects(stage) === 2);
  assert.equal(logLines(agent, "connection.credentials_refused").length, 1);
  assertOneLife(agent);
  await agent.stop();
});

/** How often the agent's link was connected, as the agent's store has it. */
function connects(stage: RotationStage): number {
  return generatedOf(runStorePath(stage.folder), CONNECT);
}
