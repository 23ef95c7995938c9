import type { Message } from "../core/message.ts";
import type { ActorContext } from "../proactor/actor.ts";
import type { FsmFullReport, SingleMachineState, SingleReading, SyncedReadings } from "../protocol/mod.ts";
import { tellAdmin } from "./hub_admin.ts";
import { hubGlitch, type HubParts, toUpstream } from "./hub_parts.ts";

/** Takes what the house's own actors tell the hub. @returns Whether the message was known. */
export function takeInside(hub: HubParts, message: Message, ctx: ActorContext): boolean {
  switch (message.type) {
    case "synced.readings": {
      const { ChannelNameList, ValueList } = message.payload as SyncedReadings;
      ChannelNameList.forEach((channel, i) => collect(hub, { channel, value: ValueList[i] ?? NaN }, ctx));
      return true;
    }
    case "single.reading":
      takeReading(hub, message.payload as SingleReading, ctx);
      return true;
    case "single.machine.state":
      hub.data.state(message.payload as SingleMachineState);
      return true;
    case "fsm.full.report":
      hub.data.fsmReport(message.payload as FsmFullReport);
      return true;
    case "channel.flatlined":
      hub.data.flatlined((message.payload as { readonly Channel: { readonly Name: string } }).Channel.Name);
      return true;
    case "glitch":
      tellAdmin(hub, message.payload, ctx);
      toUpstream(hub, message, ctx);
      return true;
    case "power.watts":
    case "new.command.tree":
      toUpstream(hub, message, ctx);
      return true;
    default:
      return false;
  }
}

function takeReading(hub: HubParts, reading: SingleReading, ctx: ActorContext): void {
  collect(hub, { channel: reading.ChannelName, value: reading.Value }, ctx);
  if (hub.admin === undefined || !hub.relayChannels.has(reading.ChannelName)) return;
  ctx.send({ ...hub.admin, type: "single.reading", payload: reading });
}

function collect(
  hub: HubParts,
  { channel, value }: { readonly channel: string; readonly value: number },
  ctx: ActorContext,
): void {
  if (hub.data.reading(channel, value, ctx.wallMs)) ctx.journal(channel, value);
  else hubGlitch(hub, { summary: "unknown_reading", details: `${channel} = ${value}` }, ctx);
}
