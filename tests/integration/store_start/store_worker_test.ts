import { strict as assert } from "node:assert";
import { DatabaseSync } from "node:sqlite";
import { EXIT } from "../../../src/core/exit_codes.ts";
import type { FromWorker, ToWorker } from "../../../src/core/isolate.ts";
import { proactorStorePort } from "../../../src/host/store_port.ts";
import { LATE_SEQ, LATE_SPAN } from "../../../src/host/store_numbering.ts";
import type { FromStore, StoreTxn } from "../../../src/store/port.ts";
import { eventRow, storeTxn } from "../../../src/testing/store_conformance.ts";
import { temporaryFolder } from "../../support/hearth_process.ts";

const DEADLINE_MS = 30_000;
const MODULE = new URL("../../../src/app/store.ts", import.meta.url);

/** A real store worker, its launcher and its proactor being the test. */
interface Bench extends AsyncDisposable {
  readonly said: readonly FromWorker[];
  readonly got: readonly FromStore[];
  until<Found>(what: string, look: () => Found | undefined | false): Promise<Found>;
  /** A new life of the proactor. */
  connect(life: number): void;
  send(txn: StoreTxn): void;
}

function brief(message: FromStore): string {
  if (message.kind === "opened") return `opened ${message.lastSeq}`;
  if (message.kind === "committed") return `committed ${message.txn} generated ${message.counters.generated}`;
  return message.kind === "failed" ? `failed ${message.code}` : message.kind;
}

function startStore(folder: string, life: number, boot = "boot"): Bench {
  const said: FromWorker[] = [];
  const got: FromStore[] = [];
  let news = Promise.withResolvers<void>();
  function tell(): void {
    news.resolve();
    news = Promise.withResolvers();
  }
  const worker = new Worker(MODULE, { type: "module" });
  worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
    said.push(data);
    tell();
  };
  let port: ReturnType<typeof proactorStorePort> | undefined;
  function channel(): MessagePort {
    port?.[Symbol.dispose]();
    const { port1, port2 } = new MessageChannel();
    port = proactorStorePort(port1, (message) => {
      got.push(message);
      tell();
    });
    return port2;
  }
  function post(message: ToWorker, transfer: Transferable[] = []): void {
    worker.postMessage(message, transfer);
  }
  const first = channel();
  const init = { folder, owner: "me", bytesMax: 1e6, commit: {} };
  post({ kind: "init", name: "store", boot, life, init, ports: { agent: first }, oldFds: [] }, [first]);
  return {
    said,
    got,
    async until(what, look) {
      const late = Promise.withResolvers<void>();
      const timer = setTimeout(() => late.reject(new Error(`Cannot see ${what}: ${got.map(brief)}`)), DEADLINE_MS);
      try {
        for (;;) {
          const found = look();
          if (found !== undefined && found !== false) return found;
          await Promise.race([news.promise, late.promise]);
        }
      } finally {
        clearTimeout(timer);
      }
    },
    connect(peerLife) {
      const next = channel();
      post({ kind: "port", peer: "agent", peerLife, port: next }, [next]);
    },
    send: (txn) => port!.send({ kind: "txn", txn }),
    async [Symbol.asyncDispose]() {
      post({ kind: "stop" });
      await this.until("the end", () => said.some(({ kind }) => kind === "stopped" || kind === "error"));
      port?.[Symbol.dispose]();
      worker.terminate();
    },
  };
}

function isReady({ said }: Bench): boolean {
  return said.some(({ kind }) => kind === "ready");
}

/** A folder in the place of the file is what SQLite cannot open, whoever asks. */
function block(folder: string): void {
  Deno.mkdirSync(`${folder}/me.sqlite`);
}

function unblock(folder: string): void {
  Deno.removeSync(`${folder}/me.sqlite`);
}

const LATE = LATE_SEQ + LATE_SPAN;

Deno.test("the store's first life greets a proactor although its file cannot be opened, and opens it when it can", async () => {
  using folder = temporaryFolder();
  block(folder.path);
  await using store = startStore(folder.path, 1);
  await store.until("a greeting", () => isReady(store) && store.got.length > 0);
  assert.deepEqual(store.got.map(brief), [`opened ${LATE}`]);
  store.send(storeTxn(1, { lane: 0, append: [eventRow(LATE + 1)] }));
  await store.until("a refusal", () => store.got.some(({ kind }) => kind === "failed"));
  unblock(folder.path);
  await store.until("a commit", () => store.got.some(({ kind }) => kind === "committed"));
  assert.equal(brief(store.got.at(-1)!), "committed 1 generated 1");
  assert.ok(store.got.filter(({ kind }) => kind === "failed").every((one) => brief(one) === "failed SQLITE_CANTOPEN"));
});

Deno.test("a later life of the store greets no proactor that may know more of the file, until it can be opened", async () => {
  using folder = temporaryFolder();
  {
    await using first = startStore(folder.path, 1);
    await first.until("a greeting", () => first.got.length > 0);
    first.send(storeTxn(1, { lane: 0, append: [eventRow(1), eventRow(2)] }));
    await first.until("a commit", () => first.got.length > 1);
  }
  Deno.renameSync(`${folder.path}/me.sqlite`, `${folder.path}/aside`);
  block(folder.path);
  await using store = startStore(folder.path, 2);
  await store.until("a start", () => isReady(store));
  store.send(storeTxn(2, { lane: 0, append: [eventRow(3)] }));
  await store.until("word on stderr", () => store.said.some(({ kind }) => kind === "print"));
  assert.deepEqual(store.got.map(brief), []);
  unblock(folder.path);
  Deno.renameSync(`${folder.path}/aside`, `${folder.path}/me.sqlite`);
  await store.until("a commit", () => store.got.some(({ kind }) => kind === "committed"));
  assert.deepEqual(store.got.map(brief), ["opened 2", "committed 2 generated 3"]);
});

Deno.test("a later life of the store greets a new life of the proactor at once, in numbers of its own", async () => {
  using folder = temporaryFolder();
  block(folder.path);
  await using store = startStore(folder.path, 2);
  await store.until("a start", () => isReady(store));
  store.connect(3);
  await store.until("a greeting", () => store.got.length > 0);
  assert.deepEqual(store.got.map(brief), [`opened ${LATE + LATE_SPAN}`]);
  unblock(folder.path);
});

Deno.test("the store ends the program with its text when what it opens late is of a newer program", async () => {
  using folder = temporaryFolder();
  block(folder.path);
  await using store = startStore(folder.path, 1);
  await store.until("a greeting", () => store.got.length > 0);
  using other = temporaryFolder();
  {
    await using first = startStore(other.path, 1);
    await first.until("a greeting", () => first.got.length > 0);
  }
  const db = new DatabaseSync(`${other.path}/me.sqlite`);
  db.exec("UPDATE meta SET value='99' WHERE key='schema'");
  db.close();
  unblock(folder.path);
  Deno.copyFileSync(`${other.path}/me.sqlite`, `${folder.path}/me.sqlite`);
  store.send(storeTxn(1, { lane: 0, append: [eventRow(LATE + 1)] }));
  const exit = await store.until("the exit", () => store.said.find(({ kind }) => kind === "exit"));
  assert.deepEqual(exit, { kind: "exit", code: EXIT.environment });
  const text = store.said.filter((one) => one.kind === "print").at(-1);
  assert.ok(text?.kind === "print" && text.text.includes("its schema must be at most"), JSON.stringify(text));
});
