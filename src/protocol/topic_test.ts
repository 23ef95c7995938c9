import { strict as assert } from "node:assert";
import fc from "fast-check";
import { decodeTopic, encodeTopic, subscriptionTopic } from "./topic.ts";

Deno.test("encodeTopic() writes dots as hyphens", () => {
  assert.equal(
    encodeTopic({ src: "d1.isone.ct.newhaven.orange1.scada", dst: "a", type: "gridworks.event.comm.mqtt.connect" }),
    "gw/d1-isone-ct-newhaven-orange1-scada/to/a/gridworks-event-comm-mqtt-connect",
  );
});

Deno.test("subscriptionTopic() takes any peer when the name is empty", () => {
  assert.equal(subscriptionTopic("d1.isone", "s"), "gw/d1-isone/to/s/#");
  assert.equal(subscriptionTopic("", "d1.isone.scada"), "gw/+/to/d1-isone-scada/#");
});

Deno.test("decodeTopic() reads what is there and leaves the rest empty", () => {
  const none = { kind: "topic", envelope: "gw", src: "a", dst: "", type: "", remainder: [] };
  const table: [topic: string, expected: object][] = [
    ["gw/a-b/to/s/power-watts", { ...none, src: "a.b", dst: "s", type: "power.watts" }],
    ["gw/a/to/s/t/x/y", { ...none, dst: "s", type: "t", remainder: ["x", "y"] }],
    ["gw/a/to", none],
    ["gw/a/power-watts/z", { ...none, remainder: ["power.watts", "z"] }],
    ["gw", { ...none, src: "" }],
    ["", { kind: "problem", problem: "Cannot read topic as it must not be empty" }],
  ];
  for (const [topic, expected] of table) assert.deepEqual(decodeTopic(topic), expected, topic);
});

Deno.test("decodeTopic() gives back every name without a hyphen", () => {
  const name = fc.stringMatching(/^[a-z][a-z0-9]*(\.[a-z0-9]+){0,4}$/);
  fc.assert(fc.property(name, name, name, (src, dst, type) => {
    const parts = { kind: "topic", envelope: "gw", src, dst, type, remainder: [] };
    assert.deepEqual(decodeTopic(encodeTopic({ src, dst, type })), parts);
  }));
});
