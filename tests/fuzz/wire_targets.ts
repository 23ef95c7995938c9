/** Targets of what comes over the wire: envelopes, topics, payloads, rows. */
import { strict as assert } from "node:assert";
import type { LinkConfig } from "../../src/links/port.ts";
import { encodeRow, topicOwner } from "../../src/links/wire.ts";
import {
  decodeEnvelope,
  decodeTopic,
  DEFAULT_REGISTRY,
  encodeEnvelopeRaw,
  encodeTopic,
  ENVELOPE_BYTES_MAX,
  type EventDraft,
  fillEvent,
  HEADER_TEXT_MAX,
  JSON_DEPTH_MAX,
  jsonDepth,
  memberText,
  subscriptionTopic,
  topicName,
} from "../../src/protocol/mod.ts";
import type { FuzzSeeds } from "./fuzz_seeds.ts";
import { bytesOf, type FuzzTarget, textOf, valueOf } from "./fuzz_target.ts";
import { makeSeed, type Sample } from "./mutate.ts";

/** Most characters of a refusal's text: what of the input is shown in it is clipped. */
const PROBLEM_CHARS_MAX = 20_000;

function runEnvelope(sample: Sample): string {
  const bytes = bytesOf(sample);
  const decoded = decodeEnvelope(bytes, DEFAULT_REGISTRY);
  if (decoded.kind === "undecodable") {
    assert.ok(decoded.problem.length <= PROBLEM_CHARS_MAX, `a refusal of ${decoded.problem.length} characters`);
    return `refused: ${/^Cannot decode message as (its [A-Za-z]+|it) must[^":]{0,40}/.exec(decoded.problem)?.[0]}`;
  }
  assert.ok(bytes.length <= ENVELOPE_BYTES_MAX, "a message beyond the bound was taken");
  const { message, payloadText } = decoded;
  assert.equal(typeof message.messageId, "string");
  assert.equal(typeof message.ackRequired, "boolean");
  for (const one of [message.src, message.dst, message.type, message.messageId]) {
    assert.ok(one.length <= HEADER_TEXT_MAX, `a name of ${one.length} characters`);
  }
  if (decoded.kind === "message") assert.equal(Object.getPrototypeOf(message.payload), Object.prototype);
  const again = decodeEnvelope(encodeEnvelopeRaw(message, payloadText), DEFAULT_REGISTRY);
  // The header that the encoder writes may be longer than the one that was read.
  if (again.kind !== "undecodable") assert.deepEqual({ ...again.message }, { ...message }, "a second reading differs");
  else assert.match(again.problem, /bytes/, again.problem);
  return decoded.kind === "message" ? "taken" : "refused: type not known";
}

function runTopic(sample: Sample): string {
  const topic = textOf(sample);
  const decoded = decodeTopic(topic);
  if (decoded.kind === "problem") return "refused: empty";
  const { envelope, src, dst, type, remainder } = decoded;
  const levels = dst === "" && type === "" && topicName(topic).split("/")[2] !== "to"
    ? [envelope, src, ...remainder]
    : [envelope, src, "to", dst, type, ...remainder];
  assert.ok(levels.join("/").startsWith(topicName(topic)), "a level was lost");
  if (remainder.length === 0 && envelope === "gw" && dst !== "") {
    assert.equal(topicName(encodeTopic({ src, dst, type })), levels.join("/"), "a topic changes on its way");
  }
  const link = { name: "up", connection: "broker", role: "upstream", peerLongName: "hw1.isone.me.hearth.house0" };
  const owner = topicOwner(topic, [{ ...link, peerShortName: "ltn", ownShortName: "s" } as LinkConfig]);
  const isOurs = topicName(topic).startsWith(
    topicName(subscriptionTopic(link.peerLongName, "s")).replace("#", ""),
  );
  if (owner.kind === "link") assert.ok(isOurs || topicName(topic) === `gw/${link.peerLongName}/to/s`, topic);
  return owner.kind === "link" ? "taken" : "refused: not ours";
}

/** Depth as the parser itself sees it. */
function depthOf(value: unknown): number {
  const open: { readonly value: unknown; readonly depth: number }[] = [{ value, depth: 0 }];
  let deepest = 0;
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    if (typeof one.value !== "object" || one.value === null) continue;
    const depth = one.depth + 1;
    deepest = Math.max(deepest, depth);
    for (const part of Object.values(one.value)) open.push({ value: part, depth });
  }
  return deepest;
}

