import { errorText } from "../core/errors.ts";
import { checkConfigs } from "./config_rules.ts";
import { checkDevices } from "./device_rules.ts";
import { checkHouse0 } from "./house0_rules.ts";
import { checkKeys } from "./key_rules.ts";
import { type Layout, makeLayout } from "./layout.ts";
import { depthProblem, duplicateKeyProblems, locate, syntaxProblem } from "./positions.ts";
import { findings, type LayoutProblem, shown } from "./problem.ts";
import { checkMakeModels, checkReferences, checkUnique } from "./reference_rules.ts";
import { type JsonObject, readSections } from "./sections.ts";
import { checkAliases, checkChannels, checkNodes } from "./structure_rules.ts";

/** Component types that something drives today; the others load as generic. */
export const DRIVEN_COMPONENT_TYPES: readonly string[] = ["i2c.multichannel.dt.relay.component.gt"];

/** A layout, or everything that is wrong with it (warnings too). */
export type LoadedLayout =
  | { readonly kind: "layout"; readonly layout: Layout }
  | { readonly kind: "problems"; readonly problems: readonly LayoutProblem[] };

/**
 * Reads a hardware layout and checks all of it.
 *
 * @param file Name of the file in problems; nothing is opened.
 * @param drivenTypes Component types that have a driver.
 */
export function loadLayout(
  text: string,
  file: string,
  drivenTypes: readonly string[] = DRIVEN_COMPONENT_TYPES,
): LoadedLayout {
  const tooDeep = depthProblem(text, file);
  if (tooDeep !== undefined) return { kind: "problems", problems: [tooDeep] };
  let top: unknown;
  try {
    top = JSON.parse(text);
  } catch (thrown) {
    return { kind: "problems", problems: [syntaxProblem(text, file, errorText(thrown))] };
  }
  const found = findings();
  if (typeof top !== "object" || top === null || Array.isArray(top)) {
    found.error([], "an object", shown(top));
    return { kind: "problems", problems: locate(found.list, text, file) };
  }
  const sections = readSections(top as JsonObject, found);
  checkReferences(sections, found);
  checkUnique(sections, found);
  checkMakeModels(sections, found);
  checkNodes(sections, found);
  checkChannels(sections, found);
  checkAliases(sections, found);
  checkKeys(sections, found);
  checkConfigs(sections, found);
  checkDevices(sections, found);
  if (sections.top["Strategy"] === "House0") checkHouse0(sections, found);
  const problems = [
    ...duplicateKeyProblems(text, file),
    ...(found.list.length === 0 ? [] : locate(found.list, text, file)),
  ];
  if (problems.some(({ severity }) => severity === "error")) return { kind: "problems", problems };
  return { kind: "layout", layout: makeLayout(sections, { warnings: problems, drivenTypes }) };
}
