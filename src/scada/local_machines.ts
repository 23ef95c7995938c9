import { stepMachine } from "../core/table_machine.ts";
import type { ActorContext } from "../proactor/actor.ts";
import type { CommandTree } from "./command_tree.ts";
import {
  HP_TABLE,
  type HpEvent,
  type HpState,
  LOCAL_TOP_TABLE,
  type LocalTopEvent,
  type LocalTopState,
  ZONE_TABLE,
  type ZoneEvent,
  type ZoneState,
} from "./local_brain.ts";
import { singleMachineState } from "./machine_payloads.ts";

const HUB = "s";
const TOP_NODE = "lc";
const HP_NODE = "n";

/** The machines of local control: top, heat pump, and one for each zone. */
export interface LocalMachines {
  readonly top: LocalTopState;
  readonly hp: HpState;
  /** In the order of the zones. */
  readonly zones: readonly ZoneState[];
  /** Events that a table had no cell for. */
  readonly refused: number;
  /** @returns Whether it moved. */
  moveTop(event: LocalTopEvent, cause: string, ctx: ActorContext): boolean;
  moveHp(event: HpEvent, cause: string, ctx: ActorContext): void;
  moveZone(index: number, event: ZoneEvent): void;
  /** Tells the hub the state of a machine. */
  publish(machine: "top" | "hp", cause: string, ctx: ActorContext): void;
}

/** Makes the machines as they are at start. @param zoneCount Number of zones. */
export function localMachines(tree: CommandTree, zoneCount: number): LocalMachines {
  let top: LocalTopState = "Normal";
  let hp: HpState = "Initializing";
  const zones: ZoneState[] = Array.from({ length: zoneCount }, () => "Idle");
  let refused = 0;

  function publish(machine: "top" | "hp", cause: string, ctx: ActorContext): void {
    const handle = tree.handleOf(machine === "top" ? TOP_NODE : HP_NODE);
    const stateEnum = machine === "top" ? "gw1.lc.top.state" : "gw1.local.control.buffer.only.state";
    const state = machine === "top" ? top : hp;
    const payload = singleMachineState({ handle, stateEnum, state, wallMs: ctx.wallMs, cause });
    ctx.send({ dst: HUB, type: payload.TypeName, payload });
  }
  return {
    get top() {
      return top;
    },
    get hp() {
      return hp;
    },
    zones,
    get refused() {
      return refused;
    },
    moveTop(event, cause, ctx) {
      const step = stepMachine(LOCAL_TOP_TABLE, top, event);
      if (step.kind === "refused") {
        refused++;
        return false;
      }
      top = step.to;
      publish("top", cause, ctx);
      return true;
    },
    moveHp(event, cause, ctx) {
      const step = stepMachine(HP_TABLE, hp, event);
      if (step.kind === "refused") return void refused++;
      hp = step.to;
      publish("hp", cause, ctx);
    },
    moveZone(index, event) {
      // A zone that is warm already has no cell for it: nothing to count, as it is judged anew each pass.
      const step = stepMachine(ZONE_TABLE, zones[index] ?? "Idle", event);
      if (step.kind === "moved" && index < zones.length) zones[index] = step.to;
    },
    publish,
  };
}
