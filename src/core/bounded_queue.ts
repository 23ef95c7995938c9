import { invariant } from "./invariant.ts";

/** What a full queue does with one more item. */
export type Overflow = "refuse" | "drop_oldest";

/** First in, first out, with a capacity, a policy, and counts of what was refused or dropped. */
export interface BoundedQueue<Item> {
  readonly size: number;
  readonly capacity: number;
  /** Items refused or dropped since the queue was made. */
  readonly lost: number;
  /** @returns Whether the item was taken. */
  push(item: Item): boolean;
  shift(): Item | undefined;
  clear(): void;
}

/** Makes a bounded queue. @param capacity Items, at least 1. */
export function boundedQueue<Item>(capacity: number, overflow: Overflow): BoundedQueue<Item> {
  invariant(Number.isInteger(capacity) && capacity >= 1, `queue capacity ${capacity}`);
  let items: (Item | undefined)[] = [];
  let head = 0;
  let lost = 0;
  function shift(): Item | undefined {
    if (head === items.length) return undefined;
    const item = items[head];
    items[head++] = undefined;
    if (head > 64 && head * 2 > items.length) {
      items = items.slice(head);
      head = 0;
    }
    return item;
  }
  return {
    get size() {
      return items.length - head;
    },
    capacity,
    get lost() {
      return lost;
    },
    push(item) {
      if (items.length - head >= capacity) {
        lost++;
        if (overflow === "refuse") return false;
        shift();
      }
      items.push(item);
      return true;
    },
    shift,
    clear() {
      items = [];
      head = 0;
    },
  };
}
