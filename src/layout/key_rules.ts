import type { Findings, JsonPath } from "./problem.ts";
import type { JsonObject, Sections } from "./sections.ts";

const SNAKE_CASE = /^[a-z0-9]+(?:_[a-z0-9]+)+$/;

/** Keys of nodes, channels, devices and their configs are in camel case. Source: spec/layout.md §15, types. */
export function checkKeys({ nodes, channels, derived, cacs, components }: Sections, found: Findings): void {
  for (const { path, raw } of [nodes, channels, derived, cacs, components].flatMap(({ items }) => [...items])) {
    checkObject(path, raw, found);
    const configs = Array.isArray(raw["ConfigList"]) ? raw["ConfigList"] : [];
    for (const [index, config] of configs.entries()) checkObject([...path, "ConfigList", index], config, found);
  }
}

function checkObject(path: JsonPath, raw: JsonObject, found: Findings): void {
  for (const key of Object.keys(raw)) {
    if (!SNAKE_CASE.test(key)) continue;
    const camel = key.split("_").map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`).join("");
    found.error([...path, key], `"${camel}"`, `"${key}"`);
  }
}
