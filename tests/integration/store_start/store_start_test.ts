import { strict as assert } from "node:assert";
import { DatabaseSync } from "node:sqlite";
import { EXIT } from "../../../src/core/exit_codes.ts";
import { accountOf, inboxIds, pendingEvents, pendingTexts, runEnv, runStorePath } from "../../support/hearth_house.ts";
import { assertExact, type LiveObject } from "../../support/hearth_output.ts";
import { type HearthProcess, temporaryFolder } from "../../support/hearth_process.ts";
import { fillDisk, makeDisk, NO_FAULTY_DISK, NO_MOUNTS, type OwnMounts, ownMounts } from "./own_mounts.ts";

const READ = "what was kept before could be read";
const RUN = ["run", "--json"];
const NOTE = NO_MOUNTS === undefined ? "" : ` (skipped: ${NO_MOUNTS})`;
const FAULTY_NOTE = NO_FAULTY_DISK === undefined ? "" : ` (skipped: ${NO_FAULTY_DISK})`;

interface Record {
  readonly event: string;
  readonly code?: string;
  readonly meanwhile?: string;
  readonly advice?: string;
}

interface Place {
  readonly folder: string;
  readonly mounts: OwnMounts;
  /** The mounted data folder, as the program sees it. */
  readonly data: string;
  /** The store's folder, as the test sees it. */
  readonly storeFolder: string;
  /** Copies the store of an ended program to where SQLite finds it. @returns The copy's path. */
  copy(): string;
  start(args?: readonly string[]): HearthProcess;
}

async function inPlace(mountDisk: (place: Place) => void, run: (place: Place) => Promise<void>): Promise<void> {
  using folder = temporaryFolder();
  await using mounts = await ownMounts();
  const data = `${folder.path}/data`;
  Deno.mkdirSync(data);
  const options = { folder: folder.path, env: runEnv({ port: 1 }) };
  const storePath = mounts.seen(runStorePath(folder.path));
  const storeFolder = storePath.slice(0, storePath.lastIndexOf("/"));
  const place: Place = {
    folder: folder.path,
    mounts,
    data,
    storeFolder,
    copy() {
      const to = `${folder.path}/copy`;
      Deno.mkdirSync(to);
      for (const { name } of Deno.readDirSync(storeFolder)) {
        Deno.copyFileSync(`${storeFolder}/${name}`, `${to}/${name}`);
      }
      return `${to}/scada.sqlite`;
    },
    start: (args = RUN) => mounts.hearth(args, options),
  };
  mountDisk(place);
  await run(place);
}

/** A test whose data folder is a small disk in memory. */
function testDisk(name: string, run: (place: Place) => Promise<void>): void {
  Deno.test({
    name: `${name}${NOTE}`,
    ignore: NO_MOUNTS !== undefined,
    fn: () => inPlace(({ mounts, data }) => mounts.must("mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", data), run),
  });
}

/** With the disk's name the present options are not repeated: a user namespace would not take all of them again. */
function remount({ mounts, data }: Place, how: "ro" | "rw"): void {
  mounts.must("mount", "-o", `remount,${how}`, "tmpfs", data);
}

function mountLoop({ mounts, data }: Place, file: string): void {
  mounts.must("mount", "-o", "loop,errors=remount-ro", file, data);
}

function last(process: HearthProcess): LiveObject | undefined {
  return process.json<LiveObject>().at(-1);
}

/** Records of the log on stderr. */
function logged(process: HearthProcess, event: string): readonly Record[] {
  const lines = process.stderr.split("\n").filter((line) => line.startsWith("{") && line.endsWith("}"));
  return lines.map((line) => JSON.parse(line) as Record).filter((record) => record.event === event);
}

/** Sees the house controlled, an event wait, and the disk's refusal told. */
async function untilControlled(hearth: HearthProcess, codes: readonly string[]): Promise<void> {
  await hearth.until("the first control", () => (last(hearth)?.relaySwitches ?? 0) >= 1);
  await hearth.until("word of the disk", () => codes.includes(last(hearth)?.storeCode ?? ""));
  await hearth.until("events that wait", () => (last(hearth)?.storeWaiting ?? 0) >= 5);
  const { generated, dropped, restarts } = last(hearth)!;
  assert.deepEqual([generated, dropped, restarts], [0, 0, 0]);
}

