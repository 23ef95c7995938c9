import layout from "../../../layouts/simple_house.json" with { type: "json" };

/** Test builder: the simple house with a second zone "up", whose relays are 5 (failsafe) and 6 (call). */
export function twoZoneLayout(): unknown {
  function second<Item>(item: Item): Item {
    const text = JSON.stringify(item).replaceAll("zone1-main", "zone2-up").replaceAll("relay4", "relay5")
      .replaceAll("relay2", "relay6");
    return JSON.parse(text);
  }
  function doubled<Item>(items: readonly Item[]): readonly Item[] {
    return [...items, ...items.filter((item) => JSON.stringify(item) !== JSON.stringify(second(item))).map(second)];
  }
  const components = layout.OtherComponents.map((component) => ({
    ...component,
    ConfigList: doubled(component.ConfigList),
  }));
  return {
    ...layout,
    ZoneList: ["main", "up"],
    OtherComponents: components,
    ShNodes: doubled(layout.ShNodes),
    DataChannels: doubled(layout.DataChannels),
  };
}
