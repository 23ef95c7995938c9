import type { TimerContext } from "../core/context.ts";
import type { Message } from "../core/message.ts";
import type { EventRow, Lane } from "../store/port.ts";
import type { ConnectionEffect, ConnectionInput } from "./connection_port.ts";
import type { WallClocks } from "./stamps.ts";

/** States of a link, as on the wire and in logs. Source: gridworks-proactor `links/link_state.py`. */
export type LinkState =
  | "not_started"
  | "connecting"
  | "awaiting_setup_and_peer"
  | "awaiting_setup"
  | "awaiting_peer"
  | "active"
  | "stopped";

/** One peer over one connection. */
export interface LinkConfig {
  /** Name of the link: the settings field, and PeerName in communication events; for example "gridworks_mqtt". */
  readonly name: string;
  /** Connection that carries it; several links may share one. */
  readonly connection: string;
  /** "upstream": events are delivered to it; at most one. */
  readonly role: "upstream" | "downstream" | "other";
  /** Topic source of what the peer sends; "" accepts any (admin). */
  readonly peerLongName: string;
  /** Topic destination of what we send. */
  readonly peerShortName: string;
  /** Topic destination that we subscribe to. */
  readonly ownShortName: string;
}

/** All links of one proactor, with their bounds. */
export interface LinksConfig {
  /** Topic source of what we send. */
  readonly ownLongName: string;
  readonly links: readonly LinkConfig[];
  /** Silence of the peer after which it is pinged, in ms; 60,000. */
  readonly pollMs: number;
  /** 5,000. */
  readonly ackTimeoutMs: number;
  /** First size of the re-upload window; 5. */
  readonly windowInitial: number;
  /** Most rows un-acked; 256. */
  readonly windowRowsMax: number;
  /** Most bytes un-acked; 131,072. */
  readonly windowBytesMax: number;
  /** Un-acked rows ship their seq as header key HearthSeq: only when the peer is Hearth. */
  readonly peerIsHearth: boolean;
}

/** What the links are handed with every input, and the effects they may ask for. Times are real, not house time. */
export interface LinksContext extends TimerContext {
  /** What puts stamps right that were made while the wall clock was not trusted. */
  readonly clocks: WallClocks;
  /** Why a peer may refuse our certificates, for people; absent or "" when the wall clock is not suspected. */
  clockDoubt?(): string;
  /** Asks a connection for something. */
  connection(effect: ConnectionEffect): void;
  /** Records an event of our own (communication events, problems); `payload` without MessageId, TimeCreatedMs and Src. */
  record(payload: { readonly TypeName: string; readonly [key: string]: unknown }, lane: Lane): void;
  /** The ack of this row came: it may be deleted. */
  acked(seq: number): void;
  /** Asks for pending rows; they come back through `rowsRead`. One request at a time. */
  readRows(
    request: {
      readonly afterSeq: number;
      readonly lanes: readonly Lane[];
      readonly rowsMax: number;
      readonly bytesMax: number;
    },
  ): void;
  /** Hands a decoded message (not an ack, not a ping) to the proactor, which routes it and calls `ack` when it is done. */
  deliver(link: string, message: Message, payloadText: string): void;
  /** The state of a link changed. */
  moved(link: string, from: LinkState, to: LinkState): void;
}

/** What others see of a link. */
export interface LinkSnapshot {
  readonly name: string;
  readonly state: LinkState;
  readonly inFlight: number;
  readonly window: number;
  readonly reuploading: boolean;
  readonly timeouts: number;
  readonly received: number;
  readonly sent: number;
  /** Messages that were not sent, as their stamps come from a clock that is not trusted. */
  readonly heldBack: number;
}

/** The links of one proactor: a deterministic part. `links(config)` in `links.ts` makes one. */
export interface Links {
  start(ctx: LinksContext): void;
  stop(ctx: LinksContext): void;
  /** An input from a connection. */
  input(input: ConnectionInput, ctx: LinksContext): void;
  /** A timer fired; every name starts with "link.". */
  timer(name: string, ctx: LinksContext): void;
  /** These rows are durable now: send them upstream if it is active and the window has room, else they wait in the store. */
  committed(rows: readonly EventRow[], ctx: LinksContext): void;
  /** Answer to `readRows`; `end` says that no more rows follow. */
  rowsRead(rows: readonly EventRow[], end: boolean, ctx: LinksContext): void;
  /** Rows evicted from the store: forget them. */
  evicted(fromSeq: number, toSeq: number, ctx: LinksContext): void;
  /** The wall clock was set: a connection that waits for its next try may have failed by the clock, and tries at once. */
  clockStepped(ctx: LinksContext): void;
  /** Sends a message that is not a stored event. @returns Whether the link was active for send, and its stamps right. */
  send(link: string, message: Message, ctx: LinksContext): boolean;
  /** Acks a delivered message (by its id after the override rule); no id, no ack. */
  ack(link: string, message: Message, ctx: LinksContext): void;
  snapshot(): readonly LinkSnapshot[];
}