async function untilCommitted(hearth: HearthProcess): Promise<void> {
  const waited = last(hearth)!.storeWaiting;
  await hearth.until("a store that commits", () => last(hearth)!.storeCode === "");
  await hearth.until("what waited in the store", () => last(hearth)!.generated >= waited);
  const { isolates, restarts, dropped } = last(hearth)!;
  assert.deepEqual([isolates.filter(({ lives }) => lives > 1), restarts, dropped], [[], 0, 0]);
}

function storeProblems(store: string): readonly string[] {
  return pendingTexts(store, "gridworks.event.problem").map((text) =>
    (JSON.parse(text) as { readonly Summary: string }).Summary
  ).filter((summary) => summary.includes("store"));
}

function seqs(store: string): readonly number[] {
  const db = new DatabaseSync(store, { readOnly: true });
  try {
    return db.prepare("SELECT seq FROM events ORDER BY seq").all().map(({ seq }) => Number(seq));
  } finally {
    db.close();
  }
}

/** Puts a kept value beside what an ended program left. @returns Its events. */
function keepValue(storeFolder: string): ReturnType<typeof pendingEvents> {
  using folder = temporaryFolder();
  const store = `${folder.path}/scada.sqlite`;
  for (const end of ["", "-wal", "-shm"]) Deno.copyFileSync(`${storeFolder}/scada.sqlite${end}`, store + end);
  const db = new DatabaseSync(store);
  db.exec(
    `INSERT INTO state(owner, key, version, value, expires_wall_ms) SELECT id, 'test/kept', 1, '"before"', 0 FROM owners`,
  );
  db.close();
  Deno.copyFileSync(store, `${storeFolder}/scada.sqlite`);
  for (const end of ["-wal", "-shm"]) Deno.removeSync(`${storeFolder}/scada.sqlite${end}`);
  return pendingEvents(store);
}

function countTo(last: number): readonly number[] {
  return Array.from({ length: last }, (_, index) => index + 1);
}

testDisk(
  "hearth run controls the house on a disk that is full from the start, and stores all of it when there is room",
  async ({ mounts, data, copy, start }) => {
    fillDisk(mounts.seen(`${data}/filler`));
    await using hearth = start();
    await untilControlled(hearth, ["SQLITE_FULL", "ENOSPC"]);
    const [refused] = logged(hearth, "store.refused");
    assert.equal(logged(hearth, "agent.first_control").length, 1);
    assert.equal(
      refused?.meanwhile,
      "control goes on, nothing that was kept before is known; events wait in memory and are lost if the program ends",
    );
    assert.equal(
      refused.advice,
      `free space on its disk: "${data}/gridworks/scada/event"; no restart is needed`,
    );
    Deno.removeSync(mounts.seen(`${data}/filler`));
    await untilCommitted(hearth);
    const end = await hearth.stop();
    assert.equal(end.code, EXIT.ok, end.stderr);
    assert.equal(logged(hearth, "store.opened_late").length, 1, end.stderr);
    const store = copy();
    assert.deepEqual(storeProblems(store), ["The store cannot commit"]);
    const events = pendingEvents(store);
    assert.equal(events[0]!.type, "gridworks.event.startup", "in order, from the first one on");
    assert.deepEqual(seqs(store), countTo(events.length));
    assertExact({ ...accountOf(store), applied: 0 });
  },
);

