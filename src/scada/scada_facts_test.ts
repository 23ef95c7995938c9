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

Deno.test("scadaFacts() names the relays of every board in the one relay component that the wire has", () => {
  const layout = JSON.parse(TEXT) as {
    readonly OtherComponents: readonly { readonly ConfigList: readonly object[] }[];
  };
  const [board] = layout.OtherComponents;
  const first = { ...board!, TypeName: "gw108.vdc.relay.component.gt", ConfigList: board!.ConfigList.slice(0, 1) };
  const second = { ...board!, ComponentId: "second", ConfigList: board!.ConfigList.slice(1) };
  const { relayComponent, relays } = scadaFacts({ ...layout, OtherComponents: [first, second] });
  const { ComponentId, ConfigList } = relayComponent as unknown as {
    readonly ComponentId: string;
    readonly ConfigList: readonly { readonly ActorName: string }[];
  };
  assert.equal(ComponentId, "second", "the type that the wire has");
  assert.deepEqual(ConfigList.map(({ ActorName }) => ActorName), ["relay2", "relay3", "relay4", "relay1"]);
  assert.equal(relays.length, 4);
  assert.deepEqual(scadaFacts(layout).relayComponent, board, "one board is passed on as it is");
  assert.equal(scadaFacts({ ...layout, OtherComponents: [] }).relayComponent, null);
});
