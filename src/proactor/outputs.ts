import type { FromBus, OutputSpec, ToBus, WriteResult } from "../core/device.ts";
import type { OutputCommand, OutputGuard } from "../core/output_guard.ts";
import type { ActorInput } from "./actor.ts";

/** Most commands whose result is awaited; older ones are forgotten, and their actor gets `failed`. */
export const COMMANDS_MAX = 256;

/** What the outputs need from the proactor in a step. */
export interface OutputsWorld {
  readonly houseMs: number;
  readonly houseWallMs: number;
  toBus(bus: string, message: ToBus): void;
  /** Queues an input for an actor of this process. */
  tell(actor: string, input: ActorInput): void;
  /** Queues an input for every actor. */
  tellAll(input: ActorInput): void;
}

/** The outputs of all buses: safety before every write, leases, results back to who commanded. */
export interface Outputs {
  command(actor: string, command: OutputCommand, world: OutputsWorld): void;
  bus(bus: string, message: FromBus, world: OutputsWorld): void;
  /** Tells the guard of a reading and carries out what it demands. */
  reading(channel: string, value: number, world: OutputsWorld): void;
  /** Renews the leases; called every `LEASE_RENEW_MS` of real time. */
  renew(world: OutputsWorld): void;
  /** Lets the guard look at the time; called about once a second. */
  tick(world: OutputsWorld): void;
  /** Writes the safe value of everything commanded and gives up the leases. */
  makeSafe(world: OutputsWorld): void;
  values(): ReadonlyMap<string, number>;
}

interface Awaited {
  readonly actor: string;
  readonly output: string;
}

/** Makes the outputs of one proactor. @param life The agent's life, named in every lease and write. */
export function makeOutputs(life: number, guard: OutputGuard): Outputs {
  const specs = new Map<string, { readonly bus: string; readonly spec: OutputSpec }>();
  const leased = new Map<string, Set<string>>();
  const values = new Map<string, number>();
  const awaited = new Map<string, Awaited>();
  let forcedCount = 0;
  let stopping = false;

  function lease(bus: string, world: OutputsWorld): void {
    world.toBus(bus, { kind: "lease", life, outputs: [...leased.get(bus) ?? []] });
  }

  function write(id: string, output: string, value: number, world: OutputsWorld): boolean {
    const known = specs.get(output);
    if (!known) return false;
    const held = leased.get(known.bus)!;
    if (!held.has(output)) {
      held.add(output);
      lease(known.bus, world);
    }
    world.toBus(known.bus, { kind: "write", life, id, output, value });
    return true;
  }

  function force(output: string, value: number, because: string, world: OutputsWorld): void {
    if (values.get(output) === value) return;
    if (write(`forced-${life}-${++forcedCount}`, output, value, world)) {
      world.tellAll({ kind: "output", output, value, because });
    }
  }

  function changed(output: string, value: number, world: OutputsWorld): void {
    values.set(output, value);
    guard.output(output, value, world.houseMs, world.houseWallMs);
  }

  /** Tells who commanded it what became of a command. */
  function answer(id: string, result: WriteResult, world: OutputsWorld): void {
    const who = awaited.get(id);
    if (!who) return;
    awaited.delete(id);
    world.tell(who.actor, { kind: "result", id, output: who.output, result });
  }

  function opened(message: Extract<FromBus, { kind: "opened" }>, bus: string, world: OutputsWorld): void {
    // A bus that comes back has put its outputs to safe: nothing of this life is held there any more.
    const before = leased.get(bus);
    leased.set(bus, new Set());
    for (const [id, { output }] of [...awaited]) {
      if (specs.get(output)?.bus === bus) answer(id, { kind: "failed", code: "BUS_REPLACED" }, world);
    }
    for (const spec of message.outputs) {
      specs.set(spec.name, { bus, spec });
      changed(spec.name, spec.safeValue, world);
      if (before) {
        world.tellAll({ kind: "output", output: spec.name, value: spec.safeValue, because: "bus_replaced" });
      }
    }
  }

  return {
    command(actor, command, world) {
      if (stopping) return;
      const verdict = guard.command(command, world.houseMs, world.houseWallMs);
      if (verdict.kind === "refused") {
        const { because, retryAfterMs } = verdict;
        const result = retryAfterMs === undefined
          ? { kind: "forbidden", because } as const
          : { kind: "forbidden", because, retryAfterMs } as const;
        world.tell(actor, { kind: "result", id: command.id, output: command.output, result });
        return;
      }
      if (!write(command.id, command.output, command.value, world)) {
        world.tell(actor, {
          kind: "result",
          id: command.id,
          output: command.output,
          result: { kind: "refused", because: "unknown_output" },
        });
        return;
      }
      awaited.set(command.id, { actor, output: command.output });
      if (awaited.size > COMMANDS_MAX) {
        answer(awaited.keys().next().value!, { kind: "failed", code: "NO_ANSWER" }, world);
      }
    },
    bus(bus, message, world) {
      switch (message.kind) {
        case "opened":
          return opened(message, bus, world);
        case "result": {
          if (message.result.kind === "written") changed(message.output, message.result.value, world);
          answer(message.id, message.result, world);
          return;
        }
        case "lapsed":
          for (const output of message.outputs) {
            leased.get(bus)?.delete(output);
            const value = specs.get(output)?.spec.safeValue ?? 0;
            changed(output, value, world);
            world.tellAll({ kind: "output", output, value, because: "lease_lapsed" });
          }
          return;
      }
    },
    reading(channel, value, world) {
      if (stopping) return;
      for (const one of guard.reading(channel, value, world.houseMs)) force(one.output, one.value, one.because, world);
    },
    renew(world) {
      for (const [bus, outputs] of leased) if (outputs.size > 0) lease(bus, world);
    },
    tick(world) {
      if (stopping) return;
      for (const one of guard.tick(world.houseMs, world.houseWallMs)) {
        force(one.output, one.value, one.because, world);
      }
    },
    makeSafe(world) {
      stopping = true;
      for (const [bus, outputs] of leased) {
        for (const output of outputs) {
          const value = specs.get(output)!.spec.safeValue;
          world.toBus(bus, { kind: "write", life, id: `safe-${output}`, output, value });
        }
        world.toBus(bus, { kind: "lease", life, outputs: [] });
        outputs.clear();
      }
    },
    values: () => values,
  };
}
