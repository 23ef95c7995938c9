import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import type { Layout } from "./layout.ts";
import { loadLayout } from "./load_layout.ts";

const DATA = Deno.env.get("HEARTH_REFERENCE_DATA");
const WHY = DATA === undefined ? " (skipped: HEARTH_REFERENCE_DATA is not set)" : "";

type Document = ReturnType<typeof smallHouse>;

const CAC = "28897ac1-ea42-4633-96d3-196f63f5a951";
const METER = "2bfd0036-0b0e-4732-8790-bc7d0536a85e";

/** A house with a meter: the smallest layout that has every kind of reference. */
function smallHouse() {
  return {
    MyLeafTransactiveNodeGNode: { GNodeId: "c4c9a280-453f-4c36-a081-970a3774b3ed", Alias: "d1.house" },
    MyScadaGNode: { GNodeId: "c9794c6d-e013-4d74-9570-f9ba4b0f0b0d", Alias: "d1.house.scada" },
    MyTerminalAssetGNode: { GNodeId: "e250a99c-7b7f-469a-8f54-96ea83e95112", Alias: "d1.house.ta" },
    ShNodes: [
      { Name: "s", ActorClass: "PrimaryScada", ShNodeId: "259f9431-c6a1-4170-8766-04cbf65cff4a" },
      { Name: "auto", ActorClass: "NoActor", ShNodeId: "259f9431-c6a1-4170-8766-04cbf65cff4b" },
      {
        Name: "power-meter",
        ActorClass: "PowerMeter",
        ActorHierarchyName: "s.power-meter",
        Handle: "auto.power-meter",
        ComponentId: METER,
        ShNodeId: "259f9431-c6a1-4170-8766-04cbf65cff4c",
      },
      { Name: "hp-odu", ActorClass: "NoActor", ShNodeId: "259f9431-c6a1-4170-8766-04cbf65cff4d" },
    ] as Record<string, unknown>[],
    DataChannels: [{
      Name: "hp-odu-pwr",
      DisplayName: "Outdoor unit",
      AboutNodeName: "hp-odu",
      CapturedByNodeName: "power-meter",
      TelemetryName: "PowerW",
      TerminalAssetAlias: "d1.house.ta",
      Id: "4cb6a9e6-24c4-4b72-9a7d-af5b884c83bd",
    }] as Record<string, unknown>[],
    ElectricMeterCacs: [{
      ComponentAttributeClassId: CAC,
      MakeModel: "GRIDWORKS__SIMPM1",
      TypeName: "electric.meter.cac.gt",
    }] as Record<string, unknown>[],
    ElectricMeterComponents: [{
      ComponentId: METER,
      ComponentAttributeClassId: CAC,
      ConfigList: [{ ChannelName: "hp-odu-pwr", CapturePeriodS: 300, AsyncCapture: false, Exponent: 0, Unit: "W" }],
      TypeName: "electric.meter.component.gt",
    }] as Record<string, unknown>[],
  };
}

function load(document: unknown): string[] | Layout {
  const loaded = loadLayout(JSON.stringify(document), "house.json");
  return loaded.kind === "layout" ? loaded.layout : loaded.problems.map(({ text }) => text.replace(/:\d+:\d+/, ""));
}

function loaded(document: unknown): Layout {
  const layout = load(document);
  return Array.isArray(layout) ? assert.fail(layout.join("\n")) : layout;
}

Deno.test("loadLayout() answers who is who and who commands whom", () => {
  const layout = loaded(smallHouse());
  assert.deepEqual(layout.aliases, { ltn: "d1.house", scada: "d1.house.scada", terminalAsset: "d1.house.ta" });
  assert.deepEqual(layout.actorsOf("s").map(({ name }) => name), ["power-meter"]);
  assert.deepEqual(layout.subordinatesOf("auto"), ["power-meter"]);
  assert.deepEqual([layout.bossOf("power-meter"), layout.bossOf("s"), layout.bossOf("none")], [
    "auto",
    undefined,
    undefined,
  ]);
  assert.equal(layout.handle("power-meter"), "auto.power-meter");
  assert.equal(layout.component("power-meter")?.makeModel, "GRIDWORKS__SIMPM1");
  assert.equal(layout.channel("hp-odu-pwr")?.config?.CapturePeriodS, 300);
  assert.deepEqual(layout.channelsOf("power-meter").map(({ name }) => name), ["hp-odu-pwr"]);
  assert.deepEqual(layout.generic, ["electric.meter.component.gt"]);
  assert.deepEqual(layout.warnings, []);
});

