import type { StoreEngine } from "../../src/store/port.ts";

/**
 * Makes an engine whose reads show some rows damaged.
 *
 * @param damaged Message ids, with the bytes that their rows have now.
 * @param read Told of each read: how many rows it returned.
 */
export function damagingEngine(
  engine: StoreEngine,
  damaged: ReadonlyMap<string, Uint8Array>,
  read: (rows: number) => void,
): StoreEngine {
  return {
    open: (boot, life) => engine.open(boot, life),
    commit: (txns) => engine.commit(txns),
    read(request) {
      const answer = engine.read(request);
      read(answer.rows.length);
      const rows = answer.rows.map((row) => ({ ...row, bytes: damaged.get(row.messageId) ?? row.bytes }));
      return { ...answer, rows };
    },
    inboxList: (newest) => engine.inboxList(newest),
    counters: () => engine.counters(),
    [Symbol.dispose]: () => engine[Symbol.dispose](),
  };
}
