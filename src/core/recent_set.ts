import { boundedQueue } from "./bounded_queue.ts";

/** A set of the members that were added last; a full one forgets its oldest for each new one. */
export interface RecentSet<Member> {
  readonly size: number;
  has(member: Member): boolean;
  /** Adds a member; one that is there keeps its place. */
  add(member: Member): void;
}

/**
 * Makes an empty set. Beside the `Set` a queue knows the order: to find the first member of a `Set` from whose front many
 * were deleted, the runtime walks over all their holes.
 *
 * @param sizeMax Members, at least 1.
 */
export function recentSet<Member>(sizeMax: number): RecentSet<Member> {
  const members = new Set<Member>();
  const order = boundedQueue<Member>(sizeMax, "refuse");
  return {
    get size() {
      return members.size;
    },
    has: (member) => members.has(member),
    add(member) {
      if (members.has(member)) return;
      if (order.size === order.capacity) members.delete(order.shift()!);
      order.push(member);
      members.add(member);
    },
  };
}
