import { makeLinks } from "../links/mod.ts";
import type { LinkConfig, LinksConfig } from "../links/port.ts";
import { makeProactor, type ProactorConfig } from "../proactor/mod.ts";
import { STOP_FLUSH_MS } from "../proactor/proactor.ts";
import { DEFAULT_REGISTRY } from "../protocol/mod.ts";
import type { FromStore } from "../store/port.ts";
import { type NodeDeaths, nodeDeaths } from "./node_deaths.ts";
import type { CrashHow, NodeName } from "./fault_plan.ts";
import { type LinkWatch, linkWatch } from "./link_watch.ts";
import { markCrash, markStore } from "./node_marks.ts";
import { linkPlant, type PlantedName } from "./planted.ts";
import type { NodeWorld } from "./node_world.ts";
import { type NodePlant, nodePlant } from "./planted_node.ts";
import type { SimulatedBus } from "./simulated_bus.ts";
import type { EngineName, SimulatedDisk } from "./simulated_disk.ts";
import { type LifeHands, type SimulatedLife, simulatedLife } from "./simulated_life.ts";
import { type SimulatedStore, simulatedStore, type StoreEnd } from "./simulated_store.ts";
import { type SimulatedWall, simulatedWall } from "./simulated_wall.ts";
import { type SimulatedWire, simulatedWire } from "./simulated_wire.ts";
import type { StoreLedger } from "./store_ledger.ts";

/** Longest orderly stop, in ms; then the process is killed, as its launcher would. */
export const STOP_MS_MAX = 10_000;

/** What makes a node an agent or an LTN. */
export interface NodeOptions {
  readonly name: NodeName;
  readonly links: LinksConfig;
  /** Called once for each life. */
  readonly own: () => Omit<ProactorConfig, "boot" | "life" | "links">;
  readonly planted?: PlantedName | undefined;
  /** Most payload bytes of pending events. */
  readonly bytesMax: number;
  /** @default "memory" */
  readonly engine?: EngineName | undefined;
  readonly bus?: SimulatedBus;
}

/** One process of a simulated world: a proactor on a store, restarted as often as faults want. */
export interface SimulatedNode {
  readonly name: NodeName;
  readonly ledger: StoreLedger;
  readonly disk: SimulatedDisk;
  readonly up: boolean;
  /** Whether the process runs, with or without its proactor: store and bus serve. */
  readonly processUp: boolean;
  /** Virtual ms at which it went down; only while it is not up. */
  readonly downSinceMs: number;
  readonly life: SimulatedLife | undefined;
  readonly watch: LinkWatch;
  readonly wire: SimulatedWire;
  readonly wall: SimulatedWall;
  /** Ways to go down that wait for something. */
  readonly deaths: NodeDeaths;
  /** Steps of all lives. */
  readonly steps: number;
  start(): void;
  crash(how: CrashHow): void;
  /** It makes no step and reads no socket for so many ms. */
  freeze(forMs: number): void;
  /** The bus worker dies, and a new one takes its place. */
  replaceBus(): void;
  /** All that is wrong with it ends, and it is up. */
  calm(): void;
}

/** Makes a node that is down. */
export function simulatedNode(world: NodeWorld, options: NodeOptions): SimulatedNode {
  return new VirtualNode(world, options);
}

class VirtualNode implements SimulatedNode {
  readonly #world: NodeWorld;
  readonly #options: NodeOptions;
  readonly #link: LinkConfig;
  readonly #store: SimulatedStore;
  readonly #plant: NodePlant;
  readonly wire: SimulatedWire;
  readonly wall: SimulatedWall;
  readonly deaths: NodeDeaths;
  readonly name: NodeName;
  watch: LinkWatch;
  life: SimulatedLife | undefined;
  downSinceMs = 0;
  #ids = 0;
  #boot = "";
  #lives = 0;
  #endedSteps = 0;
  /** Ends an orderly stop, while there is one. */
  #stopped: (() => void) | undefined;
  #toBus: ReturnType<SimulatedBus["attach"]> | undefined;

