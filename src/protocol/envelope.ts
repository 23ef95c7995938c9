import type * as z from "zod";
import type { Message } from "../core/message.ts";
import { errorText } from "../core/errors.ts";
import { readAnyEvent } from "./any_event.ts";
import { type HeaderFields, type JsonObject, readHeader } from "./envelope_header.ts";
import { isSurelyFlat, JSON_DEPTH_MAX, jsonDepth, memberText } from "./raw_json.ts";
import type { Registry } from "./registry.ts";

/** Largest envelope that is read, in bytes; a larger one is undecodable. */
export const ENVELOPE_BYTES_MAX = 1_048_576;
/** Types that begin so are taken as `AnyEvent` when they are unknown or do not fit. No dot at its end, as in the reference. */
export const ANY_EVENT_PREFIX = "gridworks.event";

/** What came out of the bytes of a message. `hearthSeq` is the sender's row number, only from a Hearth peer. */
export type Decoded =
  | {
    readonly kind: "message";
    readonly message: Message;
    /** The payload exactly as it was sent: forward this, numbers like 2.0 survive. */
    readonly payloadText: string;
    readonly hearthSeq?: number;
  }
  /** A type that the registry does not hold: `message` has no payload, so that it can be acked and reported. */
  | {
    readonly kind: "unknown_type";
    readonly message: Message<undefined>;
    readonly payloadText: string;
    readonly hearthSeq?: number;
  }
  | { readonly kind: "undecodable"; readonly problem: string };

/** How a message is sent. */
export interface EncodeOptions {
  /** Row number of a stored event; only for a peer that is Hearth. */
  readonly hearthSeq?: number;
}

/**
 * Encodes a message: compact JSON with the keys in the reference's order.
 *
 * @throws {TypeError} If the payload is no object whose TypeName is the message's type: no peer could read it.
 */
export function encodeEnvelope(message: Message, options: EncodeOptions = {}): Uint8Array {
  const { payload, type } = message;
  const found = typeof payload === "object" && payload !== null
    ? (payload as { TypeName?: unknown }).TypeName
    : payload;
  if (found !== type) {
    throw new TypeError(`Cannot encode message as its payload's TypeName must be "${type}": ${JSON.stringify(found)}`);
  }
  return encodeEnvelopeRaw(message, JSON.stringify(payload), options);
}

/** Encodes a message around a payload that is JSON text already, which is passed on unchanged. */
export function encodeEnvelopeRaw(
  header: HeaderFields,
  payloadText: string,
  options: EncodeOptions = {},
): Uint8Array {
  const headerText = JSON.stringify({
    Src: header.src,
    Dst: header.dst,
    MessageType: header.type,
    MessageId: header.messageId,
    AckRequired: header.ackRequired,
    TypeName: "gridworks.header",
    Version: "001",
    HearthSeq: options.hearthSeq,
  });
  return ENCODER.encode(`{"Header":${headerText},"Payload":${payloadText},"TypeName":"gw"}`);
}

/** Reads the bytes of a message; never throws. Source: gridworks-proactor codec and gwproto `Message`. */
export function decodeEnvelope(bytes: Uint8Array, registry: Registry): Decoded {
  const read = readJson(bytes);
  if (read.kind === "undecodable") return read;
  const { Payload: payload, TypeName: outerType } = read.outer;
  if (outerType !== undefined && outerType !== "gw") {
    return undecodable(`its TypeName must be "gw"`, clip(outerType));
  }
  if (!isObject(payload)) return undecodable("its Payload must be an object", clip(payload));
  const sent = read.outer["Header"];
  if (sent !== undefined && !isObject(sent)) return undecodable("its Header must be an object", clip(sent));
  const type = payload["TypeName"];
  if (typeof type !== "string") return undecodable("its Payload must have a TypeName", clip(type));
  const header = readHeader(sent, payload, type);
  if (header.kind === "refused") return undecodable("its header must be complete", issuesText(header.error));
  const { fields } = header;
  const rest = {
    payloadText: memberText(read.json, "Payload") ?? JSON.stringify(payload),
    ...(header.hearthSeq === undefined ? {} : { hearthSeq: header.hearthSeq }),
  };
  const schema = registry.schema(fields.type);
  const parsed = schema?.safeParse(payload);
  if (parsed?.success) return { kind: "message", message: { ...fields, payload: parsed.data }, ...rest };
  if (fields.type.startsWith(ANY_EVENT_PREFIX)) {
    const any = readAnyEvent(payload);
    if (any.success) return { kind: "message", message: { ...fields, payload: any.data }, ...rest };
    return undecodable(`its Payload must be an event of type "${fields.type}"`, issuesText(parsed?.error ?? any.error));
  }
  if (parsed === undefined) return { kind: "unknown_type", message: { ...fields, payload: undefined }, ...rest };
  return undecodable(`its Payload must be a "${fields.type}"`, issuesText(parsed.error));
}

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder("utf-8", { ignoreBOM: true });
const STRICT_DECODER = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
/** What a decoder that is not strict puts in place of what is no UTF-8. */
const REPLACEMENT = "\ufffd";

type Undecodable = Extract<Decoded, { kind: "undecodable" }>;

function undecodable(wanted: string, found: string): Undecodable {
  return { kind: "undecodable", problem: `Cannot decode message as ${wanted}: ${found}` };
}

function readJson(
  bytes: Uint8Array,
): { readonly kind: "json"; readonly json: string; readonly outer: JsonObject } | Undecodable {
  if (bytes.length > ENVELOPE_BYTES_MAX) {
    return undecodable(`it must have at most ${ENVELOPE_BYTES_MAX} bytes`, `${bytes.length} bytes`);
  }
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) {
    return undecodable("it must not begin with a byte order mark", "EF BB BF");
  }
  let json: string;
  let outer: unknown;
  try {
    json = textOf(bytes);
  } catch (thrown) {
    return undecodable("it must be UTF-8", errorText(thrown));
  }
  try {
    outer = JSON.parse(json);
  } catch (thrown) {
    return undecodable("it must be JSON", errorText(thrown));
  }
  if (!isObject(outer)) return undecodable("it must be a JSON object", clip(outer));
  const depth = isSurelyFlat(json, JSON_DEPTH_MAX) ? 0 : jsonDepth(json);
  if (depth > JSON_DEPTH_MAX) return undecodable(`it must nest at most ${JSON_DEPTH_MAX} deep`, `${depth} deep`);
  return { kind: "json", json, outer };
}

/** A text that is damaged has the replacement character in it, and then the strict decoder says what is wrong: it takes four times as long. */
function textOf(bytes: Uint8Array): string {
  const found = DECODER.decode(bytes);
  return found.includes(REPLACEMENT) ? STRICT_DECODER.decode(bytes) : found;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const CLIP_CHARS = 60;
const ISSUES_MAX = 5;

function clip(value: unknown): string {
  if (value === undefined) return "nothing";
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "an array" : "an object";
  const shown = JSON.stringify(value);
  return shown.length > CLIP_CHARS ? `${shown.slice(0, CLIP_CHARS)}…` : shown;
}

function issuesText(error: z.ZodError): string {
  return error.issues.slice(0, ISSUES_MAX).map((issue) => `${issue.path.join(".") || "(root)"}: ${issue.message}`)
    .join("; ");
}
