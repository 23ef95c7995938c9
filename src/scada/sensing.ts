import type { Actor, ActorContext } from "../proactor/actor.ts";
import { powerWatts } from "../protocol/mod.ts";
import type { ChannelFacts } from "./scada_facts.ts";

const HUB = "s";
const POWER_PERIOD_MS = 300_000;

/** The last capture of a channel. */
export interface Capture {
  readonly value: number;
  readonly atMs: number;
}

/** Whether a reading is captured: never before, period over, or changed by the delta (spec/scada.md §3.4). */
export function isCaptured(
  channel: ChannelFacts,
  value: number,
  now: { last: Capture | undefined; nowMs: number },
): boolean {
  const { last, nowMs } = now;
  if (last === undefined || nowMs - last.atMs >= channel.periodS * 1_000) return true;
  return channel.delta !== undefined && Math.abs(value - last.value) >= channel.delta;
}

/** Power that is metered for the market. */
export interface PowerMetering {
  /** Sum of the nameplates of the metered nodes in W; 0 sends by period alone. */
  readonly nameplateW: number;
  /** Change, as a part of the nameplate from 0 to 1, above which it is sent at once. Source: `AsyncPowerReportingThreshold`. */
  readonly threshold: number;
}

/** Whether a change of the metered power is sent at once. @param changeW In W, of either sign. */
export function isReported(changeW: number, { nameplateW, threshold }: PowerMetering): boolean {
  return nameplateW > 0 && Math.abs(changeW) > nameplateW * threshold;
}

/** What a sensing actor is made of. */
export interface SensorOptions {
  /** Node name, for example "power-meter". */
  readonly node: string;
  readonly channels: readonly ChannelFacts[];
  readonly power?: PowerMetering;
}

/** Makes an actor that captures the channels of one sensing node, and for a power meter sends the metered sum. */
export function sensorActor({ node, channels, power }: SensorOptions): Actor {
  const byName = new Map(channels.map((channel) => [channel.name, channel]));
  const captured = new Map<string, Capture>();
  const latest = new Map<string, number>();
  const metered = channels.filter((channel) => channel.inPowerMetering).map((channel) => channel.name);
  let sent: Capture | undefined;

  function capture(name: string, value: number, ctx: ActorContext): void {
    const channel = byName.get(name);
    if (channel === undefined) return;
    latest.set(name, value);
    if (!isCaptured(channel, value, { last: captured.get(name), nowMs: ctx.nowMs })) return;
    captured.set(name, { value, atMs: ctx.nowMs });
    const payload = {
      ChannelNameList: [name],
      ValueList: [value],
      ScadaReadTimeUnixMs: ctx.wallMs,
      TypeName: "synced.readings",
      Version: "000",
    };
    ctx.send({ dst: HUB, type: payload.TypeName, payload });
  }
  function meter(metering: PowerMetering, ctx: ActorContext): void {
    const values = metered.map((name) => latest.get(name));
    if (values.length === 0 || values.includes(undefined)) return;
    const watts = values.reduce<number>((sum, value) => sum + (value ?? 0), 0);
    if (sent !== undefined && !isReported(watts - sent.value, metering) && ctx.nowMs - sent.atMs < POWER_PERIOD_MS) {
      return;
    }
    sent = { value: watts, atMs: ctx.nowMs };
    ctx.send({ dst: HUB, type: "power.watts", payload: powerWatts(watts) });
  }
  return {
    name: node,
    listensTo: channels.map((channel) => channel.name),
    step(input, ctx) {
      if (input.kind !== "reading") return;
      if (power !== undefined && metered.includes(input.channel)) {
        latest.set(input.channel, input.value);
        meter(power, ctx);
      }
      capture(input.channel, input.value, ctx);
    },
    snapshot: () => ({ latest: Object.fromEntries(latest), sentW: sent?.value ?? null }),
  };
}
