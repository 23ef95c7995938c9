import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import * as z from "zod";
import { errorText } from "../core/errors.ts";
import { type Decoded, decodeEnvelope, ENVELOPE_BYTES_MAX } from "./envelope.ts";
import { HEADER_TEXT_MAX } from "./envelope_header.ts";
import { isSurelyFlat, JSON_DEPTH_MAX, jsonDepth, memberText } from "./raw_json.ts";
import { DEFAULT_REGISTRY, type Registry } from "./registry.ts";
import { AnyEvent } from "./types/link_types.ts";
import { bool, text } from "./types/primitives.ts";

/*
 * The plain way to read an envelope: every part by its schema, every character by itself. `decodeEnvelope` takes shorter
 * ways for what is usual, and must give the same for whatever comes.
 */

type JsonObject = { readonly [key: string]: unknown };

const headerText = text.max(HEADER_TEXT_MAX);
const Header = z.object({
  Src: headerText,
  Dst: headerText.default(""),
  MessageType: headerText,
  MessageId: headerText.default(""),
  AckRequired: bool.default(false),
  TypeName: z.literal("gridworks.header").default("gridworks.header"),
  Version: text.default("001"),
  HearthSeq: z.int().positive().optional().catch(undefined),
});

function decodePlainly(bytes: Uint8Array, registry: Registry): Decoded {
  const read = readJson(bytes);
  if (read.kind === "undecodable") return read;
  const { Payload: payload, TypeName: outerType } = read.outer;
  if (outerType !== undefined && outerType !== "gw") {
    return undecodable(`its TypeName must be "gw"`, clip(outerType));
  }
  if (!isObject(payload)) return undecodable("its Payload must be an object", clip(payload));
  const header = readHeader(read.outer["Header"], payload);
  if (header.kind === "undecodable") return header;
  const { fields } = header;
  const rest = {
    payloadText: plainMemberText(read.json, "Payload") ?? JSON.stringify(payload),
    ...(header.hearthSeq === undefined ? {} : { hearthSeq: header.hearthSeq }),
  };
  const schema = registry.schema(fields.type);
  const parsed = schema?.safeParse(payload);
  if (parsed?.success) return { kind: "message", message: { ...fields, payload: parsed.data }, ...rest };
  if (fields.type.startsWith("gridworks.event")) {
    const any = AnyEvent.safeParse(payload);
    if (any.success) return { kind: "message", message: { ...fields, payload: any.data }, ...rest };
    return undecodable(`its Payload must be an event of type "${fields.type}"`, issuesText(parsed?.error ?? any.error));
  }
  if (parsed === undefined) return { kind: "unknown_type", message: { ...fields, payload: undefined }, ...rest };
  return undecodable(`its Payload must be a "${fields.type}"`, issuesText(parsed.error));
}

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
    json = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (thrown) {
    return undecodable("it must be UTF-8", errorText(thrown));
  }
  try {
    outer = JSON.parse(json);
  } catch (thrown) {
    return undecodable("it must be JSON", errorText(thrown));
  }
  if (!isObject(outer)) return undecodable("it must be a JSON object", clip(outer));
  const depth = plainDepth(json);
  if (depth > JSON_DEPTH_MAX) return undecodable(`it must nest at most ${JSON_DEPTH_MAX} deep`, `${depth} deep`);
  return { kind: "json", json, outer };
}

