import { strict as assert } from "node:assert";
import { clockBook } from "../../../src/proactor/clock_book.ts";
import { DEFAULT_REGISTRY, encodeEnvelope, encodeTopic, pingPayload } from "../../../src/protocol/mod.ts";
import type { ConnectionEffect } from "../../../src/links/connection_port.ts";
import { makeLinks } from "../../../src/links/mod.ts";
import type { LinksContext, LinkState } from "../../../src/links/port.ts";
import { linkConfig } from "../../../src/testing/link_harness.ts";

const EVENTS = [
  "connected",
  "suback",
  "refused",
  "message",
  "garbage",
  "ack",
  "timeout",
  "poll",
  "cut",
  "stop",
] as const;
type WalkEvent = (typeof EVENTS)[number];

/** Length of each walk: ten events, so 100,000 walks. */
const DEPTH = 5;
const CONNECTION = "broker";

/** One link upstream with everything about it in the open: what it asked for, and its timers. */
function openLink() {
  const links = makeLinks(linkConfig("child", "parent", "upstream"), DEFAULT_REGISTRY);
  const timers = new Set<string>();
  const asked: ConnectionEffect[] = [];
  let nowMs = 0;
  let ids = 0;
  const time = { realMs: () => nowMs, realWallMs: () => 1_763_683_200_000 + nowMs };
  const ctx: LinksContext = {
    get nowMs() {
      return nowMs;
    },
    get wallMs() {
      return time.realWallMs();
    },
    clocks: clockBook("walk", time),
    newId: () => `id-${++ids}`,
    random: () => 0.5,
    log() {},
    timer: (name) => void timers.add(name),
    cancel: (name) => void timers.delete(name),
    connection: (effect) => void asked.push(effect),
    record() {},
    acked() {},
    readRows: () => links.rowsRead([], true, ctx),
    deliver() {},
    moved() {},
  };
  return { links, ctx, timers, asked, later: (ms: number) => void (nowMs += ms) };
}

type OpenLink = ReturnType<typeof openLink>;

function receive({ links, ctx }: OpenLink, type: string, bytes: Uint8Array): void {
  const topic = encodeTopic({ src: "d1.parent", dst: "child", type });
  links.input({ kind: "message", connection: CONNECTION, topic, bytes }, ctx);
}

function pingBytes(): Uint8Array {
  const header = { src: "d1.parent", dst: "child", type: "gridworks.ping", messageId: "p", ackRequired: true };
  return encodeEnvelope({ ...header, payload: pingPayload("p") });
}

function firstTimer({ timers }: OpenLink, prefix: string): string | undefined {
  return [...timers].find((name) => name.startsWith(prefix));
}

function fire(link: OpenLink, name: string, afterMs: number): void {
  link.later(afterMs);
  link.timers.delete(name);
  link.links.timer(name, link.ctx);
}

function suback(link: OpenLink, isGranted: boolean): void {
  const { links, ctx, asked } = link;
  // What was refused is asked for again.
  const again = firstTimer(link, "link.subscribe.");
  if (again !== undefined) fire(link, again, 60_000);
  const last = asked.findLast((effect) => effect.kind === "subscribe");
  if (last === undefined) return;
  const { id, topics } = last;
  links.input({ kind: "suback", connection: CONNECTION, id, refused: isGranted ? [] : [...topics] }, ctx);
}

/** The socket takes all that was published: ack timers run. */
function takeAll({ links, ctx, asked }: OpenLink): void {
  for (const effect of asked) {
    if (effect.kind === "publish") links.input({ kind: "taken", connection: CONNECTION, token: effect.token }, ctx);
  }
}

/** What the definition of the link says, without its table: "active" is connected, subscribed, and the peer heard. */
class Definition {
  #isUp = false;
  #isSubscribed = false;
  #isHeard = false;
  #isStopped = false;

