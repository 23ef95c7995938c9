/** The program under the recorder: a store that is served, worked on, closed and opened again, under a virtual clock. */
import { portPair } from "../../src/host/port_like.ts";
import { serveStore } from "../../src/host/store_server.ts";
import type { FromStore, StoreTxn } from "../../src/store/port.ts";
import { openSqliteEngine, type SqliteEngine } from "../../src/store/sqlite_engine.ts";
import { type RandomStreams, randomStreams, type VirtualClock, virtualClock } from "../../src/testing/mod.ts";
import { type Mark, packTxn } from "./mark.ts";
import { drawTxn, type StoreNow } from "./workload_txns.ts";

/** What one run of the program does. */
export interface WorkloadOptions {
  /** The store's file. */
  readonly path: string;
  readonly owner: string;
  readonly seed: number;
  /** Steps; in each some transactions are posted, and time goes on. */
  readonly steps: number;
  /** Probability that the store is closed and opened again after a step. */
  readonly reopens: number;
  /** Most payload bytes of pending events: small, so that some are evicted. */
  readonly bytesMax: number;
  readonly synchronous: "FULL" | "NORMAL" | "OFF";
  /** A bug: each transaction is called durable as soon as it is handed over. */
  readonly tellsEarly?: boolean;
}

/** Longest time between two steps, in ms: as long as events may wait for their commit. */
const STEP_MS_MAX = 3_000;
/** Most transactions of one step. */
const TXNS_MAX = 4;
/** Probability that a step asks for a commit at once. */
const FLUSHES = 0.05;

type Tell = (mark: Mark) => void;

/** Opens the store, as a start of the program does. */
function openStore({ path, owner, bytesMax, synchronous }: WorkloadOptions, clock: VirtualClock): SqliteEngine {
  const wallMs = () => clock.wallMs;
  return openSqliteEngine({ path, owner, bytesMax, synchronous, newId: () => "store", wallMs });
}

/** What a proactor knows of its store. */
function storeNow(engine: SqliteEngine, random: RandomStreams): StoreNow {
  const all = { kind: "read", id: 0, afterSeq: 0, lanes: [0, 1, 2, 3], rowsMax: 1e6, bytesMax: 1e12 } as const;
  const pending = engine.read(all).rows.map(({ seq }) => seq);
  return { lastSeq: 0, pending, isLinked: true, wallMs: 0, random };
}

/** The proactor's end of the port: tells what is durable. `sent`: transactions that are not yet. */
function listen(now: StoreNow, sent: StoreTxn[], tell: Tell): (event: { readonly data: FromStore }) => void {
  return ({ data }) => {
    if (data.kind === "failed") throw new Error(`Cannot go on as every commit must succeed: ${data.message}`);
    if (data.kind === "opened") now.lastSeq = data.lastSeq;
    if (data.kind !== "committed") return;
    tell({ kind: "committed", txn: data.txn });
    while (sent.length > 0 && sent[0]!.txn <= data.txn) {
      for (const { seq } of sent.shift()!.append) now.pending.push(seq);
    }
  };
}

/** Opens the store, works on it, and closes it. @returns Steps that are left. */
function workFor(
  steps: number,
  options: WorkloadOptions,
  world: { clock: VirtualClock; random: RandomStreams; tell: Tell },
): number {
  const { clock, random, tell } = world;
  const engine = openStore(options, clock);
  const now = storeNow(engine, random);
  const sent: StoreTxn[] = [];
  using server = serveStore({
    engine,
    clock: {
      nowMs: () => clock.nowMs,
      wallMs: () => clock.wallMs,
      after: (ms, name, callback) => clock.after(ms, name, callback),
    },
  });
  const [own, its] = portPair();
  own.onmessage = listen(now, sent, tell);
  tell({ kind: "life" });
  server.attach(its, "boot", 1);
  let txn = 0;
  while (steps > 0) {
    const last = txn + random.integer("txns", 1, TXNS_MAX);
    while (txn < last) {
      now.wallMs = clock.wallMs;
      const next = drawTxn(++txn, now);
      tell({ kind: "posted", txn: packTxn(next) });
      sent.push(next);
      if (options.tellsEarly) tell({ kind: "committed", txn });
      own.postMessage({ kind: "txn", txn: next });
    }
    if (random.chance("flush", FLUSHES)) own.postMessage({ kind: "flush", id: txn });
    clock.run(random.integer("step_ms", 0, STEP_MS_MAX));
    steps--;
    if (random.chance("reopen", options.reopens)) break;
  }
  return steps;
}

function work(options: WorkloadOptions, tell: Tell): void {
  const world = { clock: virtualClock(), random: randomStreams(options.seed), tell };
  let steps = options.steps;
  while (steps > 0) steps = workFor(steps, options, world);
}

if (import.meta.main) {
  const options = JSON.parse(Deno.args[0]!) as WorkloadOptions;
  using marks = Deno.openSync(Deno.args[1]!, { write: true, create: true });
  const encoder = new TextEncoder();
  work(options, (mark) => void marks.writeSync(encoder.encode(`${JSON.stringify(mark)}\n`)));
}
