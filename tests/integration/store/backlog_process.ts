/**
 * A proactor with the real engine on a file of many pending events, and a peer that acks them; virtual time. Prints what
 * it measured as one JSON object.
 *
 * Arguments: "fill" or "replay", the store's path, the number of events.
 */
import { portPair } from "../../../src/host/port_like.ts";
import { serveStore } from "../../../src/host/store_server.ts";
import { makeLinks } from "../../../src/links/mod.ts";
import type { ConnectionEffect, ConnectionInput } from "../../../src/links/connection_port.ts";
import { type Actor, makeProactor, noOutputs, type ProactorEffect } from "../../../src/proactor/mod.ts";
import { DEFAULT_REGISTRY, problemEvent } from "../../../src/protocol/mod.ts";
import type { FromStore } from "../../../src/store/port.ts";
import { openSqliteEngine, type SqliteEngine } from "../../../src/store/sqlite_engine.ts";
import { linkConfig, storeTxn, virtualClock } from "../../../src/testing/mod.ts";
import { simulatedLife } from "../../../src/testing/simulated_life.ts";
import type { BacklogMeasured } from "./backlog_measured.ts";

const FILL_ROWS = 1_000;
/** Round trip to the peer, in virtual ms. */
const TRIP_MS = 200;
const SAMPLES = 20;
const URGENT = "urgent";
const OWN = "me";
const PEER = "ltn";

const [what, path, countText] = Deno.args as [string, string, string];
const count = Number(countText);
const encoder = new TextEncoder();
const decoder = new TextDecoder();

function openEngine(): SqliteEngine {
  return openSqliteEngine({
    path,
    owner: OWN,
    bytesMax: 2 ** 40,
    synchronous: "OFF",
    newId: () => "store-1",
    wallMs: () => 1_763_683_200_000,
  });
}

function fill(): void {
  using engine = openEngine();
  const details = "x".repeat(100);
  for (let seq = 0; seq < count;) {
    const append = Array.from({ length: Math.min(FILL_ROWS, count - seq) }, () => {
      const messageId = `00000000-0000-4000-8000-${`${++seq}`.padStart(12, "0")}`;
      const bytes = encoder.encode(
        `{"MessageId":"${messageId}","TimeCreatedMs":1763683200000,"Src":"d1.me","TypeName":"gridworks.event.problem",` +
          `"ProblemType":"warning","Summary":"old","Details":"${details}","Version":"001"}`,
      );
      return { seq, lane: 2, class: "gridworks.event.problem", messageId, bytes } as const;
    });
    engine.commit([storeTxn(1, { append })]);
  }
}

/** Records one event in lane 0 when it is told to. */
function urgentActor(isWanted: () => boolean): Actor {
  return {
    name: "hub",
    listensTo: [],
    step(input, ctx) {
      if (input.kind === "timer" && isWanted()) ctx.record(problemEvent({ problemType: "error", summary: URGENT }), 0);
      if (input.kind === "start" || input.kind === "timer") ctx.timer("look", 10);
    },
    snapshot: () => null,
  };
}

interface Published {
  readonly old: number;
  readonly urgentAt: number | undefined;
}

