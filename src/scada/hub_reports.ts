import type { ActorContext } from "../proactor/actor.ts";
import { reportEvent, snapshotSpaceheat } from "../protocol/mod.ts";
import { type HubParts, toUpstream } from "./hub_parts.ts";

/** Builds `snapshot.spaceheat`: the newest of each channel and machine. */
export function snapshotPayload({ facts, data }: HubParts, ctx: ActorContext): unknown {
  return snapshotSpaceheat({
    fromGNodeAlias: facts.scadaAlias,
    fromGNodeInstanceId: facts.scadaId,
    timeMs: ctx.wallMs,
    readings: data.latestReadings(ctx.wallMs),
    states: data.latestStates(),
  });
}

/** Sends a snapshot to the LTN, and to the admin when there is one. */
export function sendSnapshots(hub: HubParts, ctx: ActorContext): void {
  const message = { type: "snapshot.spaceheat", payload: snapshotPayload(hub, ctx) };
  toUpstream(hub, message, ctx);
  if (hub.admin !== undefined) ctx.send({ ...hub.admin, ...message });
}

/** Records a report of every slot that is over, and clears the journal of their readings in the same step. */
export function recordReports({ facts, data, reportMs }: HubParts, ctx: ActorContext): void {
  const endMs = Math.floor(ctx.wallMs / reportMs) * reportMs;
  for (const slot of data.takeSlots(endMs, reportMs)) {
    const draft = reportEvent({
      fromGNodeAlias: facts.scadaAlias,
      fromGNodeInstanceId: facts.scadaId,
      aboutGNodeAlias: facts.terminalAssetAlias,
      slotStartUnixS: slot.startMs / 1_000,
      slotDurationS: reportMs / 1_000,
      channelReadings: slot.readings,
      states: slot.states,
      fsmReports: slot.fsmReports,
      messageCreatedMs: ctx.wallMs,
      id: ctx.newId(),
    });
    ctx.record({ Src: facts.scadaAlias, ...draft });
  }
  ctx.clearJournal(endMs);
}
