import { strict as assert } from "node:assert";

/** The account of an agent's events. */
export interface Account {
  readonly generated: number;
  readonly acked: number;
  readonly pending: number;
  readonly tombstoned: number;
  readonly applied: number;
}

/** The last object of a program with `--json`. */
export interface Summary extends Account {
  readonly relaySwitches: number;
  readonly zones: readonly { readonly name: string; readonly temperatureC: number; readonly setpointC: number }[];
  readonly links: readonly { readonly name: string; readonly state: string }[];
  readonly virtualSeconds: number;
  readonly rssBytes: number;
  readonly isolates: readonly { readonly name: string; readonly heapUsedBytes: number; readonly lives: number }[];
}

/** One object a second before it. */
export interface LiveObject extends Summary {
  readonly temperatures: Readonly<Record<string, number>>;
  readonly relays: Readonly<Record<string, number>>;
  readonly control: { readonly top: string; readonly auto: string } | null;
  readonly received: number;
  readonly restarts: number;
  readonly storeCode: string;
  readonly storeWaiting: number;
  readonly dropped: number;
}

/** What `hearth events stat --json` prints. */
export interface StoreStat {
  readonly storeId: string;
  readonly owners: readonly { readonly owner: string; readonly counters: Account; readonly inboxRows: number }[];
}

/** Names in a summary, sorted. */
export const SUMMARY_KEYS: readonly string[] = [
  "acked",
  "applied",
  "generated",
  "isolates",
  "links",
  "pending",
  "relaySwitches",
  "rssBytes",
  "tombstoned",
  "virtualSeconds",
  "zones",
];

/** The last object of an output. @throws {SyntaxError} If the last line is no JSON. */
export function summaryOf(stdout: string): Summary {
  return JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "") as Summary;
}

/** Fails unless every event generated is acked, pending or tombstoned, and there was one. */
export function assertExact({ generated, acked, pending, tombstoned }: Account): void {
  assert.ok(generated > 0, "something was generated");
  assert.equal(generated, acked + pending + tombstoned, JSON.stringify({ generated, acked, pending, tombstoned }));
}
