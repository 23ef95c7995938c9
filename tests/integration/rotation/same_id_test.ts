/**
 * A broker that takes the user for the client id (`use_username_as_clientid`) allows one connection a certificate name,
 * so that the second connection of a trial pushes the first one off. It must end with one working link, whatever happens.
 */
import { strict as assert } from "node:assert";
import { EXIT } from "../../../src/core/exit_codes.ts";
import { makeCa } from "../../support/certificates.ts";
import { assertOneLife, liveOn, logLines, nthLine, RotationStage, untilState } from "./stage.ts";

const SAME_ID = ["use_username_as_clientid true"];
/** Seconds in which a link that flaps would have connected again. */
const QUIET = 6;

/** Connects that the broker accepted so far. */
async function connects(stage: RotationStage): Promise<number> {
  return [...(await stage.broker.log()).matchAll(/New client connected/g)].length;
}

Deno.test("a trial that pushes the first connection off the broker ends with the new files and one working link", async () => {
  await using stage = await RotationStage.make({ more: SAME_ID });
  await using agent = stage.startAgent();
  await untilState(agent, "awaiting_peer");
  for (let round = 1; round <= 3; round++) {
    stage.rename(await stage.leaf());
    await nthLine(agent, "connection.credentials_taken", round);
    await liveOn(agent, QUIET);
    await untilState(agent, "awaiting_peer");
    const before = await connects(stage);
    await liveOn(agent, QUIET);
    assert.equal(await connects(stage), before, "nobody connects any more");
    assert.ok(before <= 1 + 3 * round, `${before} connects in ${round} rounds`);
  }
  assert.deepEqual(logLines(agent, "connection.credentials_refused"), []);
  assertOneLife(agent);
  assert.equal((await agent.stop()).code, EXIT.ok, agent.stderr);
});

Deno.test("files that this broker refuses push nobody off", async () => {
  await using stage = await RotationStage.make({ more: SAME_ID });
  await using agent = stage.startAgent();
  await untilState(agent, "awaiting_peer");
  stage.rename(await stage.leaf({}, await makeCa("another")));
  await nthLine(agent, "connection.credentials_refused", 1);
  await liveOn(agent, QUIET);
  assert.equal(await connects(stage), 1);
  await untilState(agent, "awaiting_peer");
  assert.equal((await agent.stop()).code, EXIT.ok, agent.stderr);
});
