import { portPair } from "../host/port_like.ts";
import { serveStore, type StoreClock, type StoreServer } from "../host/store_server.ts";
import type { ConnectionInput } from "../links/connection_port.ts";
import { makeLinks } from "../links/mod.ts";
import type { LinksConfig } from "../links/port.ts";
import { makeProactor, type ProactorConfig, type ProactorEffect } from "../proactor/mod.ts";
import { DEFAULT_REGISTRY } from "../protocol/mod.ts";
import type { EventRow, FromStore, ToStore } from "../store/port.ts";
import type { CrashHow, NodeName } from "./fault_plan.ts";
import { type LinkWatch, linkWatch } from "./link_watch.ts";
import { linkPlant, type PlantedName } from "./planted.ts";
import type { RandomStreams } from "./random_streams.ts";
import type { BrokerPort, SimulatedBroker } from "./simulated_broker.ts";
import type { SimulatedBus } from "./simulated_bus.ts";
import { type EngineName, type SimulatedDisk, simulatedDisk } from "./simulated_disk.ts";
import { type SimulatedLife, simulatedLife } from "./simulated_life.ts";
import { type StoreLedger, storeLedger } from "./store_ledger.ts";
import type { Trace } from "./trace.ts";
import type { VirtualClock } from "./virtual_clock.ts";

/** Longest orderly stop, in ms; then the process is killed, as its launcher would. */
export const STOP_MS_MAX = 10_000;

/** What every node of a world shares. */
export interface NodeWorld {
  readonly clock: VirtualClock;
  readonly random: RandomStreams;
  readonly broker: SimulatedBroker;
  readonly trace: Trace;
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
  stepWall(deltaMs: number): void;
  /** The wall clock falls back to 1970, and counts on from there until it is set right. */
  loseWall(): void;
  /** Ends `loseWall`. */
  setWallRight(): void;
  /** The bus worker dies, and a new one takes its place. */
  replaceBus(): void;
  /** Something that no peer of ours sent. */
  inject(bytes: Uint8Array): void;
}

