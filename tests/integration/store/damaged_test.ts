import { strict as assert } from "node:assert";
import { DatabaseSync } from "node:sqlite";
import { EXIT } from "../../../src/core/exit_codes.ts";
import { inspectStore } from "../../../src/store/inspect.ts";
import { runEnv, runStorePath } from "../../support/hearth_house.ts";
import { runHearth, temporaryFolder } from "../../support/hearth_process.ts";

const RUN = ["run", "--exit-after", "2s"];

/** Summary and details of the stored problem events. */
function problems(path: string): readonly string[] {
  using look = inspectStore(path);
  const { owner } = look.owners()[0]!;
  return look.pending().filter((row) => row.class === "gridworks.event.problem").map((row) => {
    const { Summary, Details } = JSON.parse(look.payload(owner, row.seq)!) as Record<string, string>;
    return `${Summary}. ${Details}`;
  });
}

Deno.test("hearth run sets a damaged store aside, goes on with what can be read, and says so in an event", async () => {
  using folder = temporaryFolder();
  const options = { folder: folder.path, env: runEnv({ port: 1 }) };
  assert.equal((await runHearth(RUN, options)).code, EXIT.ok);
  const path = runStorePath(folder.path);
  const db = new DatabaseSync(path);
  const { pending } = db.prepare("SELECT count(*) AS pending FROM events").get() as { pending: number };
  db.exec("DELETE FROM events WHERE seq=(SELECT min(seq) FROM events)");
  db.close();
  const second = await runHearth(RUN, options);
  assert.equal(second.code, EXIT.ok, second.stderr);
  const aside = [...Deno.readDirSync(path.slice(0, path.lastIndexOf("/")))].map(({ name }) => name)
    .filter((name) => /^scada\.sqlite\.damaged-\d{13}$/.test(name));
  assert.equal(aside.length, 1, `${aside}`);
  const told = problems(path).filter((text) => text.startsWith("A damaged store was replaced. "));
  assert.equal(told.length, 1, `${problems(path)}`);
  assert.match(
    told[0]!,
    /^[^"]*"[^"]*\.damaged-\d+"; rows carried over: \d+; events lost, each with a tombstone: 1$/,
  );
  using look = inspectStore(path);
  const { counters } = look.owners()[0]!;
  assert.equal(counters.tombstoned, 1);
  assert.equal(counters.generated, counters.acked + counters.pending + counters.tombstoned);
  assert.ok(counters.pending > pending, "what was readable is still there");
  assert.equal(JSON.parse(second.stderr.split("\n").find((line) => line.includes("store.damaged"))!).eventsLost, 1);
});

Deno.test("hearth run refuses the store of a newer program, names the way back, and leaves the file as it is", async () => {
  using folder = temporaryFolder();
  const options = { folder: folder.path, env: runEnv({ port: 1 }) };
  assert.equal((await runHearth(RUN, options)).code, EXIT.ok);
  const path = runStorePath(folder.path);
  const db = new DatabaseSync(path);
  db.exec("UPDATE meta SET value='99' WHERE key='schema'");
  db.close();
  const before = Deno.readFileSync(path);
  const refused = await runHearth(RUN, options);
  assert.equal(refused.code, EXIT.environment);
  assert.match(
    refused.stderr,
    /found 99; start the newer program again, or move the file aside to begin with an empty store\n$/,
  );
  assert.deepEqual(Deno.readFileSync(path), before);
});
