import { heardScreen, heardText } from "./view_heard.ts";
import type { ViewPicture } from "./view_model.ts";
import { controlWords, linkWords, troubleWords } from "./view_words.ts";

/** Width of a bar, in characters. */
const BAR_WIDTH = 30;
/** Temperatures at the ends of a bar, in °C. */
const BAR_C = { min: 0, max: 70 } as const;

function degrees(value: number | null): string {
  return value === null ? "   –   " : `${value.toFixed(1).padStart(5)} °C`;
}

function bar(valueC: number): string {
  const part = (valueC - BAR_C.min) / (BAR_C.max - BAR_C.min);
  const filled = Math.round(Math.min(1, Math.max(0, part)) * BAR_WIDTH);
  return "█".repeat(filled) + "·".repeat(BAR_WIDTH - filled);
}

function relayText(seen: ViewPicture): string {
  return Object.entries(seen.relays).map(([name, value]) => `${name} ${value === 0 ? "off" : "ON"}`).join("  ");
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}

function heapText({ isolates }: ViewPicture): string {
  return isolates.map(({ name, heapUsedBytes, lives }) =>
    `${name} ${megabytes(heapUsedBytes)}${lives > 1 ? ` (life ${lives})` : ""}`
  ).join("  ");
}

/** The last line for people: memory of the process and heap of each isolate; undefined before it is known. */
export function memoryLine(seen: ViewPicture): string | undefined {
  if (seen.isolates.length === 0) return undefined;
  return `memory ${megabytes(seen.rssBytes)} resident, heaps: ${heapText(seen)}`;
}

/** One line for a pipe or a log. */
export function pictureLine(seen: ViewPicture): string {
  const zones = seen.zones.map(({ name, temperatureC, setpointC }) =>
    `${name} ${degrees(temperatureC).trim()} (set ${setpointC})`
  );
  const parts = [
    seen.houseTime.slice(0, 19),
    ...zones,
    relayText(seen),
    seen.brain === null ? "" : `brain ${seen.brain.state} (${seen.brain.why})`,
    ...(seen.heard === null ? [] : [heardText(seen.heard)]),
    ...seen.links.map(linkWords),
    `events ${seen.acked}/${seen.generated} acked, ${seen.pending} pending`,
    ...troubleWords(seen),
  ];
  return parts.filter((part) => part !== "").join(" | ");
}

/** The whole screen. */
export function pictureScreen(seen: ViewPicture, title: string): readonly string[] {
  if (seen.heard !== null) return heardScreen(seen, seen.heard, title);
  const temperatures = Object.entries(seen.temperatures).map(([channel, value]) =>
    `  ${channel.padEnd(18)} ${degrees(value)}  ${bar(value)}`
  );
  const zones = seen.zones.map(({ name, temperatureC, setpointC }) =>
    `  ${name.padEnd(18)} ${degrees(temperatureC)}  set point ${setpointC} °C`
  );
  return [
    `${title}   house time ${seen.houseTime.slice(0, 19).replace("T", " ")} UTC   Ctrl-C stops`,
    "",
    "Temperatures",
    ...temperatures,
    "Zones",
    ...zones,
    "",
    `Power    ${seen.powerW === null ? "–" : `${seen.powerW} W`}`,
    `Relays   ${relayText(seen)}   (${seen.relaySwitches} switches)`,
    `Brain    ${seen.brain === null ? "–" : `${seen.brain.state}: ${seen.brain.why}; zone ${seen.brain.zone}`}`,
    `Control  ${controlWords(seen.control)}`,
    `Links    ${seen.links.map(linkWords).join("   ")}`,
    `Events   ${seen.generated} generated = ${seen.acked} acked + ${seen.pending} pending + ${seen.tombstoned} tombstoned; ` +
    `LTN applied ${seen.applied}`,
    ...troubleWords(seen).map((text) => `Trouble  ${text}`),
    `Memory   ${megabytes(seen.rssBytes)} resident; heaps: ${heapText(seen)}`,
  ];
}