/** Makes a node that is down. */
export function simulatedNode(world: NodeWorld, options: NodeOptions): SimulatedNode {
  const { clock, random, broker, trace } = world;
  const { name, bus } = options;
  const linkConfig = options.links.links[0]!;
  const { bytesMax } = options;
  const disk = simulatedDisk(options.engine ?? "memory", { owner: name, bytesMax, wallMs });
  const published = new Map<string, { readonly atMs: number; readonly bytes: Uint8Array }>();
  let wallOffsetMs = 0;
  let isWallLost = false;
  let ids = 0;
  let boot = "";
  let lives = 0;
  let storeTimers = new Set<Disposable>();
  let server: StoreServer | undefined;
  let life: SimulatedLife | undefined;
  let watch = linkWatch(linkConfig.name);
  let connection: BrokerPort | undefined;
  let downSinceMs = 0;
  let steps = 0;
  let delivered = 0;
  let stopping: (() => void) | undefined;
  let toBus: ReturnType<SimulatedBus["attach"]> | undefined;

  function wallMs(): number {
    return isWallLost ? clock.nowMs : clock.wallMs + wallOffsetMs;
  }
  function newId(): string {
    return `00000000-0000-4000-8${name === "agent" ? "000" : "111"}-${(++ids).toString(16).padStart(12, "0")}`;
  }
  const ledger = storeLedger(() => disk.openEngine());

  function storeClock(): StoreClock {
    const timers = storeTimers;
    return {
      nowMs: () => clock.nowMs,
      wallMs,
      after(ms, timer, callback) {
        const running = clock.after(ms, `${name}: ${timer}`, () => {
          timers.delete(running);
          callback();
        });
        timers.add(running);
        return running;
      },
    };
  }
  function received(input: ConnectionInput, to: SimulatedLife): void {
    if (!to.alive) return;
    watch.connection(input);
    if (input.kind === "message") {
      delivered++;
      trace.add(clock.nowMs, name, `< ${input.topic} ${input.bytes.length}`);
      if (input.topic.endsWith("/gridworks-ack")) ledger.heardAck(ackedId(input.bytes));
    } else if (input.kind !== "taken") trace.add(clock.nowMs, name, `< ${input.kind}`);
    to.post({ kind: "connection", input });
  }
  function publish(effect: Extract<ProactorEffect, { kind: "connection" }>["effect"]): void {
    if (effect.kind === "publish") {
      const type = effect.topic.slice(effect.topic.lastIndexOf("/") + 1);
      published.set(type, { atMs: clock.nowMs, bytes: effect.bytes });
    }
    connection?.effect(effect);
  }
  /** Joins a life to the store, hop by hop in order. */
  function attachStore(to: SimulatedLife): { readonly send: (message: ToStore) => void; open(): void } {
    const [mine, theirs] = portPair();
    const asked = new Map<number, readonly EventRow[]>();
    const served = server!;
    mine.onmessage = ({ data }: { readonly data: FromStore }) => {
      if (!to.alive) return;
      if (data.kind === "committed") {
        for (const [txn, rows] of asked) {
          if (txn > data.txn) break;
          asked.delete(txn);
          ledger.promise(rows);
        }
      }
      if (data.kind === "failed") trace.add(clock.nowMs, name, `store failed ${data.code}`);
      to.post({ kind: "store", message: data });
    };
    return {
      send(message) {
        if (message.kind === "txn") asked.set(message.txn.txn, message.txn.append);
        clock.after(0, `${name}: to store`, () => {
          if (server === served) mine.postMessage(message);
        });
      },
      open: () => served.attach(theirs, boot, lives),
    };
  }
  function startLife(): void {
    lives++;
    const ground = {
      name,
      clock,
      wallMs,
      newId,
      random: (stream: string) => random.next(`${name}.${stream}`),
    };
    const fresh = simulatedLife(ground, {
      effect(effect) {
        if (effect.kind === "store") store.send(effect.message);
        else if (effect.kind === "connection") publish(effect.effect);
        else if (effect.kind === "bus") toBus?.(effect.message);
        else if (effect.kind === "stopped") stopping?.();
      },
      log(record) {
        const move = watch.log(record);
        if (move !== undefined) trace.add(clock.nowMs, name, move);
      },
    });
    const store = attachStore(fresh);
    life = fresh;
    watch = linkWatch(linkConfig.name);
    const links = makeLinks(options.links, DEFAULT_REGISTRY, linkPlant(options.planted));
    fresh.run(makeProactor({ ...options.own(), boot, life: lives, links }, fresh.world));
    connection = broker.attach(name, (input) => received(input, fresh));
    store.open();
    attachBus();
  }
  function attachBus(): void {
    const to = life;
    toBus = to && bus?.attach((message) => to.post({ kind: "bus", bus: "house", message }));
  }
  function endLife(): void {
    steps += life?.steps ?? 0;
    life?.end();
    life = undefined;
    connection?.crash();
    connection = undefined;
    stopping = undefined;
    downSinceMs = clock.nowMs;
  }
  function endProcess(): void {
    if (life) endLife();
    for (const timer of storeTimers) timer[Symbol.dispose]();
    server = undefined;
    disk.crash();
    bus?.crash();
  }
  function stop(): void {
    const stopped = life!;
    function finish(): void {
      if (life !== stopped) return;
      endLife();
      server?.close();
      endProcess();
    }
    stopping = () => void clock.after(0, `${name}: stopped`, finish);
    life!.post({ kind: "stop", reason: "Stopped in order" });
    clock.after(STOP_MS_MAX, `${name}: killed`, () => {
      if (life === stopped) endProcess();
    });
  }
  return {
    name,
    ledger,
    disk,
    get up() {
      return life !== undefined;
    },
    get processUp() {
      return server !== undefined;
    },
    get downSinceMs() {
      return downSinceMs;
    },
    get life() {
      return life;
    },
    get watch() {
      return watch;
    },
    get steps() {
      return steps + (life?.steps ?? 0);
    },
    get delivered() {
      return delivered;
    },
    published,
    start() {
      if (life) return;
      trace.add(clock.nowMs, name, "start");
      if (server === undefined) {
        boot = newId();
        lives = 0;
        storeTimers = new Set();
        server = serveStore({ engine: ledger.wrap(disk.openEngine()), clock: storeClock() });
        bus?.start();
      }
      startLife();
    },
    crash(how) {
      if (!life) return;
      trace.add(clock.nowMs, name, `crash ${how}`);
      if (how === "life") endLife();
      else if (how === "process") endProcess();
      else if (stopping === undefined) stop();
    },
    replaceBus() {
      if (!bus?.up) return;
      bus.crash();
      bus.start();
      attachBus();
    },
    stepWall(deltaMs) {
      wallOffsetMs += deltaMs;
    },
    loseWall() {
      isWallLost = true;
    },
    setWallRight() {
      isWallLost = false;
    },
    inject(bytes) {
      if (!life || !broker.isUp(name)) return;
      const topic = `gw/${linkConfig.peerLongName}/to/${linkConfig.ownShortName}/x`.replaceAll(".", "-");
      received({ kind: "message", connection: linkConfig.connection, topic, bytes }, life);
    },
  };
}

function ackedId(bytes: Uint8Array): string {
  const envelope = JSON.parse(new TextDecoder().decode(bytes)) as {
    readonly Payload?: { readonly AckMessageID?: string };
  };
  return envelope.Payload?.AckMessageID ?? "";
}