Deno.test("loadLayout() says what is wrong, one problem for one fault", () => {
  const table: [fault: (house: Document) => unknown, expected: string][] = [
    [
      (h) => h.ShNodes[0]!["ActorClass"] = "PrimaryScda",
      '/ShNodes/0/ActorClass: wanted one of 40 known values, found "PrimaryScda" (did you mean "PrimaryScada")',
    ],
    [
      (h) => h.ShNodes.push({ Name: "s", ActorClass: "NoActor", ShNodeId: METER.replace("0b0e", "0b0f") }),
      '/ShNodes/4/Name: wanted a value that is there once, found "s" again',
    ],
    [
      (h) => h.ShNodes[3]!["Handle"] = "auto.power-meter",
      '/ShNodes/3/Handle: wanted a value that is there once, found "auto.power-meter" again',
    ],
    [
      (h) => h.ShNodes[3]!["Handle"] = "atuo.hp-odu",
      '/ShNodes/3/Handle: wanted a boss with handle "atuo", found "atuo" (did you mean "auto")',
    ],
    [
      (h) => h.ShNodes[3]!["ActorHierarchyName"] = "s2.hp-odu",
      '/ShNodes/3/ActorHierarchyName: wanted a node at "s2", found "s2" (did you mean "s")',
    ],
    [
      (h) => h.ShNodes[3]!["ComponentId"] = "nothing",
      '/ShNodes/3/ComponentId: wanted a component of the layout, found "nothing"',
    ],
    [
      (h) => delete h.ShNodes[2]!["ComponentId"],
      "/ShNodes/2/ComponentId: wanted a component of type electric.meter.component.gt, found nothing",
    ],
    [
      (h) => h.DataChannels[0]!["AboutNodeName"] = "hp-od",
      '/DataChannels/0/AboutNodeName: wanted a node of the layout, found "hp-od" (did you mean "hp-odu")',
    ],
    [
      (h) => h.DataChannels[0]!["CapturedByNodeName"] = "s",
      '/DataChannels/0/CapturedByNodeName: wanted "power-meter", whose component reads it, found "s"',
    ],
    [
      (h) => h.DataChannels[0]!["InPowerMetering"] = "yes",
      '/DataChannels/0/InPowerMetering: wanted a boolean, found "yes"',
    ],
    [
      (h) => h.DataChannels.push({ ...h.DataChannels[0], Id: METER }),
      '/DataChannels/1/Name: wanted a value that is there once, found "hp-odu-pwr" again',
    ],
    [
      (h) => h.ElectricMeterCacs[0]!["MakeModel"] = "EGAUGE__4030",
      `/ElectricMeterCacs/0/ComponentAttributeClassId: wanted the id of EGAUGE__4030, "739a6e32-bb9c-43bc-a28d-fb61be665522", found "${CAC}"`,
    ],
    [
      (h) => h.ElectricMeterCacs.pop(),
      `/ElectricMeterComponents/0/ComponentAttributeClassId: wanted a CAC of the layout, found "${CAC}"`,
    ],
    [
      (h) => h.ElectricMeterComponents[0]!["ConfigList"] = [],
      '/DataChannels/0/Name: wanted a channel that some ConfigList names, found "hp-odu-pwr"',
    ],
    [(h) => Reflect.deleteProperty(h, "ShNodes"), "/ShNodes: wanted a list, found nothing"],
    [(h) => Object.assign(h, { ShNodes: 5 }), "/ShNodes: wanted a list, found 5"],
  ];
  for (const [fault, expected] of table) {
    const house = smallHouse();
    fault(house);
    assert.deepEqual(load(house), [`house.json ${expected}`]);
  }
});