  constructor(world: NodeWorld, options: NodeOptions) {
    const { name, bytesMax, planted, engine = "memory" } = options;
    const { clock, trace } = world;
    this.#world = world;
    this.#options = options;
    this.name = name;
    this.#link = options.links.links[0]!;
    this.watch = linkWatch(this.#link, this.#world.marks);
    this.#plant = nodePlant(planted);
    this.wall = simulatedWall(clock);
    this.deaths = nodeDeaths(world, this);
    this.#store = simulatedStore({
      name,
      clock,
      trace,
      engine,
      bytesMax,
      planted,
      plant: this.#plant,
      wallMs: () => this.wall.nowMs,
      answered: (message) => this.#storeSaid(message),
      refused: () => world.marks.hit("store_refused_at_the_start"),
    });
    const { links } = options;
    const { ledger } = this.#store;
    this.wire = simulatedWire(world, { name, links, ledger, plant: this.#plant, watch: () => this.watch });
  }

  get ledger(): StoreLedger {
    return this.#store.ledger;
  }

  get disk(): SimulatedDisk {
    return this.#store.disk;
  }

  get up(): boolean {
    return this.life !== undefined;
  }

  get processUp(): boolean {
    return this.#store.up;
  }

  get steps(): number {
    return this.#endedSteps + (this.life?.steps ?? 0);
  }

  start(): void {
    if (this.life) return;
    this.#note("start");
    if (this.ledger.stored.size > 0) this.#world.marks.hit("start_with_pending_rows");
    if (this.wall.isLost) this.#world.marks.hit("start_without_clock");
    if (!this.#store.up) {
      if (this.#plant.repeatsIds) this.#ids = 0;
      this.#boot = this.#newId();
      this.#lives = 0;
      this.#store.start(this.#boot);
      this.#options.bus?.start();
    }
    this.#startLife();
  }

  crash(how: CrashHow): void {
    if (!this.life) return;
    this.#note(`crash ${how}`);
    if (how !== "stop") markCrash(this.#world.marks, this, (this.#options.bus?.unsafe().length ?? 0) > 0);
    if (how === "life") this.#endLife();
    else if (how === "process") this.#endProcess();
    else if (this.#stopped === undefined) this.#stop(this.life);
  }

  replaceBus(): void {
    const { bus } = this.#options;
    if (!bus?.up) return;
    if (bus.unsafe().length > 0) this.#world.marks.hit("bus_replaced_with_outputs_on");
    bus.crash();
    bus.start();
    this.#attachBus();
  }

  calm(): void {
    this.deaths.calm();
    this.disk.heal();
    this.wall.setRight();
    this.start();
  }

  freeze(forMs: number): void {
    const { life } = this;
    if (!life) return;
    life.freeze(forMs);
    this.wire.flow(false);
    this.#world.clock.after(forMs, `${this.name}: goes on`, () => {
      if (this.life === life) this.wire.flow(true);
    });
  }

  #note(what: string): void {
    this.#world.trace.add(this.#world.clock.nowMs, this.name, what);
  }

  #newId(): string {
    const count = (++this.#ids).toString(16).padStart(12, "0");
    return `00000000-0000-4000-8${this.name === "agent" ? "000" : "111"}-${count}`;
  }

  #storeSaid(message: FromStore): void {
    markStore(this.#world.marks, message, this);
    this.deaths.storeSaid(message);
  }

  #startLife(): void {
    this.#lives++;
    const { name } = this;
    const { clock, random } = this.#world;
    const { links: config, planted, own } = this.#options;
    const ground = {
      name,
      clock,
      wallMs: () => this.wall.nowMs,
      newId: () => this.#newId(),
      random: (stream: string) => random.next(`${name}.${stream}`),
    };
    const life: SimulatedLife = simulatedLife(ground, {
      effect: (effect) => this.#effect(effect, life, store),
      log: (record) => {
        const move = this.watch.log(record);
        if (move === undefined) return;
        this.#note(move);
        this.deaths.moved();
      },
    });
    const store: StoreEnd = this.#store.attach(life, this.#boot, this.#lives);
    this.life = life;
    this.watch = linkWatch(this.#link, this.#world.marks);
    const links = makeLinks(config, DEFAULT_REGISTRY, linkPlant(planted));
    const world = this.#plant.world(life.world);
    life.run(makeProactor({ ...own(), boot: this.#boot, life: this.#lives, links }, world));
    this.wire.attach(life);
    store.open();
    this.#attachBus();
  }

  #effect(effect: Parameters<LifeHands["effect"]>[0], life: SimulatedLife, store: StoreEnd): void {
    if (effect.kind === "store") store.send(effect.message);
    else if (effect.kind === "connection") this.wire.effect(effect.effect, life);
    else if (effect.kind === "flow") this.wire.flow(effect.reading, effect.connection);
    else if (effect.kind === "bus") this.#toBus?.(effect.message);
    else if (effect.kind === "stopped") this.#stopped?.();
  }

  #attachBus(): void {
    const to = this.life;
    const send = to && this.#options.bus?.attach((message) => {
      if (message.kind === "lapsed") this.#world.marks.hit("lease_lapsed");
      to.post({ kind: "bus", bus: "house", message });
    });
    this.#toBus = send && this.#plant.toBus(send, this.#world.clock);
  }

  #endLife(): void {
    this.#endedSteps += this.life?.steps ?? 0;
    this.life?.end();
    this.life = undefined;
    this.wire.crash();
    this.#stopped = undefined;
    this.downSinceMs = this.#world.clock.nowMs;
  }

  #endProcess(): void {
    if (this.life) this.#endLife();
    this.#store.crash();
    this.#options.bus?.crash();
  }

  #stop(life: SimulatedLife): void {
    const { clock } = this.#world;
    const stopMs = clock.nowMs;
    this.#stopped = () =>
      void clock.after(0, `${this.name}: stopped`, () => {
        if (this.life !== life) return;
        const isFlushed = clock.nowMs - stopMs < STOP_FLUSH_MS;
        this.#world.marks.hit(isFlushed ? "stopped_in_order" : "stopped_without_the_store");
        this.#endLife();
        this.#store.close();
        this.#endProcess();
      });
    life.post({ kind: "stop", reason: "Stopped in order" });
    clock.after(STOP_MS_MAX, `${this.name}: killed`, () => {
      if (this.life === life) this.#endProcess();
    });
  }
}
