import { strict as assert } from "node:assert";
import { EnvironmentError } from "../core/errors.ts";
import { type MemoryDisk, memoryDisk, openMemoryEngine } from "../store/memory_engine.ts";
import type { EventRow, FromStore, KeepRow, StoreEngine, StoreTxn, ToStore } from "../store/port.ts";
import { eventRow, inboxRow, storeTxn } from "../testing/store_conformance.ts";
import { portPair } from "./port_like.ts";
import { type Glance, type LateEngine, lateEngine, REOPEN_AFTER_FAILURES } from "./store_late.ts";
import { LATE_SEQ, LATE_SPAN, NUMBERING_KEY } from "./store_numbering.ts";
import { serveStore } from "./store_server.ts";

const BASE = LATE_SEQ + LATE_SPAN;
const ALL = { kind: "read", id: 1, afterSeq: 0, lanes: [0, 1, 2, 3], rowsMax: 99, bytesMax: 1e6 } as const;

function keep(key: string, value: string | null): KeepRow {
  return { key, version: 1, value, expiresWallMs: 0 };
}

function behind(disk: MemoryDisk, bytesMax = 1e6): StoreEngine {
  return openMemoryEngine({ disk, owner: "me", bytesMax, wallMs: () => 1_000 });
}

interface Bench {
  readonly disk: MemoryDisk;
  readonly late: LateEngine;
  readonly told: string[];
  /** What opening throws; undefined: it succeeds. */
  refuse(code: string | undefined): void;
}

function bench(
  options: {
    disk?: MemoryDisk;
    life?: number;
    glance?: Glance;
    code?: string | undefined | undefined;
    bytesMax?: number;
  } = {},
): Bench {
  const { disk = memoryDisk(), life = 1, glance, bytesMax } = options;
  const told: string[] = [];
  let code: string | undefined = "code" in options ? options.code : "ENOSPC";
  const late = lateEngine({
    open() {
      if (code !== undefined) throw new EnvironmentError(`Cannot open as planned: ${code}`, code);
      return behind(disk, bytesMax);
    },
    glance: () => glance,
    boot: "boot",
    life,
    refused: (error, isRead) => void told.push(`refused ${error.code} read ${isRead}`),
    cameLate: (isDamaged) => void told.push(`came late damaged ${isDamaged}`),
    hopeless: ({ code }) => void told.push(`hopeless ${code}`),
  });
  return { disk, late, told, refuse: (next) => void (code = next) };
}

/** A disk on which an earlier process left events 1 to 3, kept values and readings. */
function usedDisk(): MemoryDisk {
  const disk = memoryDisk();
  using engine = behind(disk);
  engine.open("before", 1);
  engine.commit([storeTxn(1, {
    append: [eventRow(1), eventRow(2), eventRow(3)],
    keep: [keep("a", "1"), keep("b", "2"), keep("c", "3")],
    inbox: [inboxRow("old")],
    journal: [{ channel: "t", value: 1, wallMs: 5 }, { channel: "t", value: 2, wallMs: 50 }],
  })]);
  return disk;
}

function event(n: number, rest: Partial<StoreTxn> = {}): StoreTxn {
  return storeTxn(n, { append: [eventRow(BASE + n)], ...rest });
}

function seqs(rows: readonly EventRow[]): readonly number[] {
  return rows.map(({ seq }) => seq);
}

function keptOn(disk: MemoryDisk): Readonly<Record<string, string | null>> {
  using engine = behind(disk);
  const rows = engine.open("look", 1).kept.filter(({ key }) => key !== NUMBERING_KEY);
  return Object.fromEntries(rows.map(({ key, value }) => [key, value]));
}

Deno.test("lateEngine() is the engine behind when that opens at once", () => {
  const { late, told, disk } = bench({ code: undefined, disk: usedDisk() });
  assert.equal(late.tryOpen(), undefined);
  const opened = late.open("boot", 1);
  assert.deepEqual(opened, behind(disk).open("boot", 1));
  late.commit([storeTxn(1, { append: [eventRow(4)], keep: [keep("a", null)], deletes: [1] })]);
  assert.deepEqual(seqs(late.read(ALL).rows), [2, 3, 4]);
  assert.deepEqual([keptOn(disk), told], [{ b: "2", c: "3" }, []]);
});

Deno.test("lateEngine() greets with nothing, and fails each commit and read, while the disk refuses", () => {
  const { late, told, refuse } = bench();
  assert.equal(late.tryOpen()?.code, "ENOSPC");
  assert.deepEqual(late.open("boot", 1), {
    kind: "opened",
    boot: "boot",
    life: 1,
    lastSeq: BASE,
    kept: [],
    counters: { generated: 0, acked: 0, tombstoned: 0, pending: 0, applied: 0 },
    journal: [],
    appliedIds: [],
  });
  assert.throws(() => late.commit([event(1)]), { code: "ENOSPC" });
  assert.throws(() => late.read(ALL), { code: "ENOSPC" });
  assert.throws(() => late.inboxList(1), { code: "ENOSPC" });
  refuse("EIO");
  assert.throws(() => late.commit([event(1)]), { code: "EIO" });
  assert.deepEqual(told, ["refused ENOSPC read false", "refused EIO read false"]);
});

