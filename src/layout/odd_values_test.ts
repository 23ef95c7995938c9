import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { loadLayout } from "./load_layout.ts";

type Config = Record<string, unknown>;
interface Component extends Config {
  ConfigList: Config[];
}
interface House extends Record<string, unknown> {
  ShNodes: Config[];
  OtherComponents: Component[];
}

const TEXT = readFileSync(new URL("../../layouts/simple_house.json", import.meta.url), "utf8");
/** Values that become no text, and names that every object has. */
const ODD_VALUES = [{ toString: 1 }, [{ toString: 1 }], "constructor", "__proto__", "toString", null, 1e300];

/** Loads the simple house after a change. */
function changed(change: (house: House) => void): string[] {
  const house = JSON.parse(TEXT) as House;
  change(house);
  const result = loadLayout(JSON.stringify(house), "house.json");
  return result.kind === "layout" ? [] : result.problems.map(({ text }) => text);
}

Deno.test("loadLayout() refuses values that become no text, and names that every object has, in a relay's config", () => {
  const at = (JSON.parse(TEXT) as House).OtherComponents.findIndex(({ ConfigList }) =>
    ConfigList.some((config) => "DeEnergizingEvent" in config)
  );
  for (const odd of ODD_VALUES) {
    for (const key of ["EventType", "DeEnergizingEvent", "EnergizingEvent", "DeEnergizedState", "StateType"]) {
      const problems = changed((house) => house.OtherComponents[at]!.ConfigList[0]![key] = odd);
      assert.ok(problems.some((text) => text.includes(`ConfigList/0/${key}`)), `${key}: ${problems.join("\n")}`);
    }
  }
});

Deno.test("loadLayout() refuses an odd value anywhere in a device or node without a crash", () => {
  for (const odd of ODD_VALUES) {
    for (const [TypeName, key] of DEVICE_KEYS) {
      changed((house) => house.OtherComponents[0] = { ...house.OtherComponents[0]!, TypeName, [key]: odd });
    }
    assert.notDeepEqual(changed((house) => house.ShNodes[0]!["ActorClass"] = odd), []);
  }
});

const DEVICE_KEYS = [
  ["dfr.component.gt", "I2cAddressList"],
  ["pico.tank.module.component.gt", "SensorOrder"],
  ["ads111x.based.component.gt", "OpenVoltageByAds"],
  ["hubitat.poller.component.gt", "Poller"],
  ["no.such.component.gt", "DisplayName"],
] as const;
