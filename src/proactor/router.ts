import { assertNever } from "../core/invariant.ts";
import type { Message } from "../core/message.ts";
import type { LinksContext } from "../links/port.ts";
import type { Lane } from "../store/port.ts";
import type { ActorStage } from "./actor_stage.ts";
import type { ProactorConfig } from "./config.ts";
import type { Outputs, OutputsWorld } from "./outputs.ts";
import type { ActorEffect, OutgoingMessage } from "./step_effects.ts";
import type { StoreSide } from "./store_side.ts";
import type { ProactorTimers } from "./timers.ts";
import type { ProactorWorld } from "./world.ts";

/** The parts that an actor's effect may reach. */
export interface Routing {
  readonly config: ProactorConfig;
  readonly world: ProactorWorld;
  readonly store: StoreSide;
  readonly timers: ProactorTimers;
  readonly outputs: Outputs;
  readonly outputsWorld: OutputsWorld;
  readonly stage: ActorStage;
  readonly links: LinksContext;
  record(payload: { readonly TypeName: string; readonly [key: string]: unknown }, lane: Lane, wallMs: number): void;
  problem(kind: string, summary: string, details: string): void;
}

/** Routes by Dst: an actor of this process first, else the link that leads there. */
function send(actor: string, out: OutgoingMessage, to: Routing): void {
  const { config, stage } = to;
  const payload = out.payload as Readonly<Record<string, unknown>>;
  const messageId = typeof payload["MessageId"] === "string" ? payload["MessageId"] : "";
  const inside = out.link === undefined && stage.has(out.dst);
  const src = out.src ?? (inside ? actor : config.longName);
  const message: Message = { src, dst: out.dst, type: out.type, messageId, ackRequired: false, payload };
  if (inside) return stage.tell(out.dst, { kind: "message", message, link: "internal" });
  const link = out.link ?? config.routes[out.dst];
  if (link === undefined) {
    to.problem(
      `route/${out.dst}`,
      `Cannot route a message as its destination must be an actor or a peer: "${out.dst}"`,
      `${out.type} from "${actor}"`,
    );
    return;
  }
  to.store.afterCommit(() => void config.links.send(link, message, to.links));
}

/** Carries out one effect of an actor's step. */
export function carryOutEffect(actor: string, effect: ActorEffect, to: Routing): void {
  switch (effect.kind) {
    case "send":
      return send(actor, effect.message, to);
    case "record":
      return to.record(effect.payload, effect.lane, to.world.houseWallMs());
    case "keep": {
      const expiresWallMs = effect.lifetimeMs === 0 ? 0 : to.world.houseWallMs() + effect.lifetimeMs;
      const value = JSON.stringify(effect.value);
      return to.store.keep({ key: `${actor}/${effect.key}`, version: 1, value, expiresWallMs });
    }
    case "journal":
      return to.store.journal({ channel: effect.channel, value: effect.value, wallMs: effect.wallMs });
    case "clear_journal":
      return to.store.clearJournal(effect.beforeWallMs);
    case "command": {
      const { id, output, value, by } = effect;
      return to.outputs.command(actor, { id, output, value, by }, to.outputsWorld);
    }
    case "request":
      return to.world.effect({ kind: "request", actor, port: effect.port, id: effect.id, body: effect.body });
    case "timer":
      return to.timers.start(`actor:${actor}:${effect.name}`, effect.delayMs, "house");
    case "cancel":
      return to.timers.cancel(`actor:${actor}:${effect.name}`);
    case "log":
      return to.world.effect({ kind: "log", record: effect.record });
    default:
      return assertNever(effect);
  }
}