Deno.test("loadLayout() follows the names that devices give beside their ConfigList", () => {
  const id = "9d045a8d-12ee-43e6-8d7b-11c77b19de2f";
  const component = "6ae8ab0d-4ca6-4b4c-a3a4-0a3ac1b4a5a6";
  const cac = {
    ComponentAttributeClassId: id,
    MakeModel: "GRIDWORKS__PICOFLOWHALL",
    TypeName: "component.attribute.class.gt",
  };
  const base = { ComponentId: component, ComponentAttributeClassId: id, ConfigList: [] };
  const flow = { TypeName: "pico.flow.module.component.gt", ConstantGallonsPerTick: 0.001, FlowNodeName: "hp-odu" };
  const node = {
    Name: "dist-flow",
    ActorClass: "ApiFlowModule",
    ActorHierarchyName: "s.dist-flow",
    ComponentId: component,
    ShNodeId: "259f9431-c6a1-4170-8766-04cbf65cff4e",
  };
  const attribute = { NodeName: "hp-odo", ChannelName: "hp-odu-pwr" };
  const table: [component: object, expected: string[]][] = [
    [flow, []],
    [{ ...flow, FlowNodeName: "hp-odo" }, [
      '/FlowNodeName: wanted a node of the layout, found "hp-odo" (did you mean "hp-odu")',
    ]],
    [{ TypeName: "pico.btu.meter.component.gt", HotChannelName: "hp-odu-pw" }, [
      '/HotChannelName: wanted a data channel of the layout, found "hp-odu-pw" (did you mean "hp-odu-pwr")',
    ]],
    [{ TypeName: "hubitat.poller.component.gt", Poller: { Attributes: [attribute] } }, [
      '/Poller/Attributes/0/NodeName: wanted a node of the layout, found "hp-odo" (did you mean "hp-odu")',
    ]],
  ];
  for (const [more, expected] of table) {
    const house = { ...smallHouse(), OtherCacs: [cac], OtherComponents: [{ ...base, ...more }] };
    const found = load(house);
    const prefix = "house.json /OtherComponents/0";
    assert.deepEqual(Array.isArray(found) ? found : [], expected.map((problem) => `${prefix}${problem}`));
  }
  const house = { ...smallHouse(), OtherCacs: [cac], OtherComponents: [{ ...base, ...flow }] };
  house.ShNodes.push(node);
  assert.deepEqual(load(house), [
    'house.json /DataChannels: wanted a channel "dist-flow", found none',
    'house.json /DataChannels: wanted a channel "dist-flow-hz", found none',
  ]);
});

Deno.test("loadLayout() lists every problem with its line and column", () => {
  const house = smallHouse();
  house.ShNodes[0]!["ShNodeId"] = "no";
  house.DataChannels[0]!["TelemetryName"] = "PowrW";
  const found = loadLayout(JSON.stringify(house, null, 2), "house.json");
  assert.deepEqual(found.kind === "problems" && found.problems.map(({ text }) => text), [
    'house.json:18:19 /ShNodes/0/ShNodeId: wanted a UUID version 4, found "no"',
    'house.json:45:24 /DataChannels/0/TelemetryName: wanted one of 22 known values, found "PowrW" (did you mean "PowerW")',
  ]);
});

Deno.test("loadLayout() says where a text stops being JSON", () => {
  const texts = ['{\n  "ShNodes": [,]\n}', "", '{"a": 1} // no', "[]"];
  const found = texts.map((text) => {
    const loaded = loadLayout(text, "house.json");
    return loaded.kind === "problems" ? loaded.problems.map((problem) => problem.text) : [];
  });
  assert.deepEqual(found, [
    ["house.json:2:15: wanted JSON, found ValueExpected"],
    ["house.json:1:1: wanted JSON, found ValueExpected"],
    ["house.json:1:10: wanted JSON, found InvalidCommentToken"],
    ["house.json:1:1: wanted an object, found []"],
  ]);
});

