import type { FromBus, OutputSpec, ToBus, WriteResult } from "../core/device.ts";
import type { ForcedWrite, OutputCommand, OutputGuard } from "../core/output_guard.ts";
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
  /** Buses that were ever opened: without one there is no lease to renew. */
  readonly buses: number;
}

interface Awaited {
  /** Who commanded it; "" for a forced write. */
  readonly actor: string;
  readonly output: string;
  /** Why it was forced. */
  readonly because?: string;
}

/** Makes the outputs of one proactor. @param life The agent's life, named in every lease and write. */
export function makeOutputs(life: number, guard: OutputGuard): Outputs {
  return new GuardedOutputs(life, guard);
}

class GuardedOutputs implements Outputs {
  readonly #life: number;
  readonly #guard: OutputGuard;
  readonly #specs = new Map<string, { readonly bus: string; readonly spec: OutputSpec }>();
  readonly #leased = new Map<string, Set<string>>();
  readonly #values = new Map<string, number>();
  readonly #awaited = new Map<string, Awaited>();
  #forcedCount = 0;
  #stopping = false;

  constructor(life: number, guard: OutputGuard) {
    this.#life = life;
    this.#guard = guard;
  }

  get buses(): number {
    return this.#leased.size;
  }

  command(actor: string, command: OutputCommand, world: OutputsWorld): void {
    if (this.#stopping) return;
    const { id, output } = command;
    const verdict = this.#guard.command(command, world.houseMs, world.houseWallMs);
    if (verdict.kind === "refused") {
      const { kind: _, ...why } = verdict;
      return world.tell(actor, { kind: "result", id, output, result: { kind: "forbidden", ...why } });
    }
    if (!this.#write(id, output, command.value, world)) {
      const result = { kind: "refused", because: "unknown_output" } as const;
      return world.tell(actor, { kind: "result", id, output, result });
    }
    this.#await(id, { actor, output }, world);
  }

  bus(bus: string, message: FromBus, world: OutputsWorld): void {
    switch (message.kind) {
      case "opened":
        return this.#opened(message, bus, world);
      case "result": {
        if (message.result.kind === "written") this.#changed(message.output, message.result.readBack, world);
        return this.#answer(message.id, message.result, world);
      }
      case "lapsed":
        for (const output of message.outputs) {
          this.#leased.get(bus)?.delete(output);
          const value = this.#specs.get(output)?.spec.safeValue ?? 0;
          this.#changed(output, value, world);
          world.tellAll({ kind: "output", output, value, because: "lease_lapsed" });
        }
        return;
    }
  }

  reading(channel: string, value: number, world: OutputsWorld): void {
    if (this.#stopping) return;
    for (const one of this.#guard.reading(channel, value, world.houseMs)) this.#force(one, world);
  }

  renew(world: OutputsWorld): void {
    for (const [bus, outputs] of this.#leased) if (outputs.size > 0) this.#lease(bus, world);
  }

  tick(world: OutputsWorld): void {
    if (this.#stopping) return;
    for (const one of this.#guard.tick(world.houseMs, world.houseWallMs)) this.#force(one, world);
  }

  makeSafe(world: OutputsWorld): void {
    this.#stopping = true;
    for (const [bus, outputs] of this.#leased) {
      for (const output of outputs) {
        const value = this.#specs.get(output)!.spec.safeValue;
        world.toBus(bus, { kind: "write", life: this.#life, id: `safe-${output}`, output, value });
      }
      world.toBus(bus, { kind: "lease", life: this.#life, outputs: [] });
      outputs.clear();
    }
  }

  values(): ReadonlyMap<string, number> {
    return this.#values;
  }

  #lease(bus: string, world: OutputsWorld): void {
    world.toBus(bus, { kind: "lease", life: this.#life, outputs: [...this.#leased.get(bus) ?? []] });
  }

  #write(id: string, output: string, value: number, world: OutputsWorld): boolean {
    const known = this.#specs.get(output);
    if (!known) return false;
    const held = this.#leased.get(known.bus)!;
    if (!held.has(output)) {
      held.add(output);
      this.#lease(known.bus, world);
    }
    world.toBus(known.bus, { kind: "write", life: this.#life, id, output, value });
    return true;
  }

  #force({ output, value, because }: ForcedWrite, world: OutputsWorld): void {
    if (this.#values.get(output) === value) return;
    const id = `forced-${this.#life}-${++this.#forcedCount}`;
    if (this.#write(id, output, value, world)) this.#await(id, { actor: "", output, because }, world);
  }

  #await(id: string, who: Awaited, world: OutputsWorld): void {
    this.#awaited.set(id, who);
    if (this.#awaited.size <= COMMANDS_MAX) return;
    this.#answer(this.#awaited.keys().next().value!, { kind: "failed", code: "NO_ANSWER" }, world);
  }

  #changed(output: string, value: number, world: OutputsWorld): void {
    this.#values.set(output, value);
    this.#guard.output(output, value, world.houseMs, world.houseWallMs);
  }

  /** Tells who commanded it what became of a command, and everyone what a forced write was read back as. */
  #answer(id: string, result: WriteResult, world: OutputsWorld): void {
    const who = this.#awaited.get(id);
    if (!who) return;
    this.#awaited.delete(id);
    const { actor, output, because } = who;
    if (because === undefined) return world.tell(actor, { kind: "result", id, output, result });
    if (result.kind === "written") world.tellAll({ kind: "output", output, value: result.readBack, because });
  }

  #opened(message: Extract<FromBus, { kind: "opened" }>, bus: string, world: OutputsWorld): void {
    // A bus that comes back has put its outputs to safe: nothing of this life is held there any more.
    const before = this.#leased.get(bus);
    this.#leased.set(bus, new Set());
    for (const [id, { output }] of [...this.#awaited]) {
      const isHere = this.#specs.get(output)?.bus === bus;
      if (isHere) this.#answer(id, { kind: "failed", code: "BUS_REPLACED" }, world);
    }
    for (const spec of message.outputs) {
      const { name: output, safeValue: value } = spec;
      this.#specs.set(output, { bus, spec });
      this.#changed(output, value, world);
      if (before) world.tellAll({ kind: "output", output, value, because: "bus_replaced" });
    }
  }
}
