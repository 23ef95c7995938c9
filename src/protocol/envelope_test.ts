import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import type { Message } from "../core/message.ts";
import { decodeEnvelope, encodeEnvelope, encodeEnvelopeRaw, ENVELOPE_BYTES_MAX } from "./envelope.ts";
import { HEADER_TEXT_MAX } from "./envelope_header.ts";
import { DEFAULT_REGISTRY } from "./registry.ts";
import { decodeTopic, encodeTopic } from "./topic.ts";

const DATA = Deno.env.get("HEARTH_REFERENCE_DATA");
const WHY = DATA === undefined ? " (skipped: HEARTH_REFERENCE_DATA is not set)" : "";

interface CaptureLine {
  readonly topic: string;
  readonly payload: string;
}

function capture(): CaptureLine[] {
  return readFileSync(`${DATA}/proactor-wire-capture.jsonl`, "utf8").trim().split("\n").map((line) => JSON.parse(line));
}

function decode(text: string) {
  return decodeEnvelope(new TextEncoder().encode(text), DEFAULT_REGISTRY);
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

const HEADER = {
  Src: "a",
  Dst: "b",
  MessageType: "power.watts",
  MessageId: "1",
  AckRequired: true,
  TypeName: "gridworks.header",
  Version: "001",
};
const NO_HEADER = Symbol("no header");
const WATTS = { Watts: 10, TypeName: "power.watts", Version: "000" };

function envelope(payload: unknown, header: unknown = HEADER): string {
  return JSON.stringify({ ...(header === NO_HEADER ? {} : { Header: header }), Payload: payload, TypeName: "gw" });
}

Deno.test({
  name: `decodeEnvelope() takes every line of the reference's capture and encodes to the same text${WHY}`,
  ignore: DATA === undefined,
  fn() {
    const lines = capture();
    let encoded = 0;
    assert.equal(lines.length, 299);
    for (const { topic, payload } of lines) {
      const decoded = decode(payload);
      assert.notEqual(decoded.kind, "undecodable", payload);
      if (decoded.kind === "undecodable") continue;
      const header = JSON.parse(payload).Header;
      const { src, dst, type, messageId, ackRequired } = decoded.message;
      if (src === header.Src && messageId === header.MessageId) {
        encoded++;
        assert.equal(text(encodeEnvelopeRaw(decoded.message, decoded.payloadText)), payload);
      }
      assert.deepEqual([dst, type, ackRequired], [header.Dst, header.MessageType, header.AckRequired], payload);
      const parts = decodeTopic(topic);
      assert.equal(parts.kind === "topic" ? encodeTopic(parts) : "", topic);
    }
    assert.ok(encoded > 250, `${encoded} lines encoded`);
  },
});

Deno.test("encodeEnvelope() writes compact JSON in the reference's key order", () => {
  const message: Message = {
    src: "a.b",
    dst: "s",
    type: "power.watts",
    messageId: "",
    ackRequired: false,
    payload: WATTS,
  };
  assert.equal(
    text(encodeEnvelope(message)),
    '{"Header":{"Src":"a.b","Dst":"s","MessageType":"power.watts","MessageId":"","AckRequired":false,' +
      '"TypeName":"gridworks.header","Version":"001"},"Payload":{"Watts":10,"TypeName":"power.watts","Version":"000"},"TypeName":"gw"}',
  );
  assert.throws(() => encodeEnvelope({ ...message, payload: {} }), TypeError);
});

Deno.test("decodeEnvelope() gives back the row number that encodeEnvelope() was given", () => {
  const message: Message = {
    src: "a",
    dst: "s",
    type: "power.watts",
    messageId: "",
    ackRequired: false,
    payload: WATTS,
  };
  const decoded = decodeEnvelope(encodeEnvelope(message, { hearthSeq: 7 }), DEFAULT_REGISTRY);
  assert.deepEqual(decoded, { kind: "message", message, payloadText: JSON.stringify(WATTS), hearthSeq: 7 });
});

Deno.test("decodeEnvelope() lets the payload override the header", () => {
  const table: [payload: object, header: unknown, expected: Partial<Message> | "undecodable"][] = [
    [WATTS, HEADER, { src: "a", dst: "b", type: "power.watts", messageId: "1", ackRequired: true }],
    [{ ...WATTS, Src: "x" }, HEADER, { src: "x" }],
    [{ ...WATTS, Src: "" }, HEADER, { src: "" }],
    [{ ...WATTS, Dst: "y" }, HEADER, { dst: "y" }],
    [{ ...WATTS, MessageId: "2" }, HEADER, { messageId: "2" }],
    [{ ...WATTS, AckRequired: "no" }, HEADER, { ackRequired: false }],
    [WATTS, { ...HEADER, MessageType: "other" }, { type: "power.watts" }],
    [WATTS, { ...HEADER, AckRequired: "yes", Extra: 1, Version: "9" }, { ackRequired: true }],
    [{ ...WATTS, Src: "x" }, NO_HEADER, { src: "x", dst: "", messageId: "", ackRequired: false }],
    [WATTS, NO_HEADER, "undecodable"],
    [{ ...WATTS, MessageId: 2 }, HEADER, "undecodable"],
    [WATTS, { ...HEADER, Version: 1 }, "undecodable"],
    [WATTS, { ...HEADER, Src: 1 }, "undecodable"],
  ];
  for (const [payload, header, expected] of table) {
    const decoded = decode(envelope(payload, header));
    if (expected === "undecodable") assert.equal(decoded.kind, expected, JSON.stringify(payload));
    else if (decoded.kind !== "message") assert.fail(JSON.stringify(decoded));
    else {for (const [key, value] of Object.entries(expected)) {
        assert.equal(decoded.message[key as keyof Message], value);
      }}
  }
});

Deno.test("decodeEnvelope() judges types as the reference does", () => {
  const event = { MessageId: "m", Src: "s", TypeName: "gridworks.event.x", TimeCreatedMs: 5, Extra: { a: [1] } };
  const table: [payload: unknown, kind: string][] = [
    [event, "message"],
    [{ ...event, TypeName: "gridworks.eventsoever" }, "message"],
    [{ ...event, TypeName: "gridworks.event.problem" }, "message"],
    [{ MessageId: "m", TypeName: "gridworks.event.x" }, "undecodable"],
    [{ MessageId: "m", TypeName: "report.event" }, "undecodable"],
    [{ TypeName: "some.type" }, "unknown_type"],
    [{ Watts: "many", TypeName: "power.watts" }, "undecodable"],
    [{ Watts: "10", TypeName: "power.watts" }, "message"],
    [{ Watts: 10 }, "undecodable"],
    [[], "undecodable"],
    [null, "undecodable"],
  ];
  for (const [payload, kind] of table) assert.equal(decode(envelope(payload)).kind, kind, JSON.stringify(payload));
  const known = decode(envelope({ ...event, TypeName: "gridworks.event.problem" }));
  assert.equal(known.kind === "message" && (known.message.payload as { Extra: unknown }).Extra !== undefined, true);
});

Deno.test("decodeEnvelope() keeps the payload's text as it was sent", () => {
  const payloads = [
    '{ "MessageId":"m","Src":"s","TypeName":"gridworks.event.x","V":2.0,"Big":12345678901234567890,"S":"}\\"{," }',
    '{"TypeName":"gridworks.event.x","MessageId":"m","Src":"\\u00e9","L":[{},[],-0.0,1e-7]}',
  ];
  for (const payload of payloads) {
    const header = JSON.stringify(HEADER);
    const decoded = decode(
      ` {"Payload": {"TypeName":"power.watts","Watts":1}, "Header" : ${header} ,"P\\u0061yload" :${payload} }`,
    );
    assert.equal(decoded.kind === "message" && decoded.payloadText, payload);
  }
});

Deno.test("decodeEnvelope() refuses what is too large, too deep, not UTF-8, marked or foreign", () => {
  const good = new TextEncoder().encode(envelope(WATTS));
  const bom = new Uint8Array([0xef, 0xbb, 0xbf, ...good]);
  const broken = good.slice();
  broken[20] = 0xff;
  const deep = envelope({ ...WATTS, Deep: 0 }).replace(
    '"Deep":0',
    `"Deep":${"[".repeat(400_000)}${"]".repeat(400_000)}`,
  );
  const problems = [
    decodeEnvelope(new Uint8Array(ENVELOPE_BYTES_MAX + 1), DEFAULT_REGISTRY),
    decodeEnvelope(bom, DEFAULT_REGISTRY),
    decode(deep),
    decode(envelope(WATTS).replace('"gw"', '"wg"')),
  ].map((decoded) => decoded.kind === "undecodable" ? decoded.problem : decoded.kind);
  assert.deepEqual(problems, [
    "Cannot decode message as it must have at most 1048576 bytes: 1048577 bytes",
    "Cannot decode message as it must not begin with a byte order mark: EF BB BF",
    "Cannot decode message as it must nest at most 200 deep: 400002 deep",
    'Cannot decode message as its TypeName must be "gw": "wg"',
  ]);
  assert.equal(decodeEnvelope(broken, DEFAULT_REGISTRY).kind, "undecodable");
});

Deno.test("decodeEnvelope() refuses names, types and ids that nobody could remember many of", () => {
  const longest = "x".repeat(HEADER_TEXT_MAX);
  for (const key of ["Src", "Dst", "MessageId"]) {
    assert.equal(decode(envelope(WATTS, { ...HEADER, [key]: longest })).kind, "message", key);
    assert.equal(decode(envelope(WATTS, { ...HEADER, [key]: `${longest}x` })).kind, "undecodable", key);
    assert.equal(decode(envelope({ ...WATTS, [key]: `${longest}x` })).kind, "undecodable", `${key} of the payload`);
  }
  assert.equal(decode(envelope({ TypeName: longest })).kind, "unknown_type");
  assert.equal(decode(envelope({ TypeName: `${longest}x` })).kind, "undecodable");
});

Deno.test("decodeEnvelope() never throws and refuses every truncation", () => {
  const bytes = new TextEncoder().encode(envelope({ ...WATTS, Note: '20 °C \\ "' }));
  for (let length = 0; length < bytes.length; length++) {
    assert.equal(decodeEnvelope(bytes.subarray(0, length), DEFAULT_REGISTRY).kind, "undecodable", `${length} bytes`);
  }
});
