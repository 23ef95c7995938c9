import type { ChannelConfig } from "../protocol/mod.ts";
import { type Findings, type JsonPath, nameText, shown } from "./problem.ts";
import { RELAY_WORDS } from "./relay_words.ts";
import type { Sections } from "./sections.ts";
import { wrongName } from "./wrong_name.ts";

/** Up to this many polls a capture period is a whole number of polls. Source: S1. */
const POLLS_A_CAPTURE_MIN = 10;
/** Component types whose actors read the delta of an asynchronous capture. Source: S6. */
const DELTA_TYPES: readonly string[] = ["ads111x.based.component.gt", "electric.meter.component.gt"];

interface PlacedConfig {
  readonly path: JsonPath;
  readonly config: ChannelConfig;
}

/** Each entry of a ConfigList agrees with itself. Source: S1, S5, S6. */
export function checkConfigs({ components }: Sections, found: Findings): void {
  for (const { path, value } of components.items) {
    for (const [index, config] of value.ConfigList.entries()) {
      const placed = { path: [...path, "ConfigList", index], config };
      checkPeriods(placed, found);
      if (typeof config["EventType"] === "string") checkRelayWords(placed, found);
      const lacksDelta = config.AsyncCapture && typeof config.AsyncCaptureDelta !== "number";
      if (lacksDelta && DELTA_TYPES.includes(value.TypeName)) {
        found.error([...placed.path, "AsyncCaptureDelta"], "a change, as AsyncCapture is true", "nothing");
      }
    }
  }
}

/** Source: S1. */
function checkPeriods({ path, config: { PollPeriodMs: pollMs, CapturePeriodS } }: PlacedConfig, found: Findings): void {
  if (typeof pollMs !== "number") return;
  const captureMs = CapturePeriodS * 1_000;
  const at = [...path, "CapturePeriodS"];
  if (captureMs <= pollMs) {
    found.error(at, `more than PollPeriodMs, ${pollMs} ms`, `${captureMs} ms`);
  } else if (captureMs < POLLS_A_CAPTURE_MIN * pollMs && captureMs % pollMs !== 0) {
    found.error(at, `a multiple of PollPeriodMs, ${pollMs} ms, or ${POLLS_A_CAPTURE_MIN} of it`, `${captureMs} ms`);
  }
}

/** Events and states are those of their types, and each event leads to the state of its side. Source: S5. */
function checkRelayWords({ path, config }: PlacedConfig, found: Findings): void {
  const eventType = nameText(config["EventType"]);
  const words = Object.hasOwn(RELAY_WORDS, eventType) ? RELAY_WORDS[eventType] : undefined;
  if (words === undefined) {
    return found.error([...path, "EventType"], "a known event type", wrongName(eventType, Object.keys(RELAY_WORDS)));
  }
  if (config["StateType"] !== words.stateType) {
    found.error([...path, "StateType"], `"${words.stateType}", the states of ${eventType}`, shown(config["StateType"]));
  }
  const events = Object.keys(words.stateByEvent);
  for (const side of ["DeEnergiz", "Energiz"] as const) {
    const event = nameText(config[`${side}ingEvent`]);
    const state = Object.hasOwn(words.stateByEvent, event) ? words.stateByEvent[event] : undefined;
    if (state === undefined) {
      found.error([...path, `${side}ingEvent`], `an event of ${eventType}`, wrongName(event, events));
    } else if (config[`${side}edState`] !== state) {
      found.error([...path, `${side}edState`], `"${state}", where ${event} leads to`, shown(config[`${side}edState`]));
    }
  }
  if (config["DeEnergizingEvent"] === config["EnergizingEvent"]) {
    found.error([...path, "EnergizingEvent"], "another event than DeEnergizingEvent", shown(config["EnergizingEvent"]));
  }
}
