import type { ActorContext } from "../proactor/actor.ts";
import type { Collector } from "./collector.ts";
import type { CommandTree } from "./command_tree.ts";
import { glitchPayload } from "./machine_payloads.ts";
import type { ScadaFacts } from "./scada_facts.ts";
import type { Takeover } from "./takeover.ts";

/** Node of the hub. */
export const HUB_NODE = "s";

/** A peer of the hub: where its messages go. */
export interface HubPeer {
  /** Destination in the header. */
  readonly dst: string;
  /** Name of the link. */
  readonly link: string;
}

/** What the hub is made of. */
export interface HubOptions {
  readonly facts: ScadaFacts;
  readonly tree: CommandTree;
  readonly upstream: HubPeer;
  /** Absent: the admin door is shut. */
  readonly admin?: HubPeer;
  /** Longest admin take-over in s. @default 86400 */
  readonly adminTimeoutSMax?: number;
  /** Payload of layout.lite, sent when the upstream link becomes active and on send.layout. */
  readonly layoutLite?: (ctx: ActorContext) => unknown;
  /** @default 300000 */
  readonly reportMs?: number;
  /** @default 30000 */
  readonly snapshotMs?: number;
}

/** The hub's parts, for the functions that serve it. */
export interface HubParts extends HubOptions {
  readonly data: Collector;
  readonly door: Takeover;
  readonly reportMs: number;
  readonly snapshotMs: number;
  /** State channels of the relays. */
  readonly relayChannels: ReadonlySet<string>;
}

/** A message for the LTN. */
export interface Upstream {
  readonly type: string;
  readonly payload: unknown;
}

/** Sends to the LTN. */
export function toUpstream({ upstream }: HubParts, { type, payload }: Upstream, ctx: ActorContext): void {
  ctx.send({ ...upstream, type, payload });
}

/** Tells the LTN of a small trouble of the hub itself. */
export function hubGlitch(
  hub: HubParts,
  { summary, details }: { readonly summary: string; readonly details: string },
  ctx: ActorContext,
): void {
  const glitch = { node: HUB_NODE, level: "Warning", summary, details } as const;
  toUpstream(hub, { type: "glitch", payload: glitchPayload(glitch, hub.facts.scadaAlias, ctx.wallMs) }, ctx);
}