testDisk(
  "hearth run controls the house on a disk that is read-only from the start, and goes on behind what was there",
  async (place) => {
    const { data, storeFolder, copy, start } = place;
    {
      await using first = start();
      await first.until("stored events", () => (last(first)?.generated ?? 0) >= 5);
      first.kill("SIGKILL");
      await first.ended;
    }
    const before = keepValue(storeFolder);
    remount(place, "ro");
    await using hearth = start();
    await untilControlled(hearth, ["EROFS"]);
    assert.equal(
      logged(hearth, "store.refused")[0]!.advice,
      `make it writable: "${data}/gridworks/scada/event"; no restart is needed`,
    );
    const second = await start(["run", "--exit-after", "1s"]).ended;
    assert.equal(second.code, EXIT.environment, "the lock of the earlier start holds on a disk without writes, too");
    assert.match(second.stderr, /^Cannot start as only one process at a time may use its store: /m);
    remount(place, "rw");
    await untilCommitted(hearth);
    const end = await hearth.stop();
    assert.equal(end.code, EXIT.ok, end.stderr);
    const store = copy();
    const events = pendingEvents(store);
    assert.deepEqual(events.slice(0, before.length), before, "what was there is there, in its order");
    assert.equal(events[before.length]!.type, "gridworks.event.startup");
    assert.deepEqual(seqs(store), countTo(events.length), "no number is given twice, and none is left out");
    assert.deepEqual(storeProblems(store), ["The store cannot commit"]);
    const look = new DatabaseSync(store, { readOnly: true });
    const kept = look.prepare("SELECT value FROM state WHERE key='test/kept'").get() as { readonly value: string };
    look.close();
    assert.equal(kept.value, '"before"');
    assertExact({ ...accountOf(store), applied: 0 });
  },
);

testDisk(
  "hearth run replaces a damaged store when its full disk has room, and says so in an event",
  async ({ mounts, data, storeFolder, copy, start }) => {
    Deno.mkdirSync(storeFolder, { recursive: true });
    Deno.writeTextFileSync(`${storeFolder}/scada.sqlite`, "this was a store once ".repeat(5_000));
    fillDisk(mounts.seen(`${data}/filler`));
    await using hearth = start();
    await untilControlled(hearth, ["SQLITE_FULL", "ENOSPC"]);
    Deno.removeSync(mounts.seen(`${data}/filler`));
    await untilCommitted(hearth);
    await hearth.until("word of the damage", () => logged(hearth, "store.damaged").length === 1);
    const { generated } = last(hearth)!;
    await hearth.until("more events", () => last(hearth)!.generated > generated + 2);
    const end = await hearth.stop();
    assert.equal(end.code, EXIT.ok, end.stderr);
    const store = copy();
    assert.deepEqual(storeProblems(store), ["The store cannot commit", "A damaged store was replaced"]);
    assert.deepEqual(seqs(store), countTo(pendingEvents(store).length));
    assertExact({ ...accountOf(store), applied: 0 });
  },
);

testDisk(
  "hearth dev delivers every event, once, of an agent and an LTN whose disk was full from the start",
  async ({ folder, mounts, data, storeFolder, start }) => {
    fillDisk(mounts.seen(`${data}/filler`));
    await using dev = start(["dev", "--json", "--speed", "60", "--data", `${data}/demo`]);
    await untilControlled(dev, ["SQLITE_FULL", "ENOSPC"]);
    assert.equal(last(dev)!.acked, 0);
    Deno.removeSync(mounts.seen(`${data}/filler`));
    await untilCommitted(dev);
    const { generated } = last(dev)!;
    await dev.until("acks of events made since", () => last(dev)!.acked > generated);
    const end = await dev.stop();
    assert.equal(end.code, EXIT.ok, end.stderr);
    const demo = storeFolder.replace(/data\/.*$/, "data/demo");
    for (const name of ["scada", "ltn"]) Deno.copyFileSync(`${demo}/${name}.sqlite`, `${folder}/${name}.sqlite`);
    const account = accountOf(`${folder}/scada.sqlite`);
    assertExact({ ...account, applied: 0 });
    assert.equal(account.tombstoned, 0);
    const ids = inboxIds(`${folder}/ltn.sqlite`);
    assert.equal(new Set(ids).size, ids.length, "none is applied twice");
    assert.ok(ids.length >= account.acked, `${ids.length} applied, ${account.acked} acked`);
  },
);