Deno.test("lateEngine() puts events after the disk's own when it opens, and each side keeps its numbers", () => {
  const { late, told, refuse, disk } = bench({ disk: usedDisk() });
  late.open("boot", 1);
  assert.throws(() => late.commit([event(1)]));
  refuse(undefined);
  late.commit([event(1), event(2)]);
  assert.deepEqual(seqs(behind(disk).read(ALL).rows), [1, 2, 3, 4, 5]);
  assert.deepEqual(seqs(late.read(ALL).rows), [1, 2, 3, BASE + 1, BASE + 2]);
  assert.deepEqual(seqs(late.read({ ...ALL, afterSeq: BASE + 1 }).rows), [BASE + 2]);
  assert.deepEqual(seqs(late.read({ ...ALL, afterSeq: 2 }).rows), [3, BASE + 1, BASE + 2]);
  late.commit([storeTxn(3, { deletes: [2, BASE + 1] })]);
  assert.deepEqual(seqs(behind(disk).read(ALL).rows), [1, 3, 5]);
  assert.deepEqual(late.counters(), { generated: 5, acked: 2, tombstoned: 0, pending: 3, applied: 1 });
  assert.equal(late.open("boot", 2).lastSeq, BASE + 2, "the next life goes on in the same numbers");
  assert.deepEqual(told, ["refused ENOSPC read false", "came late damaged false"]);
});

Deno.test("lateEngine() tells evicted ranges in the proactor's numbers", () => {
  const { late, refuse } = bench({ disk: usedDisk(), bytesMax: 1 });
  late.open("boot", 1);
  refuse(undefined);
  const evicted = late.commit([event(1)]);
  assert.deepEqual(evicted.map(({ fromSeq, toSeq, count }) => [fromSeq, toSeq, count]), [[1, BASE + 1, 4]]);
});

Deno.test("lateEngine() lets what a life writes stand, and no delete of what it never had", () => {
  const { late, refuse, disk } = bench({ disk: usedDisk() });
  late.open("boot", 1);
  refuse(undefined);
  late.commit([
    event(1, { keep: [keep("a", null), keep("b", "new"), keep("d", "4")] }),
    event(2, { keep: [keep("c", "mine")] }),
    event(3, { keep: [keep("c", null)] }),
  ]);
  assert.deepEqual(keptOn(disk), { a: "1", b: "new", d: "4" });
  late.commit([event(4, { keep: [keep("a", null), keep("b", null)] })]);
  assert.deepEqual(keptOn(disk), { a: "1", d: "4" });
  late.open("boot", 1);
  late.commit([event(4, { keep: [keep("a", null)] })]);
  assert.deepEqual(keptOn(disk), { a: "1", d: "4" }, "a second greeting of a life is no start");
  assert.deepEqual(late.open("boot", 2).kept, [keep("a", "1"), keep("d", "4")]);
  late.commit([event(5, { keep: [keep("a", null)] })]);
  assert.deepEqual(keptOn(disk), { d: "4" }, "the next life had it");
});

Deno.test("lateEngine() greets with what could be read, and then a delete is one", () => {
  const source = usedDisk();
  const { kept, journal, appliedIds } = behind(source).open("look", 1);
  const { late, refuse, told } = bench({ disk: source, glance: { kept, journal, appliedIds } });
  const opened = late.open("boot", 1);
  assert.deepEqual([opened.kept, opened.journal, opened.appliedIds], [kept, journal, ["old"]]);
  refuse(undefined);
  late.commit([event(1, { keep: [keep("a", null)], journalClearBeforeWallMs: 100 })]);
  assert.deepEqual([keptOn(source), behind(source).open("look", 2).journal], [{ b: "2", c: "3" }, []]);
  assert.equal(told[0], "refused ENOSPC read true");
});

Deno.test("lateEngine() leaves readings that the life did not have to the next start's report", () => {
  const { late, refuse, disk } = bench({ disk: usedDisk() });
  late.open("boot", 1);
  refuse(undefined);
  late.commit([event(1, { journal: [{ channel: "t", value: 3, wallMs: 60 }] })]);
  late.commit([event(2, { journalClearBeforeWallMs: 40 }), event(3, { journalClearBeforeWallMs: 70 })]);
  assert.deepEqual(behind(disk).open("look", 1).journal.map(({ value }) => value), [1, 2]);
});