  take(event: WalkEvent, isTimedOut: boolean): void {
    if (event === "stop") this.#isStopped = true;
    if (event === "connected") this.#isUp = true;
    else if (event === "cut") this.#isUp = this.#isSubscribed = this.#isHeard = false;
    else if (event === "suback" && this.#isUp) this.#isSubscribed = true;
    else if ((event === "message" || event === "ack") && this.#isUp) this.#isHeard = true;
    else if (isTimedOut) this.#isHeard = false;
  }

  get isSubscribed(): boolean {
    return this.#isSubscribed && !this.#isStopped;
  }

  get state(): LinkState {
    if (this.#isStopped) return "stopped";
    if (!this.#isUp) return "connecting";
    if (this.#isSubscribed) return this.#isHeard ? "active" : "awaiting_peer";
    return this.#isHeard ? "awaiting_setup" : "awaiting_setup_and_peer";
  }
}

/** Lets one event happen. @returns Whether an ack timer ran out in it. */
function happen(link: OpenLink, event: WalkEvent): boolean {
  const { links, ctx, asked } = link;
  switch (event) {
    case "connected": {
      const again = firstTimer(link, "link.retry.");
      if (again !== undefined) fire(link, again, 0);
      links.input({ kind: "connected", connection: CONNECTION }, ctx);
      return false;
    }
    case "suback":
    case "refused":
      suback(link, event === "suback");
      return false;
    case "message":
      receive(link, "gridworks.ping", pingBytes());
      return false;
    case "garbage":
      receive(link, "gridworks.ping", new TextEncoder().encode("{"));
      return false;
    case "ack": {
      const sent = asked.filter((effect) => effect.kind === "publish").at(-1);
      const [, id] = /"MessageId":"([^"]*)"/.exec(new TextDecoder().decode(sent?.bytes)) ?? [];
      const header = { src: "d1.parent", dst: "child", type: "gridworks.ack", messageId: "", ackRequired: false };
      const payload = { TypeName: "gridworks.ack", AckMessageID: id ?? "" };
      receive(link, "gridworks.ack", encodeEnvelope({ ...header, payload }));
      return false;
    }
    case "timeout": {
      takeAll(link);
      const name = firstTimer(link, "link.ack.");
      if (name !== undefined) fire(link, name, 5_000);
      return name !== undefined;
    }
    case "poll": {
      takeAll(link);
      const name = firstTimer(link, "link.poll.");
      if (name !== undefined) fire(link, name, 60_000);
      return false;
    }
    case "cut":
      links.input({ kind: "disconnected", connection: CONNECTION, reason: "cut" }, ctx);
      return false;
    case "stop":
      links.stop(ctx);
      return false;
  }
}

/** A connection says "connected" only while it is down, and "disconnected" only while it is up; a stopped link is left. */
function isPossible(walk: readonly WalkEvent[]): boolean {
  let isUp = false;
  for (const [index, event] of walk.entries()) {
    if (event === "connected" ? isUp : !isUp && event !== "poll" && event !== "timeout" && event !== "stop") {
      return false;
    }
    if (event === "connected") isUp = true;
    else if (event === "cut") isUp = false;
    else if (event === "stop" && index < walk.length - 1) return false;
  }
  return true;
}

function check(walk: readonly WalkEvent[]): void {
  const link = openLink();
  const definition = new Definition();
  link.links.start(link.ctx);
  for (const event of walk) {
    const isTimedOut = happen(link, event);
    definition.take(event, isTimedOut);
  }
  const [shown] = link.links.snapshot();
  const told = walk.join(" ");
  assert.equal(shown?.state, definition.state, told);
  assert.equal(firstTimer(link, "link.poll.") !== undefined, definition.isSubscribed, `poll timer after ${told}`);
  if (!definition.isSubscribed) assert.equal(firstTimer(link, "link.ack."), undefined, `ack timer after ${told}`);
  const acks = [...link.timers].filter((name) => name.startsWith("link.ack.")).length;
  assert(acks <= shown!.inFlight, `${acks} ack timers, ${shown!.inFlight} in flight after ${told}`);
}

Deno.test("Link: every walk of five events ends where the definition of its state says", () => {
  let walks = 0;
  const walk: WalkEvent[] = [];
  function visit(): void {
    if (walk.length > 0 && isPossible(walk)) {
      check(walk);
      walks++;
    }
    if (walk.length === DEPTH || !isPossible(walk)) return;
    for (const event of EVENTS) {
      walk.push(event);
      visit();
      walk.pop();
    }
  }
  visit();
  assert(walks > 3_000, `${walks} walks`);
});