testDisk(
  "hearth run knows on a read-only disk what was kept there, after a kill and after an orderly stop",
  async (place) => {
    const { start } = place;
    for (const how of ["SIGKILL", "SIGTERM"] as const) {
      {
        await using first = start();
        await first.until("stored events", () => (last(first)?.generated ?? 0) >= 1);
        first.kill(how);
        await first.ended;
      }
      remount(place, "ro");
      await using hearth = start();
      const [refused] = await hearth.until("the refusal", () => {
        const records = logged(hearth, "store.refused");
        return records.length > 0 && records;
      });
      assert.ok(refused!.meanwhile!.includes(READ), `${how}: ${refused!.meanwhile}`);
      hearth.kill("SIGKILL");
      await hearth.ended;
      remount(place, "rw");
    }
  },
);

testDisk(
  "hearth run on a disk that takes nothing ends in order when it is told to, and says what is lost",
  async (place) => {
    const { start } = place;
    remount(place, "ro");
    await using hearth = start();
    await untilControlled(hearth, ["EROFS"]);
    const end = await hearth.stop();
    assert.match(end.stderr, /Cannot commit \d+ transactions at the stop: EROFS/);
    assert.ok([EXIT.ok, EXIT.failure].includes(end.code as 0 | 1), `${end.code}: ${end.stderr}`);
  },
);

testDisk(
  "hearth run that started without its lock gives way to a process that has it",
  async (place) => {
    const { storeFolder, start } = place;
    remount(place, "ro");
    await using hearth = start();
    await untilControlled(hearth, ["EROFS"]);
    remount(place, "rw");
    Deno.mkdirSync(storeFolder, { recursive: true });
    using lock = Deno.openSync(`${storeFolder}/scada.lock`, { write: true, create: true });
    await lock.lock(true);
    const end = await hearth.ended;
    assert.equal(end.code, EXIT.environment, end.stderr);
    assert.match(
      end.stderr,
      /^Cannot go on as only one process at a time may use its store: another one holds ".*scada\.lock"$/m,
    );
  },
);

Deno.test({
  name:
    `hearth run controls the house while its disk goes read-only under it, and stores all of it on the one in its place${FAULTY_NOTE}`,
  ignore: NO_FAULTY_DISK !== undefined,
  fn: () => inPlace(mountFaulty, loseDisk),
});

function mountFaulty(place: Place): void {
  const file = `${place.folder}/disk`;
  makeDisk(file);
  mountLoop(place, file);
}

async function loseDisk(place: Place): Promise<void> {
  const { folder, mounts, data, copy, start } = place;
  await using hearth = start();
  const before = await hearth.until("stored events", () => (last(hearth)?.generated ?? 0) >= 5 && last(hearth));
  // What a file system does that meets a fault: files that are open for writing stay open, and take nothing.
  mounts.must("mount", "-o", "remount,abort", data);
  await hearth.until("word of the disk", () => last(hearth)!.storeCode === "SQLITE_IOERR");
  await hearth.until("a store that was let go", () => last(hearth)!.storeCode === "EROFS");
  mounts.must("umount", "-l", data);
  await hearth.until("word of the missing file", () => last(hearth)!.storeCode === "EIO");
  assert.deepEqual([...Deno.readDirSync(mounts.seen(data))], [], "nothing is begun where the disk was");
  const other = `${folder}/other`;
  Deno.copyFileSync(`${folder}/disk`, other);
  mounts.run("e2fsck", "-p", other);
  await hearth.until("events that wait", () => last(hearth)!.storeWaiting >= 5);
  const { generated } = last(hearth)!;
  assert.ok(generated >= before.generated, `${generated} after ${before.generated}`);
  mountLoop(place, other);
  await untilCommitted(hearth);
  const end = await hearth.stop();
  assert.equal(end.code, EXIT.ok, end.stderr);
  const store = copy();
  assert.deepEqual(seqs(store), countTo(pendingEvents(store).length), "no number is given twice, and none is left out");
  assert.equal(storeProblems(store).length, 3, "one for each code");
  assertExact({ ...accountOf(store), applied: 0 });
}
