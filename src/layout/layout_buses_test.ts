import { strict as assert } from "node:assert";
import type { GpioOutputSpec } from "../core/bus_parts.ts";
import { layoutBuses } from "./layout_buses.ts";
import { loadLayout } from "./load_layout.ts";

const GPIO_HOUSE = Deno.readTextFileSync(new URL("../../layouts/gpio_house.json", import.meta.url));
const SIMPLE_HOUSE = Deno.readTextFileSync(new URL("../../layouts/simple_house.json", import.meta.url));

/** A deep copy of the GPIO house's components that a test may damage. */
// deno-lint-ignore no-explicit-any
function components(): any[] {
  return JSON.parse(GPIO_HOUSE).OtherComponents;
}

// deno-lint-ignore no-explicit-any
function problemsOf(damage: (relays: any, sensors: any) => void): string[] {
  const [relays, sensors] = components();
  damage(relays, sensors);
  const text = JSON.stringify({ OtherComponents: [relays, sensors] });
  return layoutBuses(text, "house.json").problems.map((problem) => problem.text.replace(/^house\.json:\d+:\d+ /, ""));
}

function output(name: string, offset: number, holdMsMin: number): GpioOutputSpec {
  return { name, line: { offset }, isActiveLow: false, bias: "pull_down", safeValue: 0, holdMsMin };
}

Deno.test("layoutBuses() reads one bus a chip and one an adapter from the GPIO house, which loads", () => {
  assert.equal(loadLayout(GPIO_HOUSE, "gpio_house.json").kind, "layout");
  assert.deepEqual(layoutBuses(GPIO_HOUSE, "gpio_house.json"), {
    buses: [
      {
        kind: "gpio",
        chip: "pinctrl-bcm2711",
        outputs: [
          output("relay1", 17, 10_000),
          output("relay2", 27, 2_000),
          output("relay3", 22, 2_000),
          output("relay4", 23, 2_000),
        ],
        inputs: [],
      },
      {
        kind: "i2c",
        path: "/dev/i2c-1",
        sensors: [
          { kind: "tmp105", channel: "tank1-depth1", address: 0x48, periodMs: 1_000 },
          { kind: "tmp105", channel: "tank1-depth3", address: 0x49, periodMs: 1_000 },
          { kind: "tmp105", channel: "zone1-main-temp", address: 0x4a, periodMs: 1_000 },
        ],
      },
    ],
    undriven: [{ name: "Simulated power meter", typeName: "electric.meter.component.gt" }],
    problems: [],
  });
});

Deno.test("layoutBuses() names the components that nothing drives", () => {
  const { buses, undriven } = layoutBuses(SIMPLE_HOUSE, "simple_house.json");
  assert.deepEqual([buses, undriven], [[], [
    { name: "Relay board", typeName: "i2c.multichannel.dt.relay.component.gt" },
    { name: "Thermistor board", typeName: "ads111x.based.component.gt" },
    { name: "Simulated power meter", typeName: "electric.meter.component.gt" },
  ]]);
});

Deno.test("layoutBuses() puts relays and inputs of one chip on one bus, lines by name too", () => {
  const [relays] = components();
  const { ChannelName, CapturePeriodS, AsyncCapture, Exponent, Unit } = relays.ConfigList[1];
  const input = { ChannelName, CapturePeriodS, AsyncCapture, Exponent, Unit, PollPeriodMs: 500, ActiveLow: true };
  const { ComponentId, ComponentAttributeClassId, GpioChip } = relays;
  const TypeName = "gw108.gpio.sensor.component.gt";
  const sensor = { ComponentId, ComponentAttributeClassId, GpioChip, TypeName };
  const text = JSON.stringify({
    OtherComponents: [
      { ...relays, ConfigList: relays.ConfigList.slice(0, 1) },
      { ...sensor, ConfigList: [{ ...input, GpioLineName: "GPIO24", Bias: "PullUp" }] },
    ],
  });
  const { buses, problems } = layoutBuses(text, "house.json");
  assert.deepEqual(problems, []);
  assert.deepEqual(buses, [{
    kind: "gpio",
    chip: "pinctrl-bcm2711",
    outputs: [output("relay1", 17, 10_000)],
    inputs: [{
      channel: "zone1-main-call-relay2",
      line: { name: "GPIO24" },
      isActiveLow: true,
      bias: "pull_up",
      periodMs: 500,
    }],
  }]);
});