function readHeader(
  header: unknown,
  payload: JsonObject,
) {
  if (header !== undefined && !isObject(header)) return undecodable("its Header must be an object", clip(header));
  const merged: Record<string, unknown> = { ...header };
  for (const key of ["Src", "Dst", "MessageId", "AckRequired"]) {
    if (Object.hasOwn(payload, key)) merged[key] = payload[key];
  }
  if (typeof payload["TypeName"] !== "string") {
    return undecodable("its Payload must have a TypeName", clip(payload["TypeName"]));
  }
  merged["MessageType"] = payload["TypeName"];
  const parsed = Header.safeParse(merged);
  if (!parsed.success) return undecodable("its header must be complete", issuesText(parsed.error));
  const { Src, Dst, MessageType, MessageId, AckRequired, HearthSeq } = parsed.data;
  return {
    kind: "header" as const,
    fields: { src: Src, dst: Dst, type: MessageType, messageId: MessageId, ackRequired: AckRequired },
    hearthSeq: HearthSeq,
  };
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
function plainDepth(json: string): number {
  let depth = 0;
  let deepest = 0;
  for (let at = 0; at < json.length; at++) {
    const char = json[at];
    if (char === '"') at = plainEndOfString(json, at) - 1;
    else if (char === "{" || char === "[") deepest = Math.max(deepest, ++depth);
    else if (char === "}" || char === "]") depth--;
  }
  return deepest;
}

function plainMemberText(json: string, key: string): string | undefined {
  let found: string | undefined;
  let at = json.indexOf("{") + 1;
  while (at > 0 && at < json.length) {
    const open = json.indexOf('"', at);
    if (open === -1) break;
    const close = plainEndOfString(json, open);
    const start = json.indexOf(":", close) + 1;
    const end = plainEndOfValue(json, start);
    if (JSON.parse(json.slice(open, close)) === key) found = json.slice(start, end).trim();
    at = end + 1;
  }
  return found;
}

function plainEndOfString(json: string, open: number): number {
  let at = open + 1;
  while (at < json.length && json[at] !== '"') at += json[at] === "\\" ? 2 : 1;
  return at + 1;
}

function plainEndOfValue(json: string, start: number): number {
  let depth = 0;
  let at = start;
  while (at < json.length) {
    const char = json[at];
    if (char === '"') {
      at = plainEndOfString(json, at);
      continue;
    }
    if (depth === 0 && (char === "," || char === "}")) return at;
    if (char === "{" || char === "[") depth++;
    else if (char === "}" || char === "]") depth--;
    at++;
  }
  return at;
}

const DATA = Deno.env.get("HEARTH_REFERENCE_DATA");
const TEXTS_EACH = 60;

interface Dice {
  below(count: number): number;
  of<T>(all: readonly T[]): T;
}

function dice(seed: number): Dice {
  let state = seed >>> 0;
  function below(count: number): number {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor(state / 2 ** 32 * count);
  }
  return { below, of: (all) => all[below(all.length)]! };
}

/** Values that a schema takes unchanged, changes, or refuses, at one key or another. */
const VALUES = [
  "null",
  "true",
  "false",
  "0",
  "-0",
  "1",
  "1.0",
  "1.5",
  "1e400",
  "9007199254740991",
  "9007199254740992",
  "-3",
  '""',
  '"yes"',
  '"off"',
  '" 12 "',
  '"1700000000000"',
  '"gw"',
  '"gridworks.header"',
  '"gridworks.event"',
  '"gridworks.event.peer.unknown"',
  '"gridworks.event.comm.peer.active"',
  '"power.watts"',
  '"\\\\"',
  '"\\""',
  '"\\\\\\",{"',
  '"\\u0000"',
  '"\ufffd"',
  '"}{]["',
  "[]",
  "{}",
  '[{"a":[]}]',
  '{"Src":"x"}',
  `"${"x".repeat(HEADER_TEXT_MAX)}"`,
  `"${"x".repeat(HEADER_TEXT_MAX + 1)}"`,
  `"${"\u{1F525}".repeat(HEADER_TEXT_MAX / 2)}"`,
  "[".repeat(98) + "]".repeat(98),
  "[".repeat(JSON_DEPTH_MAX) + "]".repeat(JSON_DEPTH_MAX),
  `[${"[],".repeat(JSON_DEPTH_MAX)}{}]`,
];
const KEYS = [
  "Header",
  "Payload",
  "TypeName",
  "Src",
  "Dst",
  "MessageId",
  "MessageType",
  "AckRequired",
  "HearthSeq",
  "Version",
  "TimeCreatedMs",
  "__proto__",
  "constructor",
  "5",
  "P\\u0061yload",
  "Sr\\u0063",
];

function seeds(): readonly string[] {
  const event = {
    MessageId: "e-1",
    TimeCreatedMs: 1_700_000_000_000,
    Src: "a.b",
    TypeName: "gridworks.event.peer.unknown",
  };
  const header = { Src: "a.b", Dst: "l", MessageType: "x", MessageId: "e-1", AckRequired: true, HearthSeq: 7 };
  const made = [
    { Header: header, Payload: { ...event, N: 1, Text: '20 \u00b0C \\ "' }, TypeName: "gw" },
    { Payload: { ...event, Src: "peer" }, Header: { Src: "a" } },
    { Header: header, Payload: { TypeName: "power.watts", Watts: 10, Version: "000" } },
    { Header: { Src: "a" }, Payload: { TypeName: "nobody.knows", Note: [1, { a: [] }] } },
  ].map((one) => JSON.stringify(one));
  if (DATA === undefined) return made;
  const lines = readFileSync(`${DATA}/proactor-wire-capture.jsonl`, "utf8").trim().split("\n");
  return [...made, ...lines.map((line) => JSON.parse(line).payload as string)];
}

/** Changes values, keys, members or bytes of a text; most of what comes out is still JSON. */
function mutated(text: string, { below, of }: Dice): Uint8Array {
  let changed = text;
  for (let times = below(3); times >= 0; times--) {
    const places = [...changed.matchAll(/"(?:[^"\\]|\\.)*"(?=:)/g)];
    const place = of(places);
    if (place === undefined) break;
    const after = place.index + place[0].length + 1;
    const member = `"${of(KEYS)}":${of(VALUES)},`;
    const value = /^("(?:[^"\\]|\\.)*"|[\w.+-]+)/.exec(changed.slice(after))?.[0] ?? "";
    const ways = [
      () => changed.slice(0, place.index) + member + changed.slice(place.index),
      () => value === "" ? changed : changed.slice(0, after) + of(VALUES) + changed.slice(after + value.length),
      () => `${changed.slice(0, place.index)}"${of(KEYS)}"${changed.slice(after - 1)}`,
      () => changed.replace(/\}([^}]*)$/, `,${member.slice(0, -1)}}$1`),
      () => `${changed.slice(0, after)} \n\t${changed.slice(after)}`,
    ];
    changed = of(ways)();
  }
  const bytes = new TextEncoder().encode(changed);
  if (below(8) > 0) return bytes;
  if (below(2) === 0) return bytes.subarray(0, below(bytes.length));
  bytes[below(bytes.length)] = below(256);
  return bytes;
}

