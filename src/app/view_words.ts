import type { LinkState } from "../links/port.ts";
import type { ViewPicture } from "./view_model.ts";

const LINK_WORDS: Readonly<Record<LinkState, string>> = {
  not_started: "not started",
  connecting: "DOWN, no connection to its broker",
  awaiting_setup_and_peer: "connected, subscribing",
  awaiting_setup: "connected, subscribing",
  awaiting_peer: "DOWN, its broker is there but its peer is silent",
  active: "active",
  stopped: "stopped",
};

const STORE_WORDS: Readonly<Record<string, string>> = {
  SQLITE_FULL: "the disk is full",
  SQLITE_BUSY: "another process holds it locked",
  SQLITE_LOCKED: "another process holds it locked",
  SQLITE_READONLY: "the disk is read-only",
  SQLITE_IOERR: "the disk cannot be read or written",
  SQLITE_CORRUPT: "its file is damaged",
  SQLITE_NOTADB: "its file is damaged",
  SQLITE_CANTOPEN: "its file cannot be opened",
  EQUEUE: "too much waits for the disk",
};

/** A link's state in words, for a person who looks at two in the morning. */
export function linkWords({ name, state }: { readonly name: string; readonly state: string }): string {
  return `${name} ${LINK_WORDS[state as LinkState] ?? state}`;
}

const TOP_WORDS: Readonly<Record<string, string>> = {
  Auto: "automatic",
  Admin: "TAKEN OVER by an operator",
};

/** Who commands the house, in words. @param control Snapshot of the hub's take-over. */
export function controlWords(control: unknown): string {
  if (typeof control !== "object" || control === null) return "–";
  const { top, auto, untilWallMs, refused } = control as Readonly<Record<string, unknown>>;
  const words = [TOP_WORDS[`${top}`] ?? `${top}`, `${auto}`];
  if (typeof untilWallMs === "number" && untilWallMs > 0) {
    words.push(`until ${new Date(untilWallMs).toISOString().slice(11, 19)} UTC`);
  }
  if (typeof refused === "number" && refused > 0) words.push(`${refused} commands refused`);
  return words.join(", ");
}

/** What is wrong, besides links, in words; none when all is well. */
export function troubleWords(seen: ViewPicture): readonly string[] {
  const { storeCode, storeWaiting, dropped, restarts, isolates } = seen;
  const words: string[] = [];
  if (storeCode !== "") {
    const why = STORE_WORDS[storeCode] ?? "the disk refused";
    words.push(`STORE ${storeCode}: ${why}; ${storeWaiting} transactions wait in memory, control goes on`);
  }
  if (dropped > 0) words.push(`${dropped} events and sends GIVEN UP, as memory for them was full`);
  if (restarts > 0) words.push(`${restarts} actor restarts`);
  for (const { name, lives } of isolates) if (lives > 1) words.push(`${name} was REPLACED, life ${lives}`);
  return words;
}

/** Changes when something happened that a person may want to know: a link, the store, the brain, a relay, a replacement. */
export function newsKey(seen: ViewPicture): string {
  const { links, relays, brain, restarts, isolates, storeCode, dropped } = seen;
  const lives = isolates.map((each) => each.lives).filter((count) => count > 1);
  return JSON.stringify([links, relays, brain?.state, restarts, lives, storeCode, dropped > 0]);
}
