import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { loadLayout } from "./load_layout.ts";

const DATA = Deno.env.get("HEARTH_REFERENCE_DATA");
const WHY = DATA === undefined ? " (skipped: HEARTH_REFERENCE_DATA is not set)" : "";

// deno-lint-ignore no-explicit-any -- A fault may be of any shape.
type House = any;

const simple: House = JSON.parse(readFileSync(new URL("../../layouts/simple_house.json", import.meta.url), "utf8"));

/** Problems of a layout after one fault, without file and place. */
function problemsAfter(layout: unknown, fault: (house: House) => void): readonly string[] {
  const house = structuredClone(layout);
  fault(house);
  const loaded = loadLayout(JSON.stringify(house), "h");
  return loaded.kind === "layout" ? [] : loaded.problems.map(({ text }) => text.replace(/^h:\d+:\d+ /, ""));
}

function checkTable(layout: unknown, table: readonly (readonly [fault: (house: House) => void, text: string])[]): void {
  for (const [fault, expected] of table) assert.deepEqual(problemsAfter(layout, fault), [expected]);
}

const ADS = "/Ads111xBasedComponents/0";
const ADS_CAC = "/Ads111xBasedCacs/0";
const METER = "/ElectricMeterComponents/0";
const RELAYS = "/OtherComponents/0";

Deno.test("loadLayout() refuses a device that is used beyond what it can do", () => {
  checkTable(simple, [
    [
      (h) => h.Ads111xBasedComponents[0].ConfigList[0].TerminalBlockIdx = 13,
      `${ADS}/ConfigList/0/TerminalBlockIdx: wanted an integer from 1 to 12, found 13`,
    ],
    [
      (h) => h.Ads111xBasedComponents[0].ConfigList[0].TerminalBlockIdx = 0,
      `${ADS}/ConfigList/0/TerminalBlockIdx: wanted an integer from 1 to 12, found 0`,
    ],
    [
      (h) => h.Ads111xBasedComponents[0].ConfigList[1].TerminalBlockIdx = 1,
      `${ADS}/ConfigList/1/TerminalBlockIdx: wanted a value that is there once, found 1 again`,
    ],
    [
      (h) => h.Ads111xBasedCacs[0].TotalTerminalBlocks = 13,
      `${ADS_CAC}/TotalTerminalBlocks: wanted 9 to 12, as there are 3 chips, found 13`,
    ],
    [
      (h) => h.Ads111xBasedCacs[0].AdsI2cAddressList = [72, 73, 72],
      `${ADS_CAC}/AdsI2cAddressList: wanted each address once, found [72,73,72]`,
    ],
    [
      (h) => h.Ads111xBasedComponents[0].OpenVoltageByAds = [4.9, 4.9],
      `${ADS}/OpenVoltageByAds: wanted 3 numbers, one a chip, found [4.9,4.9]`,
    ],
    [
      (h) => h.Ads111xBasedComponents[0].OpenVoltageByAds[2] = 3.3,
      `${ADS}/OpenVoltageByAds/2: wanted 4.5 to 5.5 V, found 3.3`,
    ],
    [
      (h) => h.OtherComponents[0].ConfigList[0].RelayIdx = 33,
      `${RELAYS}/ConfigList/0/RelayIdx: wanted an integer from 1 to 32, found 33`,
    ],
    [
      (h) => h.ElectricMeterComponents[0].ModbusHost = "egauge.local",
      `${METER}/ModbusPort: wanted a value, as ModbusHost has one, found nothing`,
    ],
    [
      (h) => Object.assign(h.ElectricMeterComponents[0], { ModbusHost: "egauge.local", ModbusPort: 0 }),
      `${METER}/ModbusPort: wanted an integer from 1 to 65535, found 0`,
    ],
    [
      (h) => h.DataChannels[1].TelemetryName = "WattHours",
      '/DataChannels/1/TelemetryName: wanted "PowerW" from a PowerMeter, found "WattHours"',
    ],
  ]);
});

Deno.test("loadLayout() refuses keys in snake case", () => {
  checkTable(simple, [
    [
      (h) => h.ShNodes[0].nameplate_power_w = 1,
      '/ShNodes/0/nameplate_power_w: wanted "NameplatePowerW", found "nameplate_power_w"',
    ],
    [
      (h) => h.OtherComponents[0].ConfigList[0].relay_idx = 1,
      `${RELAYS}/ConfigList/0/relay_idx: wanted "RelayIdx", found "relay_idx"`,
    ],
  ]);
});