function runRawJson(sample: Sample): string {
  const text = textOf(sample);
  const value = valueOf(text);
  if (value === undefined) return "refused: no JSON";
  const depth = jsonDepth(text);
  // A key that is there twice hides what is below its first value from the parser, not from the count.
  assert.ok(depth >= depthOf(value), `depth ${depth}, but the parser sees ${depthOf(value)}`);
  if (typeof value !== "object" || value === null || Array.isArray(value)) return "refused: no object";
  if (depth > JSON_DEPTH_MAX) return "refused: too deep";
  for (const key of Object.keys(value).slice(0, 20)) {
    const found = memberText(text, key);
    assert.ok(found !== undefined, `member ${JSON.stringify(key)} is not found`);
    const read: unknown = JSON.parse(found);
    assert.deepEqual(read, (value as Record<string, unknown>)[key], `member ${JSON.stringify(key)} differs`);
  }
  assert.equal(memberText(text, "no such key, ever"), undefined);
  return "taken";
}

function runPayload(sample: Sample): string {
  const value = valueOf(sample);
  const type = (value as { readonly TypeName?: unknown } | null | undefined)?.TypeName;
  if (value === undefined || typeof type !== "string") return "refused: no payload";
  const stamp = { messageId: "id", timeCreatedMs: 1, src: "src" };
  const filled = fillEvent(value as EventDraft, stamp);
  assert.equal(filled.TypeName, type);
  assert.deepEqual(Object.keys(filled).slice(0, 4), ["MessageId", "TimeCreatedMs", "Src", "TypeName"].slice(0, 4));
  const schema = DEFAULT_REGISTRY.schema(type);
  if (schema === undefined) return "refused: type not known";
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    assert.ok(parsed.error.issues.length > 0, "refused without a reason");
    return "refused: does not fit";
  }
  const again = schema.safeParse(parsed.data);
  assert.ok(again.success, "what was read once cannot be read again");
  assert.deepEqual(again.data, parsed.data, "a second reading differs");
  return "taken";
}

const UPSTREAM: LinkConfig = {
  name: "up",
  connection: "broker",
  role: "upstream",
  peerLongName: "hw1.isone.me.hearth.house0",
  peerShortName: "ltn",
  ownShortName: "s",
};

/** A wall clock that was never right. */
const CLOCKS = { mark: () => ({ clock: "boot", offsetMs: 0 }), offsetMs: () => undefined };

/** A row of the store that may hold anything: what goes on the wire can always be read, and acks the row. */
function runRow(sample: Sample): string {
  const bytes = bytesOf(sample);
  const type = (valueOf(sample) as { readonly TypeName?: unknown } | null | undefined)?.TypeName;
  const row = {
    seq: 7,
    lane: 2 as const,
    class: typeof type === "string" && type !== "" ? type : "gridworks.event.problem",
    messageId: "97eba574-bd20-45b5-bf82-9ba2f492d8f6",
    bytes,
  };
  const sent = encodeRow(row, UPSTREAM, {
    ownLongName: "hw1.isone.me.hearth.house0.scada",
    wallMs: 1_763_683_200_000,
    clocks: CLOCKS,
    registry: DEFAULT_REGISTRY,
    withSeq: true,
    isRefused: bytes.length % 3 === 0,
  });
  const text = new TextDecoder("utf-8", { fatal: true }).decode(sent.bytes);
  const outer = JSON.parse(text) as { readonly Header: { readonly MessageId: string; readonly MessageType: string } };
  assert.equal(outer.Header.MessageId, row.messageId);
  if (sent.corrupt === undefined) return "taken";
  const decoded = decodeEnvelope(sent.bytes, DEFAULT_REGISTRY);
  assert.equal(decoded.kind, "message", "a problem in a row's place must be readable");
  if (decoded.kind === "message") assert.equal(decoded.message.messageId, row.messageId);
  return `refused: ${sent.corrupt}`;
}

/** The targets of the wire. */
export function wireTargets({ envelopes, payloads, topics }: FuzzSeeds): readonly FuzzTarget[] {
  const json = payloads.map((text) => makeSeed(text, true));
  const wire = envelopes.map((text) => makeSeed(text, true));
  return [
    { name: "envelope", weight: 30, seeds: wire, run: runEnvelope },
    { name: "topic", weight: 5, seeds: topics.map((topic) => makeSeed(topic, false)), run: runTopic },
    { name: "raw json", weight: 6, seeds: wire, run: runRawJson },
    { name: "payload", weight: 8, seeds: json, run: runPayload },
    { name: "stored row", weight: 4, seeds: json, run: runRow },
  ];
}
