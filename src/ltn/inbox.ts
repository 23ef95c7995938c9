import { invariant } from "../core/invariant.ts";
import { type RecentSet, recentSet } from "../core/recent_set.ts";

/** Ids that are remembered of each peer. Source: the design's bound for peers that send no row number. */
export const INBOX_IDS_MAX = 10_000;
/** Peers that are remembered; the one that was silent longest is forgotten first. */
export const INBOX_PEERS_MAX = 1_000;

/** Bugs that tests may plant, to see that a check finds them. */
export type InboxPlant = "no_dedupe";

/** What has been applied already: an event counts once, however often it is sent. */
export interface Inbox {
  /** Whether this event is seen for the first time; it is remembered from then on. No id: always new. */
  isNew(peer: string, messageId: string): boolean;
  /** Remembers ids of an earlier life, oldest first; they count for every peer. */
  restore(ids: readonly string[]): void;
}

/** Makes the dedupe part of a receiver. @param options.idsMax Ids remembered of each peer, at least 1. */
export function makeInbox(
  options: { readonly idsMax?: number } = {},
  planted: ReadonlySet<InboxPlant> = new Set(),
): Inbox {
  const idsMax = options.idsMax ?? INBOX_IDS_MAX;
  invariant(Number.isInteger(idsMax) && idsMax >= 1, `inbox of ${idsMax} ids`);
  const byPeer = new Map<string, RecentSet<string>>();
  const restored = recentSet<string>(idsMax);
  let newest: { readonly peer: string; readonly seen: RecentSet<string> } | undefined;
  function seenOf(peer: string): RecentSet<string> {
    if (newest?.peer === peer) return newest.seen;
    const seen = byPeer.get(peer) ?? recentSet<string>(idsMax);
    byPeer.delete(peer);
    byPeer.set(peer, seen);
    newest = { peer, seen };
    if (byPeer.size > INBOX_PEERS_MAX) {
      for (const silent of byPeer.keys()) {
        byPeer.delete(silent);
        break;
      }
    }
    return seen;
  }
  return {
    isNew(peer, messageId) {
      if (messageId === "" || planted.has("no_dedupe")) return true;
      const seen = seenOf(peer);
      if (seen.has(messageId) || restored.has(messageId)) return false;
      seen.add(messageId);
      return true;
    },
    restore(ids) {
      for (const id of ids) restored.add(id);
    },
  };
}
