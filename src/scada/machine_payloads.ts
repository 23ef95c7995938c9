import type { FsmEvent, SingleMachineState } from "../protocol/mod.ts";

/** One command to a node. */
export interface FsmCommand {
  readonly fromHandle: string;
  readonly toHandle: string;
  readonly eventType: string;
  readonly eventName: string;
  readonly triggerId: string;
  readonly wallMs: number;
}

/** Builds `fsm.event`. */
export function fsmEvent(command: FsmCommand): FsmEvent {
  return {
    FromHandle: command.fromHandle,
    ToHandle: command.toHandle,
    EventType: command.eventType,
    EventName: command.eventName,
    TriggerId: command.triggerId,
    SendTimeUnixMs: command.wallMs,
    TypeName: "fsm.event",
    Version: "000",
  };
}

/** State of one machine at one time. */
export interface MachineStateNow {
  readonly handle: string;
  readonly stateEnum: string;
  readonly state: string;
  readonly wallMs: number;
  readonly cause: string;
}

/** Builds `single.machine.state`. */
export function singleMachineState(now: MachineStateNow): SingleMachineState {
  return {
    MachineHandle: now.handle,
    StateEnum: now.stateEnum,
    State: now.state,
    UnixMs: now.wallMs,
    Cause: now.cause,
    TypeName: "single.machine.state",
    Version: "000",
  };
}

/** A small trouble. */
export interface Glitch {
  readonly node: string;
  readonly level: "Critical" | "Error" | "Warning" | "Info" | "Debug";
  readonly summary: string;
  readonly details: string;
}

/** Builds `glitch`. @param fromAlias GNode alias of the scada. */
export function glitchPayload(glitch: Glitch, fromAlias: string, wallMs: number): Readonly<Record<string, unknown>> {
  return {
    FromGNodeAlias: fromAlias,
    Node: glitch.node,
    Type: glitch.level,
    Summary: glitch.summary,
    Details: glitch.details,
    CreatedMs: wallMs,
    TypeName: "glitch",
    Version: "000",
  };
}
