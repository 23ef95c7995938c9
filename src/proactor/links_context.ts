import type { Message } from "../core/message.ts";
import type { LinksContext, LinkState } from "../links/port.ts";
import type { WallClocks } from "../links/stamps.ts";
import type { Lane, ToStore } from "../store/port.ts";
import type { StoreSide } from "./store_side.ts";
import type { ProactorTimers } from "./timers.ts";
import type { ProactorWorld } from "./world.ts";

/** What the proactor gives its links to work with. */
export interface LinksHost {
  readonly world: ProactorWorld;
  readonly store: StoreSide;
  readonly timers: ProactorTimers;
  readonly clocks: WallClocks;
  clockDoubt(): string;
  record(payload: { readonly TypeName: string; readonly [key: string]: unknown }, lane: Lane): void;
  deliver(link: string, message: Message, payloadText: string): void;
  moved(link: string, from: LinkState, to: LinkState): void;
}

/** The links' context, and the reads of the store that it keeps count of. */
export interface HostedLinksContext extends LinksContext {
  /** A step begins: its time (monotonic ms) holds to its end. */
  stepBegins(nowMs: number): void;
  /** The store was replaced: asks again what it has not answered. */
  readAgain(): void;
  /** An answer came: it is handed on unless nobody waits for it. */
  rowsCame(handOn: () => void): void;
}

/** Makes the context that links are stepped with: real time, the proactor's store, one read at a time. */
export function linksContext(host: LinksHost): HostedLinksContext {
  const { world, store } = host;
  let reads = 0;
  let asked: ToStore | undefined;
  let stepMs = 0;
  return {
    stepBegins(nowMs) {
      stepMs = nowMs;
    },
    get nowMs() {
      return stepMs;
    },
    get wallMs() {
      return world.realWallMs();
    },
    clocks: host.clocks,
    clockDoubt: () => host.clockDoubt(),
    newId: () => world.newId(),
    random: (stream) => world.random(stream),
    log: (record) => world.effect({ kind: "log", record }),
    timer: (name, delayMs) => host.timers.start(name, delayMs, "real"),
    cancel: (name) => host.timers.cancel(name),
    connection: (effect) => world.effect({ kind: "connection", effect }),
    record: (payload, lane) => host.record(payload, lane),
    acked: (seq) => store.remove(seq),
    readRows(request) {
      asked = { kind: "read", id: ++reads, ...request };
      world.effect({ kind: "store", message: asked });
    },
    deliver: (link, message, payloadText) => host.deliver(link, message, payloadText),
    moved: (link, from, to) => host.moved(link, from, to),
    readAgain() {
      if (asked) world.effect({ kind: "store", message: asked });
    },
    rowsCame(handOn) {
      if (!asked) return;
      asked = undefined;
      handOn();
    },
  };
}
