import type { Message } from "../core/message.ts";
import type { ActorContext } from "../proactor/actor.ts";
import { type AdminDispatch, type AdminKeepAlive, fillEvent, problemEvent } from "../protocol/mod.ts";
import { hubGlitch, type HubParts } from "./hub_parts.ts";

const ADMIN = "admin";

/** Obeys the admin (spec/scada.md §4.7). @returns Whether the message was for the admin door. */
export function obeyAdmin(hub: HubParts, message: Message, ctx: ActorContext): boolean {
  switch (message.type) {
    case "admin.dispatch":
      dispatch(hub, message, ctx);
      return true;
    case "admin.keep.alive": {
      const { AdminTimeoutSeconds } = message.payload as AdminKeepAlive;
      hub.door.hold(AdminTimeoutSeconds ?? undefined, message.type, ctx);
      return true;
    }
    case "admin.release.control":
      hub.door.release("AdminReleasesControl", ctx);
      return true;
    default:
      return false;
  }
}

function dispatch(hub: HubParts, message: Message, ctx: ActorContext): void {
  const { DispatchTrigger: event, TimeoutSeconds } = message.payload as AdminDispatch;
  hub.door.hold(TimeoutSeconds, message.type, ctx);
  const name = event.ToHandle.split(".").at(-1) ?? "";
  ctx.record({
    TypeName: "gridworks.event.admin.command",
    ToHandle: event.ToHandle,
    EventName: event.EventName,
    TriggerId: event.TriggerId,
    CommandMessageId: message.messageId,
    Version: "000",
  }, 1);
  if (hub.facts.relays.some((relay) => relay.name === name)) {
    ctx.send({ dst: name, type: "fsm.event", payload: event, src: ADMIN });
  } else hubGlitch(hub, { summary: "unknown_actuator", details: event.ToHandle }, ctx);
}

/** Whoever has taken the house over learns why a command had no effect; a glitch alone goes to the LTN only. */
export function tellAdmin({ admin, door, facts }: HubParts, glitch: unknown, ctx: ActorContext): void {
  if (admin === undefined || door.top !== "Admin") return;
  const { Node, Summary, Details } = glitch as Readonly<Record<"Node" | "Summary" | "Details", string>>;
  const draft = problemEvent({
    problemType: "warning",
    summary: `${Node}: ${Summary}: ${Details}`,
    details: Details,
  });
  const stamp = { messageId: ctx.newId(), timeCreatedMs: ctx.wallMs, src: facts.scadaAlias };
  ctx.send({ ...admin, type: draft.TypeName, payload: fillEvent(draft, stamp) });
}
