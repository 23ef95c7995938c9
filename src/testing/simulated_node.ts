import type { ConnectionEffect, ConnectionInput } from "../links/connection_port.ts";
import { makeLinks } from "../links/mod.ts";
import type { LinkConfig, LinksConfig } from "../links/port.ts";
import { makeProactor, type ProactorConfig } from "../proactor/mod.ts";
import { STOP_FLUSH_MS } from "../proactor/proactor.ts";
import { DEFAULT_REGISTRY } from "../protocol/mod.ts";
import type { FailedCommit } from "../store/disk_faults.ts";
import type { FromStore } from "../store/port.ts";
import type { CrashHow, NodeName } from "./fault_plan.ts";
import { type LinkWatch, linkWatch } from "./link_watch.ts";
import type { Marks } from "./marks.ts";
import { markCrash, markReceived, markStore } from "./node_marks.ts";
import { linkPlant, type PlantedName } from "./planted.ts";
import { type NodePlant, nodePlant } from "./planted_node.ts";
import type { RandomStreams } from "./random_streams.ts";
import type { BrokerPort, SimulatedBroker } from "./simulated_broker.ts";
import type { SimulatedBus } from "./simulated_bus.ts";
import type { EngineName, SimulatedDisk } from "./simulated_disk.ts";
import { type LifeHands, type SimulatedLife, simulatedLife } from "./simulated_life.ts";
import { type SimulatedStore, simulatedStore, type StoreEnd } from "./simulated_store.ts";
import type { StoreLedger } from "./store_ledger.ts";
import type { Trace } from "./trace.ts";
import type { VirtualClock } from "./virtual_clock.ts";

/** Longest orderly stop, in ms; then the process is killed, as its launcher would. */
export const STOP_MS_MAX = 10_000;

/** Where a lost wall clock stands (ms since 1970) when the simulation starts: a kernel is not up in an instant, and 0 is no time. */
export const LOST_WALL_MS = 1_000;

