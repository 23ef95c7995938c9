import { strict as assert } from "node:assert";
import { fileURLToPath } from "node:url";
import type { Counters } from "../../../src/store/port.ts";
import { EnvironmentError } from "../../../src/core/errors.ts";
import { openSqliteEngine, type SqliteEngine } from "../../../src/store/sqlite_engine.ts";
import { eventRow, storeTxn } from "../../../src/testing/store_conformance.ts";
import { noSmallDisk, smallDisk } from "./small_disk.ts";

const PAGE = 4_096;
const DISK_BYTES = 2_097_152;
/** Free pages that a full disk still has: from none to where nothing of a commit is refused any more. */
const LEFT_PAGES_MAX = 60;
const ROWS = 10;
const ROW_BYTES = 2_000;

function open(path: string): SqliteEngine {
  return openSqliteEngine({ path, owner: "me", bytesMax: 1e9, newId: () => "store-1", wallMs: () => 1_000 });
}

function commit(engine: SqliteEngine, n: number): void {
  const append = Array.from({ length: ROWS }, (_, k) => eventRow((n - 1) * ROWS + k + 1, { size: ROW_BYTES }));
  engine.commit([storeTxn(n, { append })]);
}

/** @returns The code with which the disk refused, or undefined. */
function refusal(work: () => void): string | undefined {
  try {
    work();
    return undefined;
  } catch (thrown) {
    assert.ok(thrown instanceof EnvironmentError, String(thrown));
    return thrown.code;
  }
}

function assertPending(engine: SqliteEngine, pending: number): void {
  assert.deepEqual(engine.counters(), { generated: pending, acked: 0, tombstoned: 0, pending, applied: 0 });
}

const WHY_NOT = noSmallDisk();
const NOTE = WHY_NOT === undefined ? "" : ` (skipped: ${WHY_NOT})`;

Deno.test({
  name: `openSqliteEngine() goes on exactly where the kernel's full disk stopped it, however little was left${NOTE}`,
  ignore: WHY_NOT !== undefined,
  fn() {
    using disk = smallDisk(DISK_BYTES);
    const codes = new Map<string, number>();
    for (let left = 0; left <= LEFT_PAGES_MAX; left++) {
      const path = `${disk.path}/${left}.db`;
      disk.fill(left * PAGE);
      let engine: SqliteEngine | undefined;
      const opening = refusal(() => void (engine = open(path)));
      let done = 0;
      let refused = opening;
      while (engine && refused === undefined) {
        refused = refusal(() => commit(engine!, done + 1));
        if (refused === undefined) done++;
      }
      codes.set(refused!, (codes.get(refused!) ?? 0) + 1);
      disk.free();
      {
        using again = engine ?? open(path);
        assertPending(again, done * ROWS);
        commit(again, done + 1);
        commit(again, done + 2);
        assertPending(again, (done + 2) * ROWS);
      }
      {
        using later = open(path);
        assert.equal(later.recovered, undefined, `${left} pages left, ${refused}`);
        assertPending(later, (done + 2) * ROWS);
      }
      for (const file of Deno.readDirSync(disk.path)) Deno.removeSync(`${disk.path}/${file.name}`);
    }
    const allowed = ["SQLITE_FULL", "SQLITE_IOERR", "SQLITE_CANTOPEN"];
    assert.deepEqual([...codes.keys()].filter((code) => !allowed.includes(code)), []);
    assert.ok(codes.get("SQLITE_FULL")! > LEFT_PAGES_MAX / 2, JSON.stringify([...codes]));
  },
});

interface Limited extends Counters {
  readonly code: string;
  readonly recovered: number;
}

const PROGRAM = fileURLToPath(new URL("./limited_process.ts", import.meta.url));

/** Why the size of files cannot be limited here; undefined when it can. */
function noLimit(): string | undefined {
  if (Deno.build.os !== "linux") return "prlimit is of Linux";
  try {
    return new Deno.Command("prlimit", { args: ["--version"], stdout: "null" }).outputSync().success
      ? undefined
      : "prlimit does not run";
  } catch {
    return "there is no prlimit";
  }
}

const NO_LIMIT = noLimit();
const LIMIT_NOTE = NO_LIMIT === undefined ? "" : ` (skipped: ${NO_LIMIT})`;

Deno.test({
  name: `openSqliteEngine() goes on when the kernel's limit of a file's size is lifted${LIMIT_NOTE}`,
  ignore: NO_LIMIT !== undefined,
  async fn() {
    const folder = Deno.makeTempDirSync();
    try {
      // What is ignored before stays ignored: the kernel's signal would end the process instead of failing the write.
      const { code, stdout, stderr } = await new Deno.Command("sh", {
        args: [
          "-c",
          `trap '' XFSZ; exec "$0" run -A --no-prompt "$1" "$2"`,
          Deno.execPath(),
          PROGRAM,
          `${folder}/s.db`,
        ],
      }).output();
      assert.equal(code, 0, new TextDecoder().decode(stderr));
      const { code: refused, recovered, ...counters } = JSON.parse(new TextDecoder().decode(stdout)) as Limited;
      assert.ok(["SQLITE_IOERR", "SQLITE_FULL"].includes(refused), refused);
      const pending = counters.pending;
      assert.deepEqual(counters, { generated: pending, acked: 0, tombstoned: 0, pending, applied: 0 });
      assert.ok(recovered > 0 && pending > recovered, `${pending} pending, ${recovered} of them after the limit`);
      using again = open(`${folder}/s.db`);
      assert.equal(again.recovered, undefined);
      assertPending(again, pending);
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  },
});
