import type { Peer, PeerOptions } from "./peer.ts";
import type { Stage } from "./stage.ts";

/** One story, with the checks in it. */
export interface Scenario {
  /** A sentence; the row of README.md's table has the same. "(corrected)": the reference's own assertion is a defect. */
  readonly name: string;
  run(stage: Stage): Promise<void>;
}

/** One story of a part by itself, without a stage. */
export interface UnitScenario {
  readonly name: string;
  run(): void;
}

/** Type of the events that scenarios make. */
export const SOME_EVENT = "gridworks.event.some.data";

/** The link of a child to its parent. */
export const CHILD_LINK = {
  name: "parent",
  role: "upstream",
  peerLongName: "d1.isone",
  peerShortName: "a",
} as const;

/** The link of a parent to its child. */
export const PARENT_LINK = {
  name: "child",
  role: "downstream",
  peerLongName: "d1.isone.scada",
  peerShortName: "s",
} as const;

/** A pair of peers, both down. */
export interface Pair {
  readonly child: Peer;
  readonly parent: Peer;
}

/** Makes child and parent. @param more What differs from the defaults. */
export function pair(stage: Stage, more: { child?: Partial<PeerOptions>; parent?: Partial<PeerOptions> } = {}): Pair {
  const child = stage.peer({ longName: "d1.isone.scada", shortName: "s", links: [CHILD_LINK], ...more.child });
  const parent = stage.peer({ longName: "d1.isone", shortName: "a", links: [PARENT_LINK], ...more.parent });
  return { child, parent };
}

/** Makes and starts child and parent, and waits until both are quiet. */
export async function quietPair(stage: Stage, more?: Parameters<typeof pair>[1]): Promise<Pair> {
  const made = pair(stage, more);
  made.parent.start();
  await reaches(stage, made.parent, "awaiting_peer");
  made.child.start();
  await quiet(stage, made);
  return made;
}

/** Waits for a state of a link of a peer. */
export async function reaches(stage: Stage, peer: Peer, state: string, link?: string): Promise<void> {
  await stage.until(() => peer.state(link) === state, `link ${link ?? ""} becomes ${state}`);
}

/** Waits until so many events of a peer are durable, acked or not. */
export async function persists(stage: Stage, peer: Peer, count: number): Promise<void> {
  await stage.until(() => peer.counts.persists >= count, `${count} events are durable`);
}

/** Whether everything of a peer was acked and deleted, with nothing on the way. */
export function isClear(peer: Peer): boolean {
  const { pending, persists, clears } = peer.counts;
  const hasAll = persists === peer.recorded.length;
  return hasAll && pending === 0 && clears === persists && peer.tap.inFlight.size === 0;
}

/** Waits until both links are active, the child has nothing left, and the parent holds what it made. */
export async function quiet(stage: Stage, { child, parent }: Pair): Promise<void> {
  await stage.until(
    () =>
      child.state() === "active" && parent.state() === "active" && isClear(child) && hasApplied(parent, child) &&
      parent.counts.persists === parent.recorded.length,
    "both ends are active and quiet",
  );
}

function hasApplied(parent: Peer, child: Peer): boolean {
  const applied = new Set(parent.applied);
  return child.stored.every(({ messageId }) => applied.has(messageId));
}

/** How often each id of `ids` occurs among the messages. */
export function times(ids: readonly string[], among: readonly { readonly id: string }[]): readonly number[] {
  const counts = new Map<string, number>();
  for (const { id } of among) counts.set(id, (counts.get(id) ?? 0) + 1);
  return ids.map((id) => counts.get(id) ?? 0);
}