Deno.test("layoutBuses() says what is wrong, one problem for one fault", () => {
  const relay = "/OtherComponents/0/ConfigList";
  const sensor = "/OtherComponents/1/ConfigList";
  const chip = 'wanted a path like "/dev/gpiochip0", or the label of a chip like "pinctrl-bcm2711"';
  const line = "wanted either GpioLine (an offset) or GpioLineName";
  // deno-lint-ignore no-explicit-any
  const table: [damage: (relays: any, sensors: any) => void, expected: string[]][] = [
    [(relays) => relays.GpioChip = "/dev/gpio0", [`/OtherComponents/0/GpioChip: ${chip}, found "/dev/gpio0"`]],
    [(relays) => delete relays.GpioChip, ["/OtherComponents/0/GpioChip: wanted a string, found nothing"]],
    [(relays) => relays.ConfigList[0].GpioLineName = "GPIO17", [`${relay}/0: ${line}, found RAW`]],
    [(relays) => delete relays.ConfigList[0].GpioLine, [`${relay}/0: ${line}, found RAW`]],
    [(relays) => relays.ConfigList[1].GpioLine = 17, [
      `${relay}/1/GpioLine: wanted a value that is there once, found line 17 of pinctrl-bcm2711 again`,
    ]],
    [(relays) => relays.ConfigList[1].ActorName = "relay1", [
      `${relay}/1/ActorName: wanted a value that is there once, found output relay1 again`,
    ]],
    [(relays) => relays.ConfigList[0].Bias = "PullUpp", [
      `${relay}/0/Bias: wanted "AsIs" or "Disabled" or "PullUp" or "PullDown", found "PullUpp" (did you mean "PullUp")`,
    ]],
    [(relays) => relays.ConfigList[0].SafeValue = 2, [`${relay}/0/SafeValue: wanted 0 or 1, found 2`]],
    [(relays) => delete relays.ConfigList[0].SafeValue, [`${relay}/0/SafeValue: wanted a number, found nothing`]],
    [(relays) => relays.ConfigList[0].HoldTimeMs = -1, [`${relay}/0/HoldTimeMs: wanted at least 0, found -1`]],
    [(_, sensors) => sensors.I2cBus = "i2c-1", [
      '/OtherComponents/1/I2cBus: wanted a path like "/dev/i2c-1", found "i2c-1"',
    ]],
    [(_, sensors) => sensors.ConfigList[0].I2cAddress = 0x78, [
      `${sensor}/0/I2cAddress: wanted at most 119, found 120`,
    ]],
    [(_, sensors) => sensors.ConfigList[0].I2cAddress = 0x07, [`${sensor}/0/I2cAddress: wanted at least 8, found 7`]],
    [(_, sensors) => sensors.ConfigList[1].I2cAddress = 0x48, [
      `${sensor}/1/I2cAddress: wanted a value that is there once, found address 72 of /dev/i2c-1 again`,
    ]],
    [(_, sensors) => sensors.ConfigList[1].ChannelName = "tank1-depth1", [
      `${sensor}/1/ChannelName: wanted a value that is there once, found channel tank1-depth1 again`,
    ]],
    [(_, sensors) => sensors.ConfigList[0].Exponent = 2, [`${sensor}/0/Exponent: wanted "3", found 2`]],
    [(relays, sensors) => (relays.ConfigList[0].SafeValue = 3, sensors.ConfigList[0].I2cAddress = 1), [
      `${relay}/0/SafeValue: wanted 0 or 1, found 3`,
      `${sensor}/0/I2cAddress: wanted at least 8, found 1`,
    ]],
  ];
  for (const [damage, expected] of table) {
    const found = problemsOf(damage).map((text) => text.replace(/found \{.*$/, "found RAW"));
    assert.deepEqual(found, expected);
  }
});
