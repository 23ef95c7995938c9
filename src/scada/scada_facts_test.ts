import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { OutsideDataError } from "../core/errors.ts";
import { scadaFacts } from "./scada_facts.ts";

const TEXT = readFileSync(new URL("../../layouts/simple_house.json", import.meta.url), "utf8");

Deno.test("scadaFacts() refuses components and relay words of the wrong type as outside data", () => {
  const relay = { ChannelName: "hp-call-relay1", DeEnergizingEvent: "OpenRelay", EventType: 7 };
  for (const list of [7, [{ ConfigList: [] }], [{ TypeName: "x", ConfigList: [relay] }]]) {
    const layout = { ...JSON.parse(TEXT) as object, OtherComponents: list };
    assert.throws(() => scadaFacts(layout), (thrown: unknown) => {
      assert.ok(thrown instanceof OutsideDataError, String(thrown));
      assert.match(thrown.message, /^Cannot use the layout as it must name (components|the words of its relays): /);
      return true;
    });
  }
});