/** What every node of a world shares. */
export interface NodeWorld {
  readonly clock: VirtualClock;
  readonly random: RandomStreams;
  readonly broker: SimulatedBroker;
  readonly trace: Trace;
  readonly marks: Marks;
}

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
  /** Steps of all lives, messages received, and the newest payload text of each type that was published. */
  readonly steps: number;
  readonly delivered: number;
  readonly published: ReadonlyMap<string, { readonly atMs: number; readonly bytes: Uint8Array }>;
  start(): void;
  crash(how: CrashHow): void;
  /** It makes no step and reads no socket for so many ms. */
  freeze(forMs: number): void;
  stepWall(deltaMs: number): void;
  /** The wall clock falls back to 1970, and counts on from there until it is set right. */
  loseWall(): void;
  /** Ends `loseWall`. */
  setWallRight(): void;
  /** The bus worker dies, and a new one takes its place. */
  replaceBus(): void;
  /** The n-th commit from now on fails, and the process dies with it. */
  crashAtCommit(n: number, how: FailedCommit, downMs: number): void;
  /** Something that no peer of ours sent. */
  inject(bytes: Uint8Array): void;
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
  readonly name: NodeName;
  readonly published = new Map<string, { readonly atMs: number; readonly bytes: Uint8Array }>();
  watch: LinkWatch;
  life: SimulatedLife | undefined;
  downSinceMs = 0;
  delivered = 0;
  #wallOffsetMs = 0;
  #isWallLost = false;
  #ids = 0;
  #boot = "";
  #lives = 0;
  #endedSteps = 0;
  readonly #connections = new Map<string, BrokerPort>();
  #crashesOnFailure = false;
  #crashDownMs = 0;
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
    this.watch = linkWatch(this.#link.name, this.#world.marks);
    this.#plant = nodePlant(planted);
    this.#store = simulatedStore({
      name,
      clock,
      trace,
      engine,
      bytesMax,
      planted,
      plant: this.#plant,
      wallMs: () => this.#wallMs(),
      answered: (message) => this.#storeSaid(message),
    });
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
    if (this.#isWallLost) this.#world.marks.hit("start_without_clock");
    if (!this.#store.up) {
      if (this.#plant.repeatsIds) this.#ids = 0;
      this.#boot = this.#newId();
      this.#lives = 0;
      this.#store.start();
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

  crashAtCommit(n: number, how: FailedCommit, downMs: number): void {
    this.disk.failCommit(n, "SQLITE_IOERR", how);
    this.#crashesOnFailure = true;
    this.#crashDownMs = downMs;
  }

  freeze(forMs: number): void {
    const { life } = this;
    if (!life) return;
    life.freeze(forMs);
    for (const connection of this.#connections.values()) connection.flow(false);
    this.#world.clock.after(forMs, `${this.name}: goes on`, () => {
      if (this.life !== life) return;
      for (const connection of this.#connections.values()) connection.flow(true);
    });
  }

  stepWall(deltaMs: number): void {
    this.#wallOffsetMs += deltaMs;
  }

  loseWall(): void {
    this.#isWallLost = true;
  }

  setWallRight(): void {
    this.#isWallLost = false;
  }

  inject(bytes: Uint8Array): void {
    if (!this.life || !this.#world.broker.isUp(this.name)) return;
    if (this.watch.state === "active") this.#world.marks.hit("garbage_on_a_link_that_is_active");
    const { peerLongName, ownShortName, connection } = this.#link;
    const topic = `gw/${peerLongName}/to/${ownShortName}/x`.replaceAll(".", "-");
    this.#received({ kind: "message", connection, topic, bytes }, this.life);
  }

  #note(what: string): void {
    this.#world.trace.add(this.#world.clock.nowMs, this.name, what);
  }

  #wallMs(): number {
    const { clock } = this.#world;
    return this.#isWallLost ? LOST_WALL_MS + Math.floor(clock.nowMs) : clock.wallMs + this.#wallOffsetMs;
  }

  #newId(): string {
    const count = (++this.#ids).toString(16).padStart(12, "0");
    return `00000000-0000-4000-8${this.name === "agent" ? "000" : "111"}-${count}`;
  }

  #storeSaid(message: FromStore): void {
    const { clock, marks } = this.#world;
    markStore(marks, message, this);
    if (message.kind !== "failed" || !this.#crashesOnFailure) return;
    this.#crashesOnFailure = false;
    const downMs = this.#crashDownMs;
    clock.after(0, `${this.name}: dies with a commit`, () => {
      marks.hit("crash_at_a_commit");
      this.crash("process");
      clock.after(downMs, `${this.name}: restart`, () => this.start());
    });
  }

  #received(input: ConnectionInput, to: SimulatedLife): void {
    if (!to.alive) return;
    if (input.connection === this.#link.connection) this.#watchInput(input);
    if (input.kind === "message") {
      this.delivered++;
      this.#note(`< ${input.topic} ${input.bytes.length}`);
      if (input.topic.endsWith("/gridworks-ack")) this.ledger.heardAck(ackedId(input.bytes));
    } else if (input.kind !== "taken") this.#note(`< ${input.kind}`);
    const seen = this.#plant.input(input, (effect) => this.#connections.get(effect.connection)?.effect(effect));
    if (seen !== undefined) to.post({ kind: "connection", input: seen });
  }

  #watchInput(input: ConnectionInput): void {
    markReceived(this.#world.marks, input, this);
    this.watch.connection(input, this.#world.clock.nowMs);
  }

  #publish(asked: ConnectionEffect, life: SimulatedLife): void {
    const effect = this.#plant.effect(asked, (input) => life.post({ kind: "connection", input }));
    if (effect === undefined) return;
    if (effect.kind === "publish" && effect.connection === this.#link.connection) {
      const type = effect.topic.slice(effect.topic.lastIndexOf("/") + 1);
      this.published.set(type, { atMs: this.#world.clock.nowMs, bytes: effect.bytes });
    }
    this.#connections.get(effect.connection)?.effect(effect);
  }

  #startLife(): void {
    this.#lives++;
    const { name } = this;
    const { clock, random, broker } = this.#world;
    const { links: config, planted, own } = this.#options;
    const ground = {
      name,
      clock,
      wallMs: () => this.#wallMs(),
      newId: () => this.#newId(),
      random: (stream: string) => random.next(`${name}.${stream}`),
    };
    const life: SimulatedLife = simulatedLife(ground, {
      effect: (effect) => this.#effect(effect, life, store),
      log: (record) => {
        const move = this.watch.log(record);
        if (move !== undefined) this.#note(move);
      },
    });
    const store: StoreEnd = this.#store.attach(life, this.#boot, this.#lives);
    this.life = life;
    this.watch = linkWatch(this.#link.name, this.#world.marks);
    const links = makeLinks(config, DEFAULT_REGISTRY, linkPlant(planted));
    const world = this.#plant.world(life.world);
    life.run(makeProactor({ ...own(), boot: this.#boot, life: this.#lives, links }, world));
    for (const connection of new Set(config.links.map((link) => link.connection))) {
      // The link that faults aim at has its connection under the node's own name.
      const client = connection === this.#link.connection ? name : `${name}.${connection}`;
      this.#connections.set(connection, broker.attach(client, (input) => this.#received(input, life)));
    }
    store.open();
    this.#attachBus();
  }

  #effect(effect: Parameters<LifeHands["effect"]>[0], life: SimulatedLife, store: StoreEnd): void {
    if (effect.kind === "store") store.send(effect.message);
    else if (effect.kind === "connection") this.#publish(effect.effect, life);
    else if (effect.kind === "flow") this.#connections.get(effect.connection)?.flow(effect.reading);
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
    for (const connection of this.#connections.values()) connection.crash();
    this.#connections.clear();
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

function ackedId(bytes: Uint8Array): string {
  const envelope = JSON.parse(new TextDecoder().decode(bytes)) as {
    readonly Payload?: { readonly AckMessageID?: string };
  };
  return envelope.Payload?.AckMessageID ?? "";
}
