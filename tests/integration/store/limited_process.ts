/**
 * Commits events until the kernel's limit of a file's size refuses, lifts the limit, and goes on with the same engine.
 * Prints the code and the account as JSON. Argument: the store's path.
 */
import { EnvironmentError } from "../../../src/core/errors.ts";
import { openSqliteEngine } from "../../../src/store/sqlite_engine.ts";
import { eventRow, storeTxn } from "../../../src/testing/store_conformance.ts";

const LIMIT_BYTES = 600_000;
const TRIES = 3;
const AFTER = 5;
const path = Deno.args[0]!;

function limitFiles(bytes: string): void {
  const args = ["--pid", `${Deno.pid}`, `--fsize=${bytes}:unlimited`];
  const { success } = new Deno.Command("prlimit", { args }).outputSync();
  if (!success) throw new Error(`Cannot set the limit of files to ${bytes}`);
}

using engine = openSqliteEngine({ path, owner: "me", bytesMax: 1e9, newId: () => "store-1", wallMs: () => 1_000 });
let seq = 0;

function commit(): void {
  engine.commit([storeTxn(1, { append: [eventRow(seq + 1, { size: 10_000 })] })]);
  seq++;
}

function refusal(): string {
  for (;;) {
    try {
      commit();
    } catch (thrown) {
      if (!(thrown instanceof EnvironmentError)) throw thrown;
      return thrown.code;
    }
  }
}

limitFiles(`${LIMIT_BYTES}`);
let code = "";
for (let tries = 0; tries < TRIES; tries++) code = refusal();
const before = engine.counters().pending;
limitFiles("unlimited");
for (let n = 0; n < AFTER; n++) commit();
const counters = engine.counters();
const text = JSON.stringify({ code, recovered: counters.pending - before, ...counters });
Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
