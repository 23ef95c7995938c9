import type { EventRow, StoreEngine, StoreTxn } from "../store/port.ts";
import type { PlantedName } from "./planted.ts";

/** Where in a store a bug sits: over the ledger's eyes ("above"), or below them. */
export interface EnginePlant {
  above(engine: StoreEngine): StoreEngine;
  below(engine: StoreEngine): StoreEngine;
}

/** Stands around an engine; what `part` does not have is the engine's own. */
function around(engine: StoreEngine, part: Partial<StoreEngine>): StoreEngine {
  return {
    open: (boot, life) => engine.open(boot, life),
    commit: (txns) => engine.commit(txns),
    read: (request) => engine.read(request),
    inboxList: (newest) => engine.inboxList(newest),
    counters: () => engine.counters(),
    [Symbol.dispose]: () => engine[Symbol.dispose](),
    ...part,
  };
}

/** A full disk is silent loss: what it refuses counts as committed. */
function disregardErrors(engine: StoreEngine): StoreEngine {
  return around(engine, {
    commit(txns) {
      try {
        return engine.commit(txns);
      } catch {
        return [];
      }
    },
  });
}

/** What was evicted shows in no account. */
function forgetTombstones(engine: StoreEngine): StoreEngine {
  return around(engine, { counters: () => ({ ...engine.counters(), tombstoned: 0 }) });
}

/** A new life numbers its rows from the first one on. */
function restartSeq(engine: StoreEngine): StoreEngine {
  return around(engine, { open: (boot, life) => ({ ...engine.open(boot, life), lastSeq: 0 }) });
}

/** A restart forgets which events were applied. */
function forgetInbox(engine: StoreEngine): StoreEngine {
  return around(engine, { open: (boot, life) => ({ ...engine.open(boot, life), appliedIds: [] }) });
}

/** A commit writes only half of its step: rows that were acked stay. */
function loseDeletes(engine: StoreEngine): StoreEngine {
  return around(engine, { commit: (txns) => engine.commit(txns.map((txn) => ({ ...txn, deletes: [] }))) });
}

/** A commit is told when it is asked for, and made with the next one. */
function commitLater(engine: StoreEngine): StoreEngine {
  let held: readonly StoreTxn[] = [];
  return around(engine, {
    commit(txns) {
      const due = held;
      held = txns;
      return engine.commit(due);
    },
  });
}

/** A commit leaves out what was applied. */
function loseInbox(engine: StoreEngine): StoreEngine {
  return around(engine, { commit: (txns) => engine.commit(txns.map((txn) => ({ ...txn, inbox: [] }))) });
}

/** What is read is not what was written. */
function changeRows(engine: StoreEngine): StoreEngine {
  function changed(row: EventRow): EventRow {
    return { ...row, bytes: new TextEncoder().encode(`${new TextDecoder().decode(row.bytes).slice(0, -1)},"Rot":1}`) };
  }
  return around(engine, {
    read(request) {
      const answer = engine.read(request);
      return { ...answer, rows: answer.rows.map(changed) };
    },
  });
}

/** An event is not counted now and then. */
function miscount(engine: StoreEngine): StoreEngine {
  return around(engine, {
    counters() {
      const counters = engine.counters();
      return { ...counters, generated: counters.generated - Math.floor(counters.generated / MISCOUNTED_EACH) };
    },
  });
}

/** One event of so many is not counted. */
const MISCOUNTED_EACH = 100;

function unchanged(engine: StoreEngine): StoreEngine {
  return engine;
}

const PLANTS: Readonly<Partial<Record<PlantedName, Partial<EnginePlant>>>> = {
  disk_errors_ignored: { above: disregardErrors },
  trim_uncounted: { below: forgetTombstones },
  seq_restarts: { above: restartSeq },
  inbox_forgotten: { above: forgetInbox },
  deletes_lost: { below: loseDeletes },
  committed_early: { above: commitLater },
  inbox_unwritten: { below: loseInbox },
  row_changed_on_read: { above: changeRows },
  generated_miscounted: { below: miscount },
};

/** The part of a planted bug that sits in the store. */
export function enginePlant(planted: PlantedName | undefined): EnginePlant {
  return { above: unchanged, below: unchanged, ...(planted === undefined ? {} : PLANTS[planted]) };
}