Deno.test("lateEngine() of the store's next life takes up the numbers of the first one", () => {
  const first = bench({ disk: usedDisk() });
  first.late.open("boot", 1);
  first.refuse(undefined);
  first.late.commit([event(1), event(2)]);
  const { disk } = first;
  const second = bench({ disk, life: 2, code: undefined });
  assert.equal(second.late.tryOpen(), undefined);
  const opened = second.late.open("boot", 1);
  assert.deepEqual([opened.lastSeq, opened.kept.map(({ key }) => key)], [BASE + 2, ["a", "b", "c"]]);
  second.late.commit([event(2), event(3)]);
  assert.deepEqual(seqs(behind(disk).read(ALL).rows), [1, 2, 3, 4, 5, 6]);
});

Deno.test("lateEngine() of the store's next life numbers what an earlier one could never write", () => {
  const { late, disk } = bench({ disk: usedDisk(), life: 2, code: undefined });
  assert.equal(late.open("boot", 1).lastSeq, 3);
  late.commit([event(7), event(8)]);
  // What was lost on the way leaves a gap, as in any life.
  assert.deepEqual(seqs(behind(disk).read(ALL).rows), [1, 2, 3, 10, 11]);
});

Deno.test("lateEngine() of a new process uses the disk's own numbers", () => {
  const first = bench({ disk: usedDisk() });
  first.late.open("boot", 1);
  first.refuse(undefined);
  first.late.commit([event(1)]);
  const { disk } = first;
  const late = lateEngine({
    open: () => behind(disk),
    glance: () => undefined,
    boot: "boot-2",
    life: 1,
    refused() {},
    cameLate() {},
    hopeless() {},
  });
  assert.equal(late.open("boot-2", 1).lastSeq, 4);
});

Deno.test("lateEngine() opens its engine anew when commits fail in a row, unless there is no room", () => {
  const { disk, late, told, refuse } = bench({ code: undefined, disk: usedDisk() });
  late.open("boot", 1);
  disk.breakDown("SQLITE_FULL");
  for (let n = 0; n < 5; n++) assert.throws(() => late.commit([storeTxn(1, { append: [eventRow(4)] })]));
  disk.breakDown("SQLITE_IOERR");
  refuse("EROFS");
  const codes: string[] = [];
  for (let n = 0; n < REOPEN_AFTER_FAILURES + 1; n++) {
    assert.throws(() => late.commit([storeTxn(1, { append: [eventRow(4)] })]), ({ code }: EnvironmentError) => {
      codes.push(code);
      return true;
    });
  }
  assert.deepEqual(codes, ["SQLITE_IOERR", "SQLITE_IOERR", "SQLITE_IOERR", "EROFS"]);
  disk.heal();
  refuse(undefined);
  late.commit([storeTxn(1, { append: [eventRow(4)] })]);
  assert.deepEqual(
    seqs(late.read(ALL).rows),
    [1, 2, 3, 4],
    "in the disk's own numbers, as the life was greeted with them",
  );
  assert.deepEqual(told, ["refused EROFS read false", "came late damaged false"]);
});

Deno.test("lateEngine() opens anew a file that was damaged under it, and tells what became of it until a life has written", () => {
  const disk = usedDisk();
  const told: string[] = [];
  let opened = 0;
  const late = lateEngine({
    open() {
      const engine = behind(disk);
      if (opened++ === 0) return engine;
      return { ...engine, open: (boot, life) => ({ ...engine.open(boot, life), recovered: { movedTo: "/aside" } }) };
    },
    glance: () => undefined,
    boot: "boot",
    life: 1,
    refused: ({ code }) => void told.push(`refused ${code}`),
    cameLate: (isDamaged) => void told.push(`came late damaged ${isDamaged}`),
    hopeless() {},
  });
  late.open("boot", 1);
  disk.breakDown("SQLITE_CORRUPT");
  const txn = storeTxn(1, { append: [eventRow(4)] });
  for (let n = 0; n < REOPEN_AFTER_FAILURES; n++) assert.throws(() => late.commit([txn]), { code: "SQLITE_CORRUPT" });
  disk.heal();
  late.commit([txn]);
  assert.deepEqual(told, ["came late damaged true"]);
  assert.deepEqual(late.open("boot", 1).recovered, { movedTo: "/aside" });
  assert.deepEqual(seqs(late.read(ALL).rows), [1, 2, 3, 4]);
});

Deno.test("lateEngine() keeps the numbers of a late start when it opens its engine anew", () => {
  const { disk, late, refuse } = bench({ disk: usedDisk() });
  late.open("boot", 1);
  refuse(undefined);
  late.commit([event(1), event(2)]);
  disk.breakDown("SQLITE_IOERR");
  for (let n = 0; n < REOPEN_AFTER_FAILURES; n++) assert.throws(() => late.commit([event(3)]));
  disk.heal();
  late.commit([event(3)]);
  assert.deepEqual(seqs(late.read(ALL).rows), [1, 2, 3, BASE + 1, BASE + 2, BASE + 3]);
  assert.deepEqual(seqs(behind(disk).read(ALL).rows), [1, 2, 3, 4, 5, 6]);
});

