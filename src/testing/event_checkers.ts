import { mapStamps, mayHaveStampMark, newestUntrustedMs, STAMP_MARK_KEY } from "../links/stamps.ts";
import { REFUSED_TEXT_MAX } from "../links/wire.ts";
import { mapTail } from "./map_tail.ts";
import type { LedgerEvent } from "./store_ledger.ts";
import type { Checker, LedgerFacts, NodeFacts } from "./world_facts.ts";

const PROBLEM = "gridworks.event.problem";

/** Makes the check that no event is lost. It does not look again at what was applied or tombstoned. */
export function eventsKept(): Checker["check"] {
  const open = { agent: new Map<string, number>(), ltn: new Map<string, number>() };
  const added = { agent: mapTail<string, LedgerEvent>(), ltn: mapTail<string, LedgerEvent>() };

  function lost(name: "agent" | "ltn", ledger: LedgerFacts, applied?: LedgerFacts["applied"]): string | undefined {
    for (const [id, { seq }] of added[name](ledger.promised)) open[name].set(id, seq);
    for (const [id, seq] of open[name]) {
      const durable = ledger.events.get(seq)?.messageId === id;
      if (applied?.has(id) || (durable && ledger.tombstoned.has(seq))) open[name].delete(id);
      else if (!durable || !ledger.stored.has(seq)) {
        return `event ${seq} is neither stored nor applied nor tombstoned: ${id}`;
      }
    }
    return undefined;
  }
  return function check({ agent, ltn }) {
    return lost("agent", agent.ledger, ltn.ledger.applied) ?? lost("ltn", ltn.ledger);
  };
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false;
  return true;
}

/** The text of an event without its stamps: those of a clock that was not trusted are put right on the way. */
function withoutStamps(bytes: Uint8Array): string {
  const { [STAMP_MARK_KEY]: _, ...payload } = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
  return JSON.stringify(mapStamps(payload, () => 0));
}

/** Whether a problem event brought the text of a row in its place, as the peer did not ack the row itself. */
function isQuoted(made: Uint8Array, applied: Uint8Array): boolean {
  const text = new TextDecoder().decode(applied);
  if (!text.includes(`"TypeName":"${PROBLEM}"`)) return false;
  const { TypeName, Details } = JSON.parse(text) as Readonly<Record<string, unknown>>;
  if (TypeName !== PROBLEM || typeof Details !== "string") return false;
  const whole = new TextDecoder().decode(made);
  if (Details.endsWith(JSON.stringify(whole.slice(0, REFUSED_TEXT_MAX)))) return true;
  if (!mayHaveStampMark(made)) return false;
  const quoted = JSON.parse(Details.slice(Details.indexOf(': "') + 2)) as string;
  // A text that was cut short is no JSON any more.
  return quoted.length >= REFUSED_TEXT_MAX || withoutStamps(new TextEncoder().encode(quoted)) === withoutStamps(made);
}

/** Makes the check that what was applied is what was made. It compares each once. */
export function contentEqual(): Checker["check"] {
  const newEvents = mapTail<number, LedgerEvent>();
  const newApplied = mapTail<string, Uint8Array>();
  const made = new Map<string, Uint8Array>();
  return function check({ agent, ltn }) {
    for (const [, { messageId, bytes }] of newEvents(agent.ledger.events)) made.set(messageId, bytes);
    for (const [id, bytes] of newApplied(ltn.ledger.applied)) {
      const before = made.get(id);
      made.delete(id);
      if (before === undefined) return `an event was applied that was never durable: ${id}`;
      if (mayHaveStampMark(before)) {
        const applied: unknown = JSON.parse(new TextDecoder().decode(bytes));
        if (newestUntrustedMs(applied) !== undefined) return `an event was applied with a stamp before 2020: ${id}`;
        if (withoutStamps(before) === withoutStamps(bytes)) continue;
      }
      if (!sameBytes(before, bytes) && !isQuoted(before, bytes)) return `an event was changed on its way: ${id}`;
    }
    return undefined;
  };
}

/** Checks that the counters are those of what was seen, and that the disk holds what it should. */
export function accountExact({ ledger }: NodeFacts): string | undefined {
  const { counters, stored, tombstoned, deleted, onDisk } = ledger;
  const { generated, acked, pending } = counters;
  if (generated !== ledger.events.size) return `generated ${generated}, but ${ledger.events.size} events were made`;
  if (generated !== acked + pending + counters.tombstoned) {
    return `account does not add up: ${JSON.stringify(counters)}`;
  }
  if (pending !== stored.size || acked !== deleted || counters.tombstoned !== tombstoned.size) {
    const seen = { pending: stored.size, acked: deleted, tombstoned: tombstoned.size };
    return `account ${JSON.stringify(counters)}, but seen were ${JSON.stringify(seen)}`;
  }
  if (onDisk.length !== stored.size || onDisk.some((seq) => !stored.has(seq))) {
    return `the disk holds ${onDisk.length} rows that are not the ${stored.size} it should`;
  }
  return undefined;
}
