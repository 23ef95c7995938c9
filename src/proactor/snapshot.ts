import type { Json } from "../core/context.ts";
import type { LinkSnapshot } from "../links/port.ts";
import type { Counters } from "../store/port.ts";

/** What others may see of a proactor: plain data, taken between two steps. */
export interface ProactorSnapshot {
  readonly name: string;
  readonly links: readonly LinkSnapshot[];
  readonly counters: Counters;
  /** Each actor's own snapshot, by name. */
  readonly actors: Readonly<Record<string, Json>>;
  /** Output name to its value now. */
  readonly outputs: Readonly<Record<string, number>>;
  /** Messages delivered by links in this life. */
  readonly received: number;
  /** Events applied in this life, as a receiver. */
  readonly applied: number;
  readonly restarts: number;
  /** Code of the store's last failure, "" when it commits. */
  readonly storeCode: string;
  /** Transactions not yet durable. */
  readonly storeWaiting: number;
  /** Events and sends given up because memory bounds were reached. */
  readonly dropped: number;
  /** Inputs lost to full queues, by source. */
  readonly lost: Readonly<Record<string, number>>;
}