Deno.test("loadLayout() refuses a config that does not agree with itself", () => {
  checkTable(simple, [
    [
      (h) => h.Ads111xBasedComponents[0].ConfigList[0].CapturePeriodS = 5,
      `${ADS}/ConfigList/0/CapturePeriodS: wanted more than PollPeriodMs, 5000 ms, found 5000 ms`,
    ],
    [
      (h) => h.Ads111xBasedComponents[0].ConfigList[0].CapturePeriodS = 12,
      `${ADS}/ConfigList/0/CapturePeriodS: wanted a multiple of PollPeriodMs, 5000 ms, or 10 of it, found 12000 ms`,
    ],
    [
      (h) => delete h.Ads111xBasedComponents[0].ConfigList[0].AsyncCaptureDelta,
      `${ADS}/ConfigList/0/AsyncCaptureDelta: wanted a change, as AsyncCapture is true, found nothing`,
    ],
    [
      (h) => h.OtherComponents[0].ConfigList[0].EventType = "change.relay.sate",
      `${RELAYS}/ConfigList/0/EventType: wanted a known event type, found "change.relay.sate" (did you mean "change.relay.state")`,
    ],
    [
      (h) => h.OtherComponents[0].ConfigList[0].StateType = "relay.pin",
      `${RELAYS}/ConfigList/0/StateType: wanted "relay.closed.or.open", the states of change.relay.state, found "relay.pin"`,
    ],
    [
      (h) => h.OtherComponents[0].ConfigList[0].EnergizedState = "RelayOpen",
      `${RELAYS}/ConfigList/0/EnergizedState: wanted "RelayClosed", where CloseRelay leads to, found "RelayOpen"`,
    ],
    [
      (h) => h.OtherComponents[0].ConfigList[0].DeEnergizingEvent = "OpenRely",
      `${RELAYS}/ConfigList/0/DeEnergizingEvent: wanted an event of change.relay.state, found "OpenRely" (did you mean "OpenRelay")`,
    ],
    [
      (h) => {
        const [config] = h.OtherComponents[0].ConfigList;
        config.EnergizingEvent = config.DeEnergizingEvent;
        config.EnergizedState = config.DeEnergizedState;
      },
      `${RELAYS}/ConfigList/0/EnergizingEvent: wanted another event than DeEnergizingEvent, found "OpenRelay"`,
    ],
  ]);
});

/** The simple house with a meter that is read by Modbus. */
function egaugeHouse(): House {
  const id = "739a6e32-bb9c-43bc-a28d-fb61be665522";
  const house: House = structuredClone(simple);
  Object.assign(house.ElectricMeterCacs[0], { ComponentAttributeClassId: id, MakeModel: "EGAUGE__4030" });
  const [meter] = house.ElectricMeterComponents;
  Object.assign(meter, { ComponentAttributeClassId: id, ModbusHost: "egauge.local", ModbusPort: 502 });
  for (const [index, config] of meter.ConfigList.entries()) {
    config.EgaugeRegisterConfig = { Address: 9_000 + index, Type: "f32", Denominator: 1, Unit: "W" };
  }
  return house;
}

Deno.test("loadLayout() refuses registers that the meter's driver cannot read", () => {
  checkTable(egaugeHouse(), [
    [
      (h) => h.ElectricMeterComponents[0].ConfigList[1].EgaugeRegisterConfig.Address = 9_000,
      `${METER}/ConfigList/1/EgaugeRegisterConfig/Address: wanted an address that is used once, found 9000 again`,
    ],
    [
      (h) => h.ElectricMeterComponents[0].ConfigList[0].EgaugeRegisterConfig.Type = "u32",
      `${METER}/ConfigList/0/EgaugeRegisterConfig/Type: wanted "f32", found "u32"`,
    ],
    [
      (h) => delete h.ElectricMeterComponents[0].ConfigList[0].EgaugeRegisterConfig,
      `${METER}/ConfigList/0/EgaugeRegisterConfig: wanted a register, as the meter has some, found nothing`,
    ],
    [
      (h) => {
        const [meter] = h.ElectricMeterComponents;
        delete meter.ModbusHost;
        delete meter.ModbusPort;
      },
      `${METER}/ModbusHost: wanted a host, as the meter is read by Modbus, found nothing`,
    ],
  ]);
});

Deno.test("loadLayout() refuses a key that stands twice in one object, at its second place", () => {
  const text = JSON.stringify(simple, null, 2).replace(
    '"TotalStoreTanks": 1,',
    '"TotalStoreTanks": 1,\n"ZoneList": ["up"],',
  )
    .replace('"RelayIdx": 1,', '"RelayIdx": 2, "RelayIdx": 1,');
  const loaded = loadLayout(text, "h");
  const problems = loaded.kind === "problems" ? loaded.problems : [];
  assert.deepEqual(problems.map(({ pointer, wanted, found }) => [pointer, wanted, found]), [
    ["/ZoneList", "a key that is there once", '"ZoneList" again'],
    ["/OtherComponents/0/ConfigList/0/RelayIdx", "a key that is there once", '"RelayIdx" again'],
  ]);
  const line = text.split("\n").indexOf('"ZoneList": ["up"],') + 1;
  assert.deepEqual([problems[0]?.line, problems[0]?.column], [line, 1]);
});

Deno.test({
  name: `loadLayout() refuses devices of the reference's house that are used beyond what they can do${WHY}`,
  ignore: DATA === undefined,
  fn() {
    const house = JSON.parse(readFileSync(`${DATA}/gridworks-scada-layout.json`, "utf8"));
    const lists = ["OtherComponents"];
    function of(layout: House, type: string): { readonly component: House; readonly at: string } {
      for (const list of lists) {
        const index = (layout[list] ?? []).findIndex((one: House) => one.TypeName === type);
        if (index >= 0) return { component: layout[list][index], at: `/${list}/${index}` };
      }
      return assert.fail(`no ${type}`);
    }
    for (
      const [type, fault, text] of [
        ["dfr.component.gt", (c: House) => c.ConfigList[0].OutputIdx = 5, "OutputIdx: wanted an integer from 1 to 4"],
        [
          "dfr.component.gt",
          (c: House) => c.ConfigList[0].InitialVoltsTimes100 = 101,
          "InitialVoltsTimes100: wanted an integer from 0 to 100",
        ],
        ["dfr.component.gt", (c: House) => c.I2cAddressList = [94], "I2cAddressList: wanted [94, 95]"],
      ] as const
    ) {
      const problems = problemsAfter(house, (layout) => fault(of(layout, type).component));
      assert.equal(problems.length, 1, problems.join("\n"));
      assert.ok(problems[0]!.startsWith(of(house, type).at) && problems[0]!.includes(text), `${text}: ${problems[0]}`);
    }
  },
});
