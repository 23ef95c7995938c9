/** The program under the recorder: a store that is served, worked on, closed and opened again, under a virtual clock. */
import { portPair } from "../../src/host/port_like.ts";
import { serveStore } from "../../src/host/store_server.ts";
import type { FromStore, StoreTxn } from "../../src/store/port.ts";
import { openSqliteEngine } from "../../src/store/sqlite_engine.ts";
import { randomStreams, virtualClock } from "../../src/testing/mod.ts";
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
}

/** Longest time between two steps, in ms: as long as events may wait for their commit. */
const STEP_MS_MAX = 3_000;
/** Most transactions of one step. */
const TXNS_MAX = 4;
/** Probability that a step asks for a commit at once. */
const FLUSHES = 0.05;

function work(options: WorkloadOptions, mark: (mark: Mark) => void): void {
  const random = randomStreams(options.seed);
  const clock = virtualClock();
  const wallMs = () => clock.wallMs;
  const place = { path: options.path, owner: options.owner, bytesMax: options.bytesMax, newId: () => "store", wallMs };
  let steps = options.steps;
  for (let life = 1; steps > 0; life++) {
    const engine = openSqliteEngine({ ...place, synchronous: options.synchronous });
    const { rows } = engine.read({
      kind: "read",
      id: 0,
      afterSeq: 0,
      lanes: [0, 1, 2, 3],
      rowsMax: 1e6,
      bytesMax: 1e12,
    });
    const now: StoreNow = { lastSeq: 0, pending: rows.map(({ seq }) => seq), isLinked: true, wallMs: 0, random };
    const sent: StoreTxn[] = [];
    using server = serveStore({
      engine,
      clock: { nowMs: () => clock.nowMs, wallMs, after: (ms, name, callback) => clock.after(ms, name, callback) },
    });
    const [own, its] = portPair();
    own.onmessage = ({ data }: { data: FromStore }) => {
      if (data.kind === "failed") throw new Error(`Cannot go on as every commit must succeed: ${data.message}`);
      if (data.kind === "opened") now.lastSeq = data.lastSeq;
      if (data.kind !== "committed") return;
      mark({ kind: "committed", txn: data.txn });
      while (sent.length > 0 && sent[0]!.txn <= data.txn) {
        for (const { seq } of sent.shift()!.append) now.pending.push(seq);
      }
    };
    mark({ kind: "life" });
    server.attach(its, "boot", life);
    let txn = 0;
    do {
      const count = random.integer("txns", 1, TXNS_MAX);
      for (let n = 0; n < count; n++) {
        now.wallMs = clock.wallMs;
        const next = drawTxn(++txn, now);
        mark({ kind: "posted", txn: packTxn(next) });
        sent.push(next);
        own.postMessage({ kind: "txn", txn: next });
      }
      if (random.chance("flush", FLUSHES)) own.postMessage({ kind: "flush", id: txn });
      clock.run(random.integer("step_ms", 0, STEP_MS_MAX));
    } while (--steps > 0 && !random.chance("reopen", options.reopens));
  }
}

if (import.meta.main) {
  const options = JSON.parse(Deno.args[0]!) as WorkloadOptions;
  using marks = Deno.openSync(Deno.args[1]!, { write: true, create: true });
  const encoder = new TextEncoder();
  work(options, (mark) => void marks.writeSync(encoder.encode(`${JSON.stringify(mark)}\n`)));
}
