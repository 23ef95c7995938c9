import type { Ground } from "./ground.ts";
import { Peer, type PeerOptions } from "./peer.ts";

/** What a scenario is played on. */
export interface Stage {
  readonly kind: Ground["kind"];
  /** Monotonic ms. */
  nowMs(): number;
  /** Makes a peer that is down. */
  peer(options: PeerOptions): Peer;
  /** Waits until the condition holds; what was found instead is said with the state of every peer. */
  until(condition: () => boolean, what: string): Promise<void>;
  /** Ends every peer. */
  end(): void;
}

/** Makes a stage on this ground. */
export function makeStage(ground: Ground): Stage {
  const peers: Peer[] = [];
  return {
    kind: ground.kind,
    nowMs: () => ground.nowMs(),
    peer(options) {
      const made = new Peer(ground, options);
      peers.push(made);
      return made;
    },
    async until(condition, what) {
      try {
        await ground.until(condition, what);
      } catch (cause) {
        const seen = peers.map((peer) => peer.summary).join("\n");
        throw new Error(`Cannot go on as this must happen: ${what}; found:\n${seen}`, { cause });
      }
    },
    end() {
      for (const peer of peers) peer.end();
    },
  };
}