/** A broker and a peer in one: everything is taken, and what wants an ack gets it. */
function ackingPeer(clock: ReturnType<typeof virtualClock>, emit: (input: ConnectionInput) => void) {
  let old = 0;
  let urgentAt: number | undefined;
  function acked(bytes: Uint8Array): void {
    const { Header, Payload } = JSON.parse(decoder.decode(bytes)) as {
      readonly Header: { readonly AckRequired: boolean; readonly MessageId: string };
      readonly Payload: { readonly MessageId?: string; readonly Summary?: string };
    };
    if (Payload.Summary === "old") old++;
    if (Payload.Summary === URGENT) urgentAt = old;
    if (!Header.AckRequired) return;
    const ack =
      `{"Header":{"Src":"d1.ltn","Dst":"me","MessageType":"gridworks.ack","MessageId":"","AckRequired":false,` +
      `"TypeName":"gridworks.header","Version":"001"},"Payload":{"AckMessageID":"${
        Payload.MessageId ?? Header.MessageId
      }","TypeName":"gridworks.ack"},"TypeName":"gw"}`;
    const topic = "gw/d1-ltn/to/me/gridworks-ack";
    clock.after(
      TRIP_MS,
      "ack",
      () => emit({ kind: "message", connection: "broker", topic, bytes: encoder.encode(ack) }),
    );
  }
  return {
    effect(effect: ConnectionEffect): void {
      const { connection } = effect;
      if (effect.kind === "connect") clock.after(1, "connect", () => emit({ kind: "connected", connection }));
      if (effect.kind === "subscribe") {
        clock.after(1, "suback", () => emit({ kind: "suback", connection, id: effect.id, refused: [] }));
      }
      if (effect.kind !== "publish") return;
      clock.after(0, "taken", () => emit({ kind: "taken", connection, token: effect.token }));
      acked(effect.bytes);
    },
    get published(): Published {
      return { old, urgentAt };
    },
  };
}

function memory(): { readonly rss: number; readonly alive: number } {
  (globalThis as { gc?: () => void }).gc?.();
  const { rss, heapUsed, external } = Deno.memoryUsage();
  return { rss, alive: heapUsed + external };
}

function replay(): BacklogMeasured {
  const startedMs = performance.now();
  using engine = openEngine();
  const openMs = performance.now() - startedMs;
  const clock = virtualClock();
  const server = serveStore({
    engine,
    clock: {
      nowMs: () => clock.nowMs,
      wallMs: () => clock.wallMs,
      after: (ms, name, callback) => clock.after(ms, name, callback),
    },
  });
  const [mine, port] = portPair();
  let wanted = false;
  let ids = 0;
  const newId = () => `11111111-0000-4000-8000-${`${++ids}`.padStart(12, "0")}`;
  const peer = ackingPeer(clock, (input) => life.post({ kind: "connection", input }));
  function effect(one: ProactorEffect): void {
    if (one.kind === "store") clock.after(0, "to store", () => mine.postMessage(one.message));
    if (one.kind === "connection") peer.effect(one.effect);
  }
  const life = simulatedLife(
    { name: OWN, clock, wallMs: () => clock.wallMs, newId, random: () => 0.5 },
    { effect, log() {} },
  );
  mine.onmessage = ({ data }: { readonly data: FromStore }) => life.post({ kind: "store", message: data });
  const isWanted = () => wanted && !(wanted = false);
  life.run(makeProactor({
    longName: "d1.me",
    boot: "boot",
    life: 1,
    actors: [() => urgentActor(isWanted)],
    links: makeLinks(linkConfig(OWN, PEER, "upstream"), DEFAULT_REGISTRY),
    guard: noOutputs(),
    inbound: { "": "hub" },
    routes: { [PEER]: PEER },
    peers: { [PEER]: "d1.ltn" },
  }, life.world));
  server.attach(port, "boot", 1);
  const samples: ReturnType<typeof memory>[] = [];
  let askedAt = 0;
  for (let sample = 1; sample <= SAMPLES; sample++) {
    while (peer.published.old < sample * count / SAMPLES) clock.run(50);
    samples.push(memory());
    if (sample !== SAMPLES / 2) continue;
    askedAt = peer.published.old;
    wanted = true;
  }
  clock.run(60_000);
  server.flush();
  const { old, urgentAt = Infinity } = peer.published;
  return {
    openMs,
    totalMs: performance.now() - startedMs,
    rss: samples.map(({ rss }) => rss),
    alive: samples.map(({ alive }) => alive),
    old,
    overtaken: urgentAt - askedAt,
    ...engine.counters(),
  };
}

if (what === "fill") fill();
else Deno.stdout.writeSync(encoder.encode(`${JSON.stringify(replay())}\n`));
