/** What a load agent records. Plain data: it goes to the worker in the query of its module's URL. */
export type LoadProfile =
  /** Nothing. */
  | { readonly kind: "idle" }
  /** As fast as the acks come: at most this many events un-acked. */
  | { readonly kind: "closed"; readonly outstanding: number }
  /** As fast as they become durable, up to this many; then, while they are sent, urgent ones every so many ms. */
  | { readonly kind: "total"; readonly events: number; readonly urgentMs: number }
  /** So many a second. */
  | { readonly kind: "paced"; readonly perSecond: number };

/** Name of the log line with the counts of a load agent. */
export const COUNT_EVENT = "bench.count";
/** Time between two counts, in ms. */
export const COUNT_MS = 250;
/** Class of the load's events. */
export const LOAD_TYPE = "gridworks.event.bench.load";
/** Class of its urgent events. */
export const URGENT_TYPE = "gridworks.event.bench.urgent";
/** Text in each event: with it an envelope has about 450 bytes, header and ids included. */
export const LOAD_TEXT = "x".repeat(100);

/** Counts of one load, at one moment. */
export interface LoadCount {
  /** Monotonic, in ms; of the agent's worker, or of the Python process. */
  readonly atMs: number;
  /** Events handed to the proactor. */
  readonly recorded: number;
  /** Events that are durable, or were; of the Python package: that it has taken. */
  readonly generated: number;
  /** Events whose ack is durable; of the Python package: that were acked. */
  readonly acked: number;
  /** Urgent events that were acked, and their times from record to ack in ms. */
  readonly urgent: number;
  readonly urgentP50Ms: number;
  readonly urgentP99Ms: number;
}

/** The query of a worker's URL for this profile. */
export function profileQuery(profile: LoadProfile): string {
  return `?load=${encodeURIComponent(JSON.stringify(profile))}`;
}

/** The profile in a module's URL. */
export function profileOf(moduleHref: string): LoadProfile {
  return JSON.parse(new URL(moduleHref).searchParams.get("load") ?? '{"kind":"idle"}');
}
