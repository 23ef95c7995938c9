/** Files that are no good leave the connection as it is, whatever is wrong with them; good ones after them are taken. */
import { strict as assert } from "node:assert";
import { EXIT } from "../../../src/core/exit_codes.ts";
import { makeCa } from "../../support/certificates.ts";
import { generatedOf, pendingTexts, runStorePath } from "../../support/hearth_house.ts";
import { assertOneLife, LINK, type LinkTexts, liveOn, logLines, nthLine, RotationStage, untilState } from "./stage.ts";

/** A second each, in which the files are looked at five times. */
const LIVE_ON = 2;
const PROBLEM = "gridworks.event.problem";

interface BadSet {
  readonly what: string;
  readonly texts: LinkTexts;
  readonly reason: RegExp;
}

/** Every kind of bad set. The spellings of two runtimes differ where the TLS stack or the broker has the word. */
async function badSets(stage: RotationStage): Promise<readonly BadSet[]> {
  const { made } = stage;
  const { cert, key } = made.client;
  const other = await makeCa("another");
  const stranger = await stage.leaf();
  const foreign = await stage.leaf({}, other);
  const expired = made.expiredClient;
  const v1 = made.v1Client;
  const halfOf = (text: string) => text.slice(0, text.length / 2);
  return [
    { what: "half a file", texts: { cert: halfOf(cert) }, reason: /each certificate of its file must be whole/ },
    { what: "another key", texts: { cert, key: stranger.key }, reason: /its public key is another/ },
    { what: "no key in the file", texts: { cert, key: cert }, reason: /must be PEM with a private key/ },
    { what: "an encrypted key", texts: { cert, key: made.encryptedKey }, reason: /encrypted key must come with its/ },
    { what: "expired", texts: { cert: expired.cert, key: expired.key }, reason: /it expired at/ },
    { what: "version 1", texts: { cert: v1.cert, key: v1.key }, reason: /it is version 1/ },
    { what: "not yet valid", texts: await later(stage), reason: /it is not valid before/ },
    { what: "refused by the broker", texts: { cert: foreign.cert, key: foreign.key }, reason: /unknown ca|UnknownCA/i },
    { what: "a CA that the broker is not of", texts: { ca: other.cert, cert, key }, reason: /issuer|self.signed/i },
    { what: "no CA", texts: { ca: "nothing" }, reason: /Cannot use the CA certificate/ },
  ];
}

async function later(stage: RotationStage): Promise<LinkTexts> {
  const { cert, key } = await stage.leaf({ atMs: Date.now() + 10 * 86_400_000 });
  return { cert, key };
}

Deno.test("no bad set of files costs the connection, each is told once, and good files after them are taken", async () => {
  await using stage = await RotationStage.make();
  await using agent = stage.startAgent();
  await untilState(agent, "awaiting_peer");
  const { ca, client: { cert, key } } = stage.made;
  const sets = await badSets(stage);
  for (const [index, { what, texts, reason }] of sets.entries()) {
    const place = index % 2 === 0 ? "write" : "rename";
    stage[place]({ ca, cert, key, ...texts });
    const line = await nthLine(agent, "connection.credentials_refused", index + 1);
    assert.equal(line.connection, LINK);
    assert.match(line.reason ?? "", reason, what);
    await liveOn(agent, LIVE_ON);
    assert.equal(logLines(agent, "connection.credentials_refused").length, index + 1, `${what}, told once`);
  }
  Deno.removeSync(stage.files.key);
  const line = await nthLine(agent, "connection.credentials_refused", sets.length + 1);
  assert.match(line.reason ?? "", /own\.key.*there is no such file/);
  assert.equal(logLines(agent, "connection.credentials_taken").length, 0);
  const before = await stage.connects();
  const asked = before.ids.filter((id) => before.subscribed.has(id));
  assert.equal(asked.length, 1, "the first connection lives on");
  await untilState(agent, "awaiting_peer");

  stage.rename({ ca, ...await stage.leaf() });
  await nthLine(agent, "connection.credentials_taken", 1);
  await liveOn(agent, LIVE_ON + 2);
  await untilState(agent, "awaiting_peer");
  assertOneLife(agent);
  const end = await agent.stop();
  assert.equal(end.code, EXIT.ok, end.stderr);
  const after = await stage.connects();
  assert.equal(after.ids.filter((id) => id === asked[0]).length, 2, "one reconnect, after the good files");
  const store = runStorePath(stage.folder);
  assert.equal(generatedOf(store, "gridworks.event.comm.mqtt.disconnect"), 1);
  const problems = pendingTexts(store, PROBLEM).filter((text) => text.includes("TLS files of connection"));
  assert.equal(problems.length, sets.length + 1);
  assert.ok(!(end.stdout + end.stderr + problems.join("")).includes("PRIVATE KEY"), "no key is ever printed");
});