Deno.test("lateEngine() greets a life behind the known numbers when an engine that was open is gone", () => {
  const { disk, late, refuse } = bench({ code: undefined, disk: usedDisk() });
  late.open("boot", 1);
  late.commit([storeTxn(1, { append: [eventRow(4), eventRow(5)] })]);
  disk.breakDown("SQLITE_IOERR");
  refuse("EROFS");
  for (let n = 0; n < REOPEN_AFTER_FAILURES; n++) assert.throws(() => late.commit([storeTxn(2, { deletes: [1] })]));
  const { lastSeq, kept } = late.open("boot", 2);
  assert.deepEqual([lastSeq, kept], [5, []]);
  disk.heal();
  refuse(undefined);
  late.commit([storeTxn(1, { append: [eventRow(6)], keep: [keep("a", null)] })]);
  assert.deepEqual(seqs(late.read(ALL).rows), [1, 2, 3, 4, 5, 6]);
  assert.equal(keptOn(disk)["a"], "1", "this life never had it");
});

Deno.test("lateEngine() throws at once, or says so later, when the reason is none of the disk", () => {
  for (const code of ["ESCHEMA", "SQLITE_BUSY", "ENOTDIR"]) {
    assert.throws(() => bench({ code }).late.tryOpen(), { code });
  }
  const second = bench();
  second.late.open("boot", 1);
  second.refuse("SQLITE_BUSY");
  assert.throws(() => second.late.commit([event(1)]), { code: "SQLITE_BUSY" });
  second.refuse("ESCHEMA");
  assert.throws(() => second.late.commit([event(1)]), { code: "ESCHEMA" });
  assert.deepEqual(second.told, ["refused ENOSPC read false", "refused SQLITE_BUSY read false", "hopeless ESCHEMA"]);
});

Deno.test("serveStore() over lateEngine() hands over in order what waited, and tells of a damaged store again", () => {
  let now = 0;
  const timers = new Set<{ readonly atMs: number; readonly callback: () => void }>();
  function advance(ms: number): void {
    for (const endMs = now + ms; now < endMs; now++) {
      for (const timer of [...timers]) if (timer.atMs <= now && timers.delete(timer)) timer.callback();
    }
  }
  const disk = usedDisk();
  let isFull = true;
  const recovered = { movedTo: "/aside" };
  const late = lateEngine({
    open() {
      if (isFull) throw new EnvironmentError("Cannot open as planned", "ENOSPC");
      const engine = behind(disk);
      return { ...engine, open: (boot, life) => ({ ...engine.open(boot, life), recovered }) };
    },
    glance: () => undefined,
    boot: "boot",
    life: 1,
    refused() {},
    cameLate: (isDamaged) => {
      if (isDamaged) timers.add({ atMs: now, callback: () => server.greetAgain() });
    },
    hopeless() {},
  });
  const server = serveStore({
    engine: late,
    clock: {
      nowMs: () => now,
      wallMs: () => now,
      after(ms, _name, callback) {
        const timer = { atMs: now + ms, callback };
        timers.add(timer);
        return { [Symbol.dispose]: () => void timers.delete(timer) };
      },
    },
  });
  const [mine, theirs] = portPair();
  const got: string[] = [];
  mine.onmessage = ({ data }: { readonly data: FromStore }) => {
    if (data.kind === "opened") got.push(`opened ${data.lastSeq - BASE} ${data.recovered?.movedTo}`);
    if (data.kind === "failed") got.push(`failed ${data.code}`);
    if (data.kind === "committed") got.push(`committed ${data.txn} generated ${data.counters.generated}`);
  };
  server.attach(theirs, "boot", 1);
  const send = (message: ToStore) => mine.postMessage(message);
  send({ kind: "txn", txn: event(1, { lane: 0 }) });
  send({ kind: "txn", txn: event(2) });
  isFull = false;
  advance(30_000);
  assert.deepEqual(got, ["opened 0 undefined", "failed ENOSPC", "committed 2 generated 5", "opened 2 /aside"]);
  assert.deepEqual(behind(disk).read(ALL).rows.map(({ messageId }) => messageId).slice(3), [
    eventRow(BASE + 1).messageId,
    eventRow(BASE + 2).messageId,
  ]);
  send({ kind: "txn", txn: event(3, { lane: 0 }) });
  assert.equal(late.open("boot", 2).recovered, recovered, "told to every life until one has written");
  server.close();
});