Deno.test("loadLayout() warns of what houses run with today", () => {
  const house = { ...smallHouse(), Zonelist: ["main"] };
  house.DataChannels[0]!["TerminalAssetAlias"] = "d1.other.ta";
  assert.deepEqual(loaded(house).warnings.map(({ text }) => text.replace(/:\d+:\d+/, "")), [
    'house.json /Zonelist: wanted a known key, found "Zonelist" (did you mean "ZoneList")',
    'house.json /DataChannels/0/TerminalAssetAlias: wanted "d1.house.ta", found "d1.other.ta"',
  ]);
});

Deno.test({
  name: `loadLayout() takes the layouts of the reference${WHY}`,
  ignore: DATA === undefined,
  fn() {
    const table: [file: string, nodes: number, channels: number, warnings: number][] = [
      ["gridworks-scada-layout.json", 43, 29, 0],
      ["gwproto-layout.json", 21, 16, 3],
    ];
    for (const [file, nodes, channels, warnings] of table) {
      const loaded = loadLayout(readFileSync(`${DATA}/${file}`, "utf8"), file);
      if (loaded.kind === "problems") assert.fail(loaded.problems.map(({ text }) => text).join("\n"));
      const { layout } = loaded;
      assert.deepEqual([layout.nodes.length, layout.channels.length, layout.warnings.length], [
        nodes,
        channels,
        warnings,
      ]);
    }
  },
});

Deno.test({
  name: `loadLayout() refuses a House0 layout that breaks a rule of House0${WHY}`,
  ignore: DATA === undefined,
  fn() {
    const text = readFileSync(`${DATA}/gridworks-scada-layout.json`, "utf8");
    const table: [change: object, expected: string[]][] = [
      [{ TotalStoreTanks: 7 }, ["/TotalStoreTanks: wanted 1 to 6 tanks, found 7"]],
      [{ ZoneList: [] }, ["/ZoneList: wanted 1 to 6 zone names, found []"]],
      [{ CriticalZoneList: ["attic"] }, ['/CriticalZoneList: wanted zones of ZoneList, found ["attic"]']],
      [{ ZoneKwhPerDegFList: [1, 2] }, ["/ZoneKwhPerDegFList: wanted 1 numbers, one a zone, found [1,2]"]],
      [{ FlowManifoldVariant: "House1" }, ['/FlowManifoldVariant: wanted "House0" or "House0Sieg", found "House1"']],
      [{ UseSiegLoop: true }, [
        "/UseSiegLoop: wanted false without House0Sieg, found true",
        '/ShNodes: wanted a node "sieg-loop" of class SiegLoop, found none',
      ]],
    ];
    for (const [change, expected] of table) {
      assert.deepEqual(load({ ...JSON.parse(text), ...change }), expected.map((problem) => `house.json ${problem}`));
    }
    const house = JSON.parse(text);
    house.ShNodes = house.ShNodes.filter(({ Name }: { readonly Name: string }) => Name !== "la");
    assert.deepEqual(load(house), ['house.json /ShNodes: wanted a node "la", found none']);
    const relay = loaded(JSON.parse(text)).relayConfig("relay3");
    assert.deepEqual([relay?.RelayIdx, relay?.EnergizingEvent], [3, "ChargeStore"]);
  },
});

Deno.test("loadLayout() refuses a text that is nested too deep, before anything walks it", () => {
  for (const text of ["[".repeat(200_000), '{"a":'.repeat(65) + "1" + "}".repeat(65)]) {
    const result = loadLayout(text, "deep.json");
    assert.ok(result.kind === "problems");
    const column = text.startsWith("[") ? 65 : 321;
    assert.deepEqual(result.problems.map((problem) => problem.text), [
      `deep.json:1:${column}: wanted at most 64 levels of nesting, found more`,
    ]);
  }
});

Deno.test("loadLayout() takes brackets in strings for text, and a string of any length", () => {
  const house = { ...smallHouse(), Note: `${"[{".repeat(100)}\\"${"a".repeat(5_000_000)}` };
  const result = loadLayout(JSON.stringify(house), "house.json");
  assert.equal(result.kind, "layout");
});
