import { strict as assert } from "node:assert";
import { DatabaseSync } from "node:sqlite";
import { EXIT } from "../../src/core/exit_codes.ts";
import { accountOf, ltnEnv, ltnStorePath, runEnv, runStorePath } from "../support/hearth_house.ts";
import { assertExact, type LiveObject } from "../support/hearth_output.ts";
import { type HearthProcess, startHearth, temporaryFolder } from "../support/hearth_process.ts";
import { startMosquitto } from "../support/mosquitto.ts";

const SCADA = "hw1-isone-me-hearth-house0-scada";
/** Messages of one flood, and floods that warm up or are measured. */
const FLOOD_MESSAGES = 20_000;
const FLOODS_WARM = 1;
const FLOODS_MEASURED = 2;
/** A leak of one flood's payloads alone would be more than this share of the agent's memory. */
const RSS_RATIO_MAX = 1.35;

function last(process: HearthProcess): LiveObject | undefined {
  return process.json<LiveObject>().at(-1);
}

function adminEnv(port: number): Readonly<Record<string, string>> {
  return {
    SCADA_ADMIN__ENABLED: "true",
    SCADA_ADMIN__HOST: "127.0.0.1",
    SCADA_ADMIN__TLS__USE_TLS: "false",
    SCADA_ADMIN__PORT: `${port}`,
  };
}

/** Publishes one line `FLOOD_MESSAGES` times by mosquitto_pub. */
async function flood(port: number, topic: string, line: string): Promise<void> {
  const child = new Deno.Command("mosquitto_pub", {
    args: ["-p", `${port}`, "-t", topic, "-l"],
    stdin: "piped",
    stdout: "null",
    stderr: "inherit",
  }).spawn();
  const writer = child.stdin.getWriter();
  const bytes = new TextEncoder().encode(`${line}\n`.repeat(100));
  for (let sent = 0; sent < FLOOD_MESSAGES; sent += 100) await writer.write(bytes);
  await writer.close();
  assert.ok((await child.status).success);
}

function message(type: string, payload: object): string {
  const header = { Src: "admin", Dst: SCADA.replaceAll("-", "."), MessageType: type, TypeName: "gridworks.header" };
  return JSON.stringify({
    Header: { ...header, MessageId: "", AckRequired: false, Version: "001" },
    Payload: { ...payload, TypeName: type, Version: "000" },
    TypeName: "gw",
  });
}

const FLOODS = [
  ["that are no messages", "no-such-type", "rubbish ".repeat(40)],
  ["of an unknown type", "no-such-type", message("no.such.type", { Text: "x".repeat(300) })],
  ["that each want a snapshot", "send-snap", message("send.snap", { FromGNodeAlias: "admin" })],
] as const;

Deno.test("a flood on the admin link delays no other link and leaves memory flat", async (t) => {
  using folder = temporaryFolder();
  // Two brokers, as in the field: the flood comes over the local one.
  await using upstream = await startMosquitto();
  await using local = await startMosquitto({ more: ["max_queued_messages 0", "max_inflight_messages 0"] });
  const env = { ...runEnv(upstream), ...ltnEnv(upstream), ...adminEnv(local.port) };
  const options = { folder: folder.path, env };
  await using ltn = startHearth(["ltn", "--json"], options);
  await using agent = startHearth(["run", "--json"], options);
  await agent.until("the first acks", () => (last(agent)?.acked ?? 0) >= 3);

  for (const [what, type, line] of FLOODS) {
    await t.step(`${FLOOD_MESSAGES} messages ${what}`, async () => {
      async function once(): Promise<void> {
        const before = last(agent)!;
        await flood(local.port, `gw/admin/to/${SCADA}/${type}`, line);
        await agent.until("acks of events made after the flood", () => last(agent)!.acked > before.generated + 1);
      }
      for (let i = 0; i < FLOODS_WARM; i++) await once();
      const warm = agent.rssBytes();
      for (let i = 0; i < FLOODS_MEASURED; i++) await once();
      const ratio = agent.rssBytes() / warm;
      assert.ok(ratio < RSS_RATIO_MAX, `resident memory grew ${ratio.toFixed(2)}-fold`);
      const link = last(agent)!.links.find(({ name }) => name === "gridworks_mqtt");
      assert.equal(link?.state, "active");
    });
  }
  const moves = agent.stderr.split("\n").filter((text) =>
    text.includes('"event":"link.moved"') && text.includes("gridworks_mqtt") && text.includes('"from":"active"')
  );
  assert.deepEqual(moves, [], "the upstream link never lost its peer");
  const end = await agent.stop();
  assert.equal(end.code, EXIT.ok, end.stderr.slice(-2_000));
  assert.ok(!end.stderr.includes("launcher.replaced"), end.stderr.slice(-2_000));
  const lost = end.stderr.split("\n").filter((text) => text.includes('"event":"connection.lost"'));
  assert.deepEqual(lost, [], "no connection was given up under the flood");
  const said = end.stderr.split("\n").length;
  assert.ok(said < 500, `${said} lines on stderr: a peer must not flood the log`);
  const ltnEnd = await ltn.stop();
  assert.equal(ltnEnd.code, EXIT.ok, ltnEnd.stderr.slice(-2_000));
  const account = accountOf(runStorePath(folder.path));
  assertExact({ ...account, applied: 0 });
  assert.ok(account.generated < 2_000, `${account.generated} events: a peer must not flood the store`);
});

Deno.test("hearth run and hearth ltn go on while another process holds their stores locked", async () => {
  using folder = temporaryFolder();
  await using broker = await startMosquitto();
  const options = { folder: folder.path, env: { ...runEnv(broker), ...ltnEnv(broker) } };
  await using ltn = startHearth(["ltn", "--json"], options);
  await using agent = startHearth(["run", "--json"], options);
  await agent.until("the first acks", () => (last(agent)?.acked ?? 0) >= 3);
  const locks = [runStorePath, ltnStorePath].map((path) => new DatabaseSync(path(folder.path)));
  try {
    for (const lock of locks) lock.exec("BEGIN IMMEDIATE");
    await agent.until("word of the failing store", () => last(agent)!.storeCode === "SQLITE_BUSY");
    const seen = last(agent)!;
    // Longer than the silence after which the launcher ends a worker.
    await agent.until("a house that goes on", () => last(agent)!.virtualSeconds >= seen.virtualSeconds + 8);
    assert.equal(last(agent)!.control?.auto, "LocalControl");
    assert.equal(last(agent)!.restarts, 0);
    assert.equal(last(agent)!.acked, seen.acked, "what the LTN cannot commit it does not ack");
    for (const lock of locks) lock.exec("ROLLBACK");
  } finally {
    for (const lock of locks) lock.close();
  }
  await agent.until("a store that commits", () => last(agent)!.storeCode === "");
  const { generated } = last(agent)!;
  await agent.until("acks of all that waited", () => last(agent)!.acked >= generated);
  const end = await agent.stop();
  assert.equal(end.code, EXIT.ok, end.stderr.slice(-2_000));
  assert.ok(!end.stderr.includes("launcher.replaced"), end.stderr.slice(-2_000));
  const ltnEnd = await ltn.stop();
  assert.equal(ltnEnd.code, EXIT.ok, ltnEnd.stderr.slice(-2_000));
  assertExact({ ...accountOf(runStorePath(folder.path)), applied: 0 });
});