/** What `deepEqual` does not see: the order of keys, -0, and what is only inherited. */
function shown(decoded: Decoded): string {
  return JSON.stringify(decoded, (_key, value) => Object.is(value, -0) ? "-0" : value);
}

Deno.test("decodeEnvelope() gives what the plain way gives for whatever comes", () => {
  const random = dice(20_241_121);
  const kinds = { message: 0, unknown_type: 0, undecodable: 0 };
  for (const seed of seeds()) {
    for (let count = 0; count < TEXTS_EACH; count++) {
      const bytes = count === 0 ? new TextEncoder().encode(seed) : mutated(seed, random);
      const found = decodeEnvelope(bytes, DEFAULT_REGISTRY);
      const wanted = decodePlainly(bytes, DEFAULT_REGISTRY);
      kinds[found.kind]++;
      assert.deepEqual(found, wanted, new TextDecoder().decode(bytes));
      assert.equal(shown(found), shown(wanted));
    }
  }
  for (const [kind, count] of Object.entries(kinds)) assert.ok(count > 20, `${kind}: ${count}`);
});

Deno.test("jsonDepth(), isSurelyFlat() and memberText() see what a look at each character sees", () => {
  const random = dice(20_241_122);
  const all = seeds();
  let read = 0;
  for (let count = 0; count < 2_000; count++) {
    const json = new TextDecoder().decode(mutated(random.of(all), random));
    try {
      JSON.parse(json);
    } catch {
      continue;
    }
    read++;
    assert.equal(jsonDepth(json), plainDepth(json), json);
    if (isSurelyFlat(json, JSON_DEPTH_MAX)) assert.ok(plainDepth(json) <= JSON_DEPTH_MAX, json);
    for (const key of KEYS) assert.equal(memberText(json, key), plainMemberText(json, key), json);
  }
  assert.ok(read > 1_000, `${read} were JSON`);
});
