import type { Message } from "../core/message.ts";
import {
  ackPayload,
  decodeTopic,
  encodeEnvelope,
  encodeEnvelopeRaw,
  encodeTopic,
  fillEvent,
  HEADER_TEXT_MAX,
  pingPayload,
  problemEvent,
  type Registry,
  TOPIC_ENVELOPE,
  topicName,
} from "../protocol/mod.ts";
import type { EventRow } from "../store/port.ts";
import type { LinkConfig } from "./port.ts";
import { PROBLEM_TEXT_MAX } from "./problems.ts";
import { rightStamps, takeStampMark, type WallClocks } from "./stamps.ts";

/** Bytes of a message that cannot be read which go into its problem. */
export const FIRST_BYTES_MAX = 64;
/** Characters of a row that the peer refused which go into its problem: nearly every row is kept whole. */
export const REFUSED_TEXT_MAX = 65_536;

/** Whose message a topic says it is. */
export type TopicOwner =
  | { readonly kind: "link"; readonly name: string }
  | { readonly kind: "nobody"; readonly because: string };

/** Finds the link whose peer a topic names, among the links of one connection. */
export function topicOwner(topic: string, links: readonly LinkConfig[]): TopicOwner {
  const parts = decodeTopic(topic);
  if (parts.kind === "problem") return { kind: "nobody", because: parts.problem };
  if (parts.envelope !== TOPIC_ENVELOPE) {
    return { kind: "nobody", because: `Cannot take topic as it must begin with "gw/": ${JSON.stringify(topic)}` };
  }
  const owner = links.find((link) => topicName(link.ownShortName) === parts.dst && isPeer(link, parts.src));
  if (owner !== undefined) return { kind: "link", name: owner.name };
  return { kind: "nobody", because: `Cannot take topic as a peer must send it to us: ${JSON.stringify(topic)}` };
}

function isPeer(link: LinkConfig, src: string): boolean {
  return link.peerLongName === "" ? src !== "" : topicName(link.peerLongName) === src;
}

/** Most topics of one link that are remembered; all are forgotten when there are more. */
const SEND_TOPICS_MAX = 256;

/** Makes the topics of what we send over a link, by type. Their source is always our long name: the peer checks it. */
export function sendTopics(ownLongName: string, link: LinkConfig): (type: string) => string {
  const byType = new Map<string, string>();
  return function topicOf(type) {
    const known = byType.get(type);
    if (known !== undefined) return known;
    const made = encodeTopic({ src: ownLongName, dst: link.peerShortName, type });
    if (byType.size >= SEND_TOPICS_MAX) byType.clear();
    byType.set(type, made);
    return made;
  };
}

/** Acks as Hearth and the Python peers write them: the bulk of what an agent receives. */
const PLAIN_ACK = new RegExp(
  String.raw`^\{"Header":\{"Src":"[\w.-]+","Dst":"[\w.-]*","MessageType":"gridworks\.ack","MessageId":"",` +
    String.raw`"AckRequired":false,"TypeName":"gridworks\.header","Version":"\d{3}"\},` +
    String.raw`"Payload":\{"AckMessageID":"([\w-]{1,64})","TypeName":"gridworks\.ack"\},"TypeName":"gw"\}$`,
);
/** Longest plain ack, in bytes; what is longer is no such. */
const PLAIN_ACK_BYTES_MAX = 1_024;
const ACK_TOPIC_END = "/gridworks-ack";
const encoder = new TextEncoder();
const asIsDecoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Reads an ack without the decoder, at a tenth of its cost. @returns The id that it acks; undefined when the decoder has to look. */
export function plainAck(topic: string, bytes: Uint8Array): string | undefined {
  if (!topic.endsWith(ACK_TOPIC_END) || bytes.length > PLAIN_ACK_BYTES_MAX) return undefined;
  return PLAIN_ACK.exec(asIsDecoder.decode(bytes))?.[1];
}

/** Writes the acks of one link. */
export interface AckWriter {
  readonly type: string;
  bytes(messageId: string): Uint8Array;
}

/** Makes the writer of a link's acks: an ack has no id, is never acked itself, and differs from another one by what it acks. */
export function ackWriter(ownLongName: string, link: LinkConfig): AckWriter {
  const type = "gridworks.ack";
  const header = { src: ownLongName, dst: link.peerShortName, type, messageId: "", ackRequired: false };
  const [head = "", tail = ""] = encodedText({ ...header, payload: ackPayload(ACKED_PLACE) }).split(
    JSON.stringify(ACKED_PLACE),
  );
  return {
    type,
    bytes: (messageId) => encoder.encode(head + JSON.stringify(messageId) + tail),
  };
}

/** In the place of an id while the text around it is made. */
const ACKED_PLACE = "{acked}";

function encodedText(message: Message): string {
  return asIsDecoder.decode(encodeEnvelope(message));
}

