import * as z from "zod";
import type { Message } from "../core/message.ts";
import { bool, text } from "./types/primitives.ts";

/**
 * Most characters of a name, type or id in a header; a longer one is undecodable. They are remembered, by the ten thousand
 * where events are told apart, so that none may have the size of a message.
 */
export const HEADER_TEXT_MAX = 1_024;

/** An object that `JSON.parse` made: none of its values is undefined. */
export type JsonObject = { readonly [key: string]: unknown };

/** The parts of a message that go into its header. */
export type HeaderFields = Omit<Message, "payload">;

/** What a header says. `hearthSeq` is the sender's row number, only from a Hearth peer. */
export type ReadHeader =
  | { readonly kind: "header"; readonly fields: HeaderFields; readonly hearthSeq: number | undefined }
  | { readonly kind: "refused"; readonly error: z.ZodError };

const TYPE_NAME = "gridworks.header";
const VERSION = "001";

const headerText = text.max(HEADER_TEXT_MAX);
/** What a header must be; `headerAsSent` takes the usual one without it. */
const Header = z.object({
  Src: headerText,
  Dst: headerText.default(""),
  MessageType: headerText,
  MessageId: headerText.default(""),
  AckRequired: bool.default(false),
  TypeName: z.literal(TYPE_NAME).default(TYPE_NAME),
  Version: text.default(VERSION),
  HearthSeq: z.int().positive().optional().catch(undefined),
});

/** The override rule: what the payload says of Src, Dst, MessageId, AckRequired and its type counts, not the header. */
export function readHeader(header: JsonObject | undefined, payload: JsonObject, type: string): ReadHeader {
  return headerAsSent(header ?? {}, payload, type) ?? headerBySchema(header, payload, type);
}

function headerBySchema(header: JsonObject | undefined, payload: JsonObject, type: string): ReadHeader {
  const merged: Record<string, unknown> = { ...header };
  for (const key of ["Src", "Dst", "MessageId", "AckRequired"]) {
    if (Object.hasOwn(payload, key)) merged[key] = payload[key];
  }
  merged["MessageType"] = type;
  const parsed = Header.safeParse(merged);
  if (!parsed.success) return { kind: "refused", error: parsed.error };
  const { Src, Dst, MessageType, MessageId, AckRequired, HearthSeq } = parsed.data;
  return {
    kind: "header",
    fields: { src: Src, dst: Dst, type: MessageType, messageId: MessageId, ackRequired: AckRequired },
    hearthSeq: HearthSeq,
  };
}

/** Undefined unless all is as the schema takes it unchanged: it takes four times as long. */
function headerAsSent(header: JsonObject, payload: JsonObject, type: string): ReadHeader | undefined {
  const src = said(payload["Src"], header["Src"], undefined);
  const dst = said(payload["Dst"], header["Dst"], "");
  const messageId = said(payload["MessageId"], header["MessageId"], "");
  const ackRequired = said(payload["AckRequired"], header["AckRequired"], false);
  if (typeof ackRequired !== "boolean" || !isHeaderText(type)) return undefined;
  if (!isHeaderText(src) || !isHeaderText(dst) || !isHeaderText(messageId)) return undefined;
  const { TypeName: name = TYPE_NAME, Version: version = VERSION, HearthSeq: seq } = header;
  if (name !== TYPE_NAME || typeof version !== "string") return undefined;
  const hearthSeq = Number.isSafeInteger(seq) && (seq as number) > 0 ? seq as number : undefined;
  return { kind: "header", fields: { src, dst, type, messageId, ackRequired }, hearthSeq };
}

function said(inPayload: unknown, inHeader: unknown, otherwise: unknown): unknown {
  if (inPayload !== undefined) return inPayload;
  return inHeader === undefined ? otherwise : inHeader;
}

function isHeaderText(value: unknown): value is string {
  return typeof value === "string" && value.length <= HEADER_TEXT_MAX;
}
