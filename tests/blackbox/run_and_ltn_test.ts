import { strict as assert } from "node:assert";
import { EXIT } from "../../src/core/exit_codes.ts";
import { makeCertificates } from "../support/certificates.ts";
import { assertExact, type LiveObject, type StoreStat } from "../support/hearth_output.ts";
import {
  accountOf,
  envFileText,
  inboxIds,
  ltnEnv,
  ltnStorePath,
  pendingEvents,
  runEnv,
  runStorePath,
} from "../support/hearth_house.ts";
import { type HearthProcess, runHearth, startHearth, temporaryFolder } from "../support/hearth_process.ts";
import { startMosquitto } from "../support/mosquitto.ts";

function last(process: HearthProcess): LiveObject | undefined {
  return process.json<LiveObject>().at(-1);
}

function upstream(agent: HearthProcess): string {
  return last(agent)?.links.find(({ name }) => name === "gridworks_mqtt")?.state ?? "";
}

/** Nothing lost: what the agent deleted is in the inbox. Nothing twice: the inbox has nothing else, and each id once. */
function assertExactlyOnce(folder: string): void {
  const account = accountOf(runStorePath(folder));
  assertExact({ ...account, applied: 0 });
  const inbox = inboxIds(ltnStorePath(folder));
  const ids = new Set(inbox);
  assert.equal(ids.size, inbox.length, "each id once");
  const appliedAndPending = pendingEvents(runStorePath(folder)).filter(({ id }) => ids.has(id)).length;
  assert.equal(inbox.length, account.acked + appliedAndPending, JSON.stringify(account));
}

Deno.test("hearth run and hearth ltn lose nothing and apply nothing twice when their TLS broker is killed", async () => {
  using certificates = await makeCertificates();
  using folder = temporaryFolder();
  const tls = { caPath: certificates.caPath, ...certificates.server };
  await using broker = await startMosquitto({ tls, requireCertificate: true });
  const place = { port: broker.port, certificates };
  Deno.mkdirSync(`${folder.path}/config/gridworks/scada`, { recursive: true });
  Deno.writeTextFileSync(`${folder.path}/config/gridworks/scada/.env`, envFileText(runEnv(place)));
  Deno.writeTextFileSync(`${folder.path}/ltn.env`, envFileText(ltnEnv(place)));

  await using ltn = startHearth(["ltn", "--json", "--env-file", "ltn.env"], { folder: folder.path });
  await using agent = startHearth(["run", "--json"], { folder: folder.path });
  await agent.until("the first acks", () => (last(agent)?.acked ?? 0) >= 3);
  assert.equal(upstream(agent), "active");

  await broker.kill();
  await agent.until("a link that knows of the loss, and events that wait for the broker", () => {
    return upstream(agent) !== "active" && last(agent)!.pending >= 5;
  });
  const waiting = last(agent)!;
  await broker.restart();
  await agent.until("acks of all that waited", () => last(agent)!.acked >= waiting.generated);
  assert.equal(upstream(agent), "active");

  // The LTN dies without a word: what it acked it has, what it has it does not apply again.
  ltn.kill("SIGKILL");
  await ltn.ended;
  const atCrash = last(agent)!.generated;
  await agent.until("more events", () => last(agent)!.generated >= atCrash + 3);
  await using next = startHearth(["ltn", "--json", "--env-file", "ltn.env"], { folder: folder.path });
  await agent.until("acks of the next LTN", () => last(agent)!.acked >= atCrash + 3);

  const agentEnd = await agent.stop();
  assert.equal(agentEnd.code, EXIT.ok, agentEnd.stderr);
  const ltnEnd = await next.stop();
  assert.equal(ltnEnd.code, EXIT.ok, ltnEnd.stderr);
  assertExactlyOnce(folder.path);

  const stat = await runHearth(["events", "stat", "--json"], { folder: folder.path });
  assert.equal(stat.code, EXIT.ok, stat.stderr);
  const { acked } = (JSON.parse(stat.stdout) as StoreStat).owners[0]!.counters;
  assert.equal(acked, accountOf(runStorePath(folder.path)).acked, "events stat says the same");
});

Deno.test("hearth run goes on with its account when it was killed", async () => {
  using folder = temporaryFolder();
  await using broker = await startMosquitto();
  const env = { ...runEnv({ port: broker.port }), ...ltnEnv({ port: broker.port }) };
  const options = { folder: folder.path, env };
  await using ltn = startHearth(["ltn", "--json"], options);
  await using first = startHearth(["run", "--json"], options);
  await first.until("the first acks", () => (last(first)?.acked ?? 0) >= 3);
  const { generated } = last(first)!;
  first.kill("SIGKILL");
  await first.ended;
  await using second = startHearth(["run", "--json"], options);
  await second.until("more acks than before", () => (last(second)?.acked ?? 0) > generated);
  assert.equal((await second.stop()).code, EXIT.ok);
  assert.equal((await ltn.stop()).code, EXIT.ok);
  assertExactlyOnce(folder.path);
});
