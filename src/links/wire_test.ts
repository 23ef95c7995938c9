import { strict as assert } from "node:assert";
import { ackPayload, decodeEnvelope, DEFAULT_REGISTRY, encodeEnvelope } from "../protocol/mod.ts";
import type { LinkConfig } from "./port.ts";
import { ackWriter, encodeRow, plainAck, sendTopics } from "./wire.ts";

const TOPIC = "gw/d1-ltn/to/s/gridworks-ack";
const ID = "48655515-d7b2-4623-a1c9-9a52e2bc2dd0";
const HEADER = { src: "d1.ltn", dst: "s", type: "gridworks.ack", messageId: "", ackRequired: false };
const PLAIN = new TextDecoder().decode(encodeEnvelope({ ...HEADER, payload: ackPayload(ID) }));

function read(text: string, topic = TOPIC): string | undefined {
  return plainAck(topic, new TextEncoder().encode(text));
}

Deno.test("plainAck() reads an ack as Hearth writes it", () => {
  assert.equal(read(PLAIN), ID);
});

Deno.test("plainAck() leaves to the decoder what is not exactly such an ack", () => {
  const others = [
    "",
    ` ${PLAIN}`,
    `\ufeff${PLAIN}`,
    PLAIN.replace('"gridworks.ack"}', '"gridworks.ack","Src":"x"}'),
    PLAIN.replace('"MessageId":""', '"MessageId":"1"'),
    PLAIN.replace('"AckRequired":false', '"AckRequired":true'),
    PLAIN.replace(ID, `${ID}"`),
    PLAIN.replace(ID, "ä"),
    PLAIN.replace(ID, "x".repeat(65)),
    PLAIN.replace('"TypeName":"gw"', '"TypeName":"gws"'),
    PLAIN.slice(0, -1),
  ];
  assert.deepEqual(others.filter((text) => read(text) !== undefined), []);
  assert.equal(read(PLAIN, "gw/d1-ltn/to/s/gridworks-ping"), undefined);
});

Deno.test("ackWriter() writes what the encoder would, whatever is acked", () => {
  const link = { peerShortName: "s" } as LinkConfig;
  const acks = ackWriter("d1.ltn", link);
  assert.equal(sendTopics("d1.ltn", link)(acks.type), TOPIC);
  for (const id of [ID, "", 'a"b\\', "\u0000", "ä"]) {
    assert.deepEqual(acks.bytes(id), encodeEnvelope({ ...HEADER, payload: ackPayload(id) }));
  }
});

const UPSTREAM: LinkConfig = {
  name: "up",
  connection: "broker",
  role: "upstream",
  peerLongName: "d1.ltn",
  peerShortName: "ltn",
  ownShortName: "s",
};

Deno.test("encodeRow() sends a problem that the peer can read in the place of a row whose type has a mebibyte", () => {
  const type = "x".repeat(1_048_000);
  const bytes = new TextEncoder().encode(JSON.stringify({ TypeName: type }));
  const sent = encodeRow({ seq: 1, lane: 2, class: type, messageId: "m1", bytes }, UPSTREAM, {
    ownLongName: "d1.scada",
    wallMs: 1_763_683_200_000,
    clocks: { mark: () => ({ clock: "", offsetMs: 0 }), offsetMs: () => undefined },
    registry: DEFAULT_REGISTRY,
    withSeq: false,
    isRefused: true,
  });
  const decoded = decodeEnvelope(sent.bytes, DEFAULT_REGISTRY);
  assert.equal(decoded.kind === "message" && decoded.message.messageId, "m1");
});
