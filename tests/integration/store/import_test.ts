import { strict as assert } from "node:assert";
import { DatabaseSync } from "node:sqlite";
import { EXIT } from "../../../src/core/exit_codes.ts";
import { runHearth, temporaryFolder } from "../../support/hearth_process.ts";

const DAY = "2026-11-21T00:00:00+00:00";
const COUNT = 700;

function id(n: number): string {
  return `00000000-0000-4000-8000-${`${n}`.padStart(12, "0")}`;
}

/** As the reference writes them, byte for byte: floats that JavaScript would print in another way. */
function event(n: number): string {
  return `{"MessageId":"${
    id(n)
  }","TimeCreatedMs":1795252052302,"Src":"a.scada","TypeName":"gridworks.event.x","V":2.0}`;
}

function fileOf(n: number): string {
  return `${DAY}/2026-11-21T09:${`${Math.floor(n / 60)}`.padStart(2, "0")}:${
    `${n % 60}`.padStart(2, "0")
  }.000001+00:00.uid[${id(n)}].json`;
}

function pythonFolder(path: string): void {
  Deno.mkdirSync(`${path}/${DAY}`, { recursive: true });
  for (let n = 1; n <= COUNT; n++) Deno.writeTextFileSync(`${path}/${fileOf(n)}`, event(n));
  Deno.writeTextFileSync(`${path}/${fileOf(COUNT + 1)}`, "torn {");
}

interface Imported {
  readonly imported: number;
  readonly known: number;
  readonly bad: number;
  readonly badFiles: readonly { readonly path: string }[];
  readonly finished: boolean;
}

function stored(path: string): readonly { message_id: string; bytes: Uint8Array }[] {
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    return db.prepare("SELECT message_id, bytes FROM events ORDER BY seq").all() as {
      message_id: string;
      bytes: Uint8Array;
    }[];
  } finally {
    db.close();
  }
}

Deno.test("hearth events import takes a Python proactor's events over, once, and leaves bad files where they are", async () => {
  using folder = temporaryFolder();
  const from = `${folder.path}/python`, store = `${folder.path}/scada.sqlite`;
  pythonFolder(from);
  const command = ["events", "import", from, "--store", store];
  const dry = await runHearth([...command, "--dry-run", "--json"], { folder: folder.path });
  assert.equal(dry.code, EXIT.configuration, dry.stderr);
  const { imported, known, bad, badFiles } = JSON.parse(dry.stdout) as Imported;
  assert.deepEqual([imported, known, bad, badFiles.map(({ path }) => path)], [COUNT, 0, 1, [fileOf(COUNT + 1)]]);
  assert.throws(() => Deno.statSync(store), Deno.errors.NotFound);

  const first = await runHearth(command, { folder: folder.path });
  assert.equal(first.code, EXIT.configuration, first.stderr);
  assert.match(first.stdout, new RegExp(`^${store}\nbad .*: it must be JSON in UTF-8: .*\nimported ${COUNT} of `));
  const rows = stored(store);
  assert.equal(rows.length, COUNT);
  assert.deepEqual(
    rows.map(({ message_id, bytes }) => [message_id, new TextDecoder().decode(bytes)]),
    [
      ...rows.keys(),
    ].map((n) => [id(n + 1), event(n + 1)]),
  );

  Deno.removeSync(`${from}/${fileOf(COUNT + 1)}`);
  const again = await runHearth([...command, "--json"], { folder: folder.path });
  assert.equal(again.code, EXIT.ok, again.stderr);
  const counts = JSON.parse(again.stdout) as Imported;
  assert.deepEqual([counts.imported, counts.known, counts.bad, counts.finished], [0, COUNT, 0, true]);
  assert.equal(stored(store).length, COUNT);
  assert.equal([...Deno.readDirSync(`${from}/${DAY}`)].length, COUNT, "no file was taken away");
});

Deno.test("hearth events import says what is wrong", async () => {
  using folder = temporaryFolder();
  const options = { folder: folder.path };
  const missing = await runHearth(["events", "import", "nowhere", "--store", "s.sqlite"], options);
  assert.equal(missing.code, EXIT.configuration);
  assert.match(missing.stderr, /^Cannot import events as the folder must exist: ".*\/nowhere"\n$/);
  const help = await runHearth(["events", "import", "--help"], options);
  assert.equal(help.code, EXIT.ok);
  assert.ok(["--dry-run", "--json", "imported once"].every((words) => help.stdout.includes(words)), help.stdout);
  assert.equal((await runHearth(["events", "import"], options)).code, EXIT.usage);
  const app = await runHearth(["events", "import", "x", "--app", "dev"], options);
  assert.deepEqual([app.code, app.stderr], [
    EXIT.usage,
    'error: Cannot read program as it must be run or ltn: found "dev"\n',
  ]);
});

Deno.test("hearth events import refuses while an agent holds the store, and looks all the same", async () => {
  using folder = temporaryFolder();
  const from = `${folder.path}/python`, store = `${folder.path}/scada.sqlite`;
  pythonFolder(from);
  using lock = Deno.openSync(`${folder.path}/scada.lock`, { read: true, write: true, create: true });
  lock.lockSync(true);
  const command = ["events", "import", from, "--store", store];
  const refused = await runHearth(command, { folder: folder.path });
  assert.equal(refused.code, EXIT.environment, refused.stderr);
  assert.match(refused.stderr, /^Cannot start as only one process at a time may use its store: another one holds/);
  assert.throws(() => Deno.statSync(store), Deno.errors.NotFound);
  const dry = await runHearth([...command, "--dry-run"], { folder: folder.path });
  assert.match(dry.stdout, new RegExp(`would import ${COUNT} of `));
});
