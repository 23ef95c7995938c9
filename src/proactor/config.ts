import type { OutputGuard } from "../core/output_guard.ts";
import type { Links } from "../links/port.ts";
import type { JournalRow } from "../store/port.ts";
import type { Actor } from "./actor.ts";

/** Remembers what a receiver has applied, so that a second delivery has no second effect. */
export interface InboxFilter {
  /** @returns Whether this id of this peer was never seen; it is remembered from now on. */
  isNew(peer: string, messageId: string): boolean;
  restore(ids: readonly string[]): void;
}

/** All that makes one proactor: names, actors, links and where messages go. */
export interface ProactorConfig {
  /** Publication name, dotted: source of events and topics. */
  readonly longName: string;
  /** UUID of this process start. */
  readonly boot: string;
  /** Number of this agent's life in this process. */
  readonly life: number;
  /** One maker an actor: called at start, and again for each restart. */
  readonly actors: readonly (() => Actor)[];
  readonly links: Links;
  readonly guard: OutputGuard;
  /** Where a message goes that names no actor: by link, else "". */
  readonly inbound: Readonly<Record<string, string>>;
  /** Which link leads to a name: peer's long or short name to link name. */
  readonly routes: Readonly<Record<string, string>>;
  /** Long name of the peer of each link. */
  readonly peers: Readonly<Record<string, string>>;
  /** Set on a receiver of events: they are written to the inbox before they are acked. */
  readonly inbox?: InboxFilter;
  /** Receives the readings that no report held at the last stop, before the actors start. */
  readonly restoreJournal?: (rows: readonly JournalRow[]) => void;
}

/** A guard that allows everything: for proactors without outputs. */
export function noOutputs(): OutputGuard {
  return {
    restore() {},
    command: () => ({ kind: "allowed" }),
    output() {},
    reading: () => [],
    tick: () => [],
    takeKept: () => new Map(),
  };
}
