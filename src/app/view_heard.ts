import type { LtnSnapshot } from "../ltn/mod.ts";
import type { ViewPicture } from "./view_model.ts";
import { linkWords, troubleWords } from "./view_words.ts";

/** Newest messages that the screen lists. */
const LISTED_MAX = 12;
/** Types that the one line names; the screen names all. */
const TYPES_IN_LINE_MAX = 4;

/** For a pipe or a log: what an LTN received, the most frequent types first. */
export function heardText({ messages, byType, power }: LtnSnapshot): string {
  const types = sortedTypes(byType);
  const more = types.length > TYPES_IN_LINE_MAX ? ", …" : "";
  const named = types.slice(0, TYPES_IN_LINE_MAX).map(([type, count]) => `${count} ${type}`).join(", ");
  const parts = [`received ${messages} messages${named === "" ? "" : ` (${named}${more})`}`];
  if (power !== null) parts.push(`power ${power.watts} W`);
  return parts.join(" | ");
}

/** The whole screen of `hearth ltn`. */
export function heardScreen(seen: ViewPicture, heard: LtnSnapshot, title: string): readonly string[] {
  const { power, house, report } = heard;
  const readings = Object.entries(house?.readings ?? {}).map(([channel, value]) => `  ${channel.padEnd(28)} ${value}`);
  const states = Object.entries(house?.states ?? {}).map(([handle, state]) => `  ${handle.padEnd(28)} ${state}`);
  return [
    `${title}   ${seen.houseTime.slice(0, 19).replace("T", " ")} UTC   Ctrl-C stops`,
    "",
    `Power     ${power === null ? "–" : `${power.watts} W at ${clock(power.wallMs)}`}`,
    `Report    ${report === null ? "–" : `${report.channels} channels from ${clock(report.slotStartS * 1_000)} on`}`,
    `Snapshot  ${house === null ? "–" : `of ${house.from} at ${clock(house.timeMs)}`}`,
    ...readings,
    ...states,
    "",
    `Links     ${seen.links.map(linkWords).join("   ")}`,
    `Events    ${seen.applied} applied, each once`,
    ...troubleWords(seen).map((text) => `Trouble   ${text}`),
    `Received  ${heard.messages} messages`,
    ...sortedTypes(heard.byType).map(([type, count]) => `  ${String(count).padStart(8)} ${type}`),
    "Newest",
    ...heard.received.slice(-LISTED_MAX).toReversed().map(({ wallMs, type, src }) =>
      `  ${clock(wallMs)} ${type} of ${src}`
    ),
  ];
}

function sortedTypes(byType: LtnSnapshot["byType"]): readonly (readonly [string, number])[] {
  return Object.entries(byType).toSorted(([, a], [, b]) => b - a);
}

function clock(wallMs: number): string {
  return new Date(wallMs).toISOString().slice(11, 19);
}