/** Makes a ping. */
export function pingMessage(ownLongName: string, link: LinkConfig, messageId: string): Message {
  return {
    src: ownLongName,
    dst: link.peerShortName,
    type: "gridworks.ping",
    messageId,
    ackRequired: true,
    payload: pingPayload(messageId),
  };
}

/** A stored row as it goes on the wire. */
export interface RowOnWire {
  /** Its type, or that of the problem event in its place. */
  readonly type: string;
  readonly bytes: Uint8Array;
  /** What is wrong with the row, when a problem event goes in its place. */
  readonly corrupt?: string;
  /** The clock of its stamps was never right: they are those of this sending. */
  readonly isGuess: boolean;
}

/** Who sends a row, and when. */
export interface RowSender {
  readonly ownLongName: string;
  /** A trusted one, if the row has a stamp mark. */
  readonly wallMs: number;
  readonly clocks: WallClocks;
  readonly registry: Registry;
  readonly withSeq: boolean;
  /** The peer answers, but did not ack this row in several sendings. */
  readonly isRefused: boolean;
}

/**
 * Encodes a stored row, whose text is passed on unchanged but for stamps of a clock that was not trusted.
 *
 * A row that is no JSON object, or that this or any peer could not take, cannot be sent. In its place goes a problem event with the
 * row's own MessageId and its raw text: the peer's ack then deletes the row, so that the account stays exact and no row
 * blocks or shrinks the window.
 */
export function encodeRow(row: EventRow, link: LinkConfig, from: RowSender): RowOnWire {
  const read = acceptable(stampedText(row, rowText(row.bytes), from), from);
  const type = read.kind === "text" ? row.class : "gridworks.event.problem";
  const text = read.kind === "text" ? read.text : corruptRowText(row, read, from);
  const header = {
    src: from.ownLongName,
    dst: link.peerShortName,
    type,
    messageId: row.messageId,
    ackRequired: true,
  };
  const bytes = encodeEnvelopeRaw(header, text, from.withSeq ? { hearthSeq: row.seq } : {});
  if (read.kind === "text") return { type, bytes, isGuess: read.isGuess };
  return { type, bytes, corrupt: read.problem, isGuess: false };
}

interface PlainText {
  readonly kind: "text";
  readonly text: string;
  readonly value: Readonly<Record<string, unknown>>;
  readonly isGuess: boolean;
}

interface CorruptText {
  readonly kind: "corrupt";
  readonly problem: string;
  readonly raw: string;
}

function acceptable(read: PlainText | CorruptText, { isRefused }: RowSender): PlainText | CorruptText {
  if (read.kind === "corrupt" || !isRefused) return read;
  return { kind: "corrupt", problem: "the peer must ack it", raw: read.text };
}

const strictDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const lenientDecoder = new TextDecoder();

function rowText(bytes: Uint8Array): PlainText | CorruptText {
  let text: string;
  try {
    text = strictDecoder.decode(bytes);
  } catch {
    return { kind: "corrupt", problem: "its bytes must be UTF-8", raw: lenientDecoder.decode(bytes) };
  }
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      return { kind: "corrupt", problem: "its text must be a JSON object", raw: text };
    }
    return { kind: "text", text, value: value as PlainText["value"], isGuess: false };
  } catch {
    return { kind: "corrupt", problem: "its text must be JSON", raw: text };
  }
}

/** Puts the stamps of a marked row right. */
function stampedText(row: EventRow, read: PlainText | CorruptText, from: RowSender): PlainText | CorruptText {
  const marked = read.kind === "text" ? takeStampMark(read.value) : undefined;
  if (read.kind === "corrupt" || marked === undefined) return read;
  const { payload: value, isGuess } = rightStamps(marked.payload, marked.mark, from);
  const parsed = from.registry.schema(row.class)?.safeParse(value);
  if (parsed?.success === false) return { kind: "corrupt", problem: "its stamps must fit its type", raw: read.text };
  return { kind: "text", text: JSON.stringify(value), value, isGuess };
}

function corruptRowText(row: EventRow, read: CorruptText, from: RowSender): string {
  const draft = problemEvent({
    problemType: "error",
    summary: `Event decoding error - uid:${row.messageId}`,
    details: `Cannot send row ${row.seq} of type "${row.class.slice(0, HEADER_TEXT_MAX)}" as ${read.problem}: ` +
      JSON.stringify(read.raw.slice(0, from.isRefused ? REFUSED_TEXT_MAX : PROBLEM_TEXT_MAX)),
  });
  const stamp = { messageId: row.messageId, timeCreatedMs: Math.trunc(from.wallMs), src: from.ownLongName };
  return JSON.stringify(fillEvent(draft, stamp));
}

/** The first bytes of a message that cannot be read, as hexadecimal text. */
export function firstBytes(bytes: Uint8Array): string {
  const shown = [...bytes.subarray(0, FIRST_BYTES_MAX)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
  return `${bytes.length} bytes: ${shown}${bytes.length > FIRST_BYTES_MAX ? " …" : ""}`;
}
