import type { Message } from "../core/message.ts";
import type { Actor, ActorContext, ActorInput } from "../proactor/actor.ts";
import { collector, type ReadingRow } from "./collector.ts";
import { obeyAdmin } from "./hub_admin.ts";
import { answerPeer } from "./hub_answers.ts";
import { takeInside } from "./hub_inside.ts";
import { HUB_NODE, type HubOptions, type HubParts, toUpstream } from "./hub_parts.ts";
import { recordReports, sendSnapshots } from "./hub_reports.ts";
import { takeover } from "./takeover.ts";

const REPORT_MS = 300_000;
const SNAPSHOT_MS = 30_000;
const INTERNAL = "internal";

/** The hub, and the readings of an earlier life. */
export interface Hub extends Actor {
  /** Hands over the journal rows that no report holds. Before the first input. */
  restoreJournal(rows: readonly ReadingRow[]): void;
}

/** Makes the actor `s`: collects, reports, snapshots, answers, and keeps the admin door (spec/scada.md §4). */
export function hubActor(options: HubOptions): Hub {
  const { facts, tree, adminTimeoutSMax } = options;
  const data = collector(facts.channels);
  const hub: HubParts = {
    ...options,
    data,
    door: takeover({
      tree,
      scadaAlias: facts.scadaAlias,
      ...(adminTimeoutSMax === undefined ? {} : { timeoutSMax: adminTimeoutSMax }),
      onState: (state) => data.state(state),
    }),
    reportMs: options.reportMs ?? REPORT_MS,
    snapshotMs: options.snapshotMs ?? SNAPSHOT_MS,
    relayChannels: new Set(facts.relays.map((relay) => relay.channel)),
  };
  let unexpected = 0;
  return {
    name: HUB_NODE,
    listensTo: [],
    step(input, ctx) {
      if (input.kind !== "message") return step(hub, input, ctx);
      if (!take(hub, input, ctx)) unexpected++;
    },
    snapshot: () => ({ control: hub.door.snapshot(), data: data.counts(), unexpected }),
    restoreJournal: (rows) => data.restore(rows),
  };
}

function step(hub: HubParts, input: ActorInput, ctx: ActorContext): void {
  switch (input.kind) {
    case "start":
      aligned("report", hub.reportMs, ctx);
      aligned("snapshot", hub.snapshotMs, ctx);
      hub.door.start(input.kept, ctx);
      return;
    case "timer":
      return onTimer(hub, input.name, ctx);
    case "link":
      if (input.link === hub.upstream.link && input.to === "active" && hub.layoutLite !== undefined) {
        toUpstream(hub, { type: "layout.lite", payload: hub.layoutLite(ctx) }, ctx);
      }
      return;
    default:
      return;
  }
}

/** @returns Whether somebody wanted the message. */
function take(
  hub: HubParts,
  { message, link }: { readonly message: Message; readonly link: string },
  ctx: ActorContext,
): boolean {
  if (isTaken(hub, { message, link }, ctx)) return true;
  const fields = { type: message.type, link, src: message.src };
  ctx.log({ level: "warn", event: "scada.unexpected_message", fields });
  return false;
}

function isTaken(
  hub: HubParts,
  { message, link }: { readonly message: Message; readonly link: string },
  ctx: ActorContext,
): boolean {
  const { admin, upstream } = hub;
  if (link === INTERNAL) return takeInside(hub, message, ctx);
  if (admin !== undefined && link === admin.link) {
    return answerPeer(hub, { message, peer: admin }, ctx) || obeyAdmin(hub, message, ctx);
  }
  return link === upstream.link && answerPeer(hub, { message, peer: upstream }, ctx);
}

function onTimer(hub: HubParts, name: string, ctx: ActorContext): void {
  if (name === "report") {
    recordReports(hub, ctx);
    aligned(name, hub.reportMs, ctx);
  } else if (name === "snapshot") {
    sendSnapshots(hub, ctx);
    aligned(name, hub.snapshotMs, ctx);
  } else if (name === "admin_timeout") hub.door.release("AdminTimesOut", ctx);
}

/** Sets a timer for the next whole period of the wall clock. */
function aligned(name: string, periodMs: number, ctx: ActorContext): void {
  ctx.timer(name, periodMs - (ctx.wallMs % periodMs));
}
