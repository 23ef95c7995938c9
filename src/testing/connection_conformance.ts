import { strict as assert } from "node:assert";
import type { ConnectionEffect, ConnectionInput } from "../links/connection_port.ts";

/** One connection under test. */
export interface ConformingConnection extends Disposable {
  effect(effect: ConnectionEffect): void;
}

/** A broker and the way to reach it: a real one, or a simulated one under virtual time. */
export interface ConnectionRig extends AsyncDisposable {
  /** Makes a connection of this name to the rig's broker; it does not connect by itself. */
  open(name: string, emit: (input: ConnectionInput) => void): ConformingConnection;
  /** Lets time pass until `condition` holds. @throws {Error} If it does not within the rig's deadline. */
  until(condition: () => boolean, what: string): Promise<void>;
  /** Lets time pass until whatever was under way has come to rest. */
  settle(): Promise<void>;
  /** The broker goes away: connections are cut, connects are refused. */
  stopBroker(): Promise<void>;
  /** The broker comes back, without memory of its clients. */
  startBroker(): Promise<void>;
}

/** One rule of the connection port. */
export interface ConformanceCase {
  readonly name: string;
  run(): Promise<void>;
}

type Script = (rig: ConnectionRig) => Promise<void>;

/** A connection with everything it emitted. */
interface Probe extends Disposable {
  readonly name: string;
  readonly inputs: ConnectionInput[];
  effect(effect: ConnectionEffect): void;
  /** Waits for the nth input of a kind, from 1. */
  nth(kind: ConnectionInput["kind"], n: number): Promise<ConnectionInput>;
}

/** Rules that every adapter of the connection port keeps. Each runs on a rig of its own. */
export function connectionConformance(make: () => Promise<ConnectionRig>): readonly ConformanceCase[] {
  return Object.entries(SCRIPTS).map(([name, script]) => ({
    name,
    async run() {
      await using rig = await make();
      await script(rig);
    },
  }));
}

const SCRIPTS: Readonly<Record<string, Script>> = {
  "connect is answered by connected, after the effect has returned": answersConnect,
  "connect is answered by one connect_failed of the network when there is no broker": failsWithoutBroker,
  "subscribe is answered by a suback with its id, for several topics at once": answersSubscribe,
  "a publish is taken and reaches every subscriber, bytes unchanged, in order": carriesMessages,
  "an empty payload is carried": carriesEmpty,
  "a publish without a subscriber is taken": takesUnheard,
  "a broker that goes away gives one disconnected": losesOnce,
  "a connection connects again after a loss, and has to subscribe again": forgetsSubscriptions,
  "disconnect is answered by one disconnected": answersDisconnect,
  "disconnect lets what was published before it through": flushesBeforeDisconnect,
  "publish and subscribe while not connected are dropped": dropsWhileIdle,
  "dispose is silent and may be repeated": disposesTwice,
};

function probe(rig: ConnectionRig, name: string): Probe {
  const inputs: ConnectionInput[] = [];
  const connection = rig.open(name, (input) => inputs.push(input));
  return {
    name,
    inputs,
    effect: (effect) => connection.effect(effect),
    async nth(kind, n) {
      await rig.until(() => ofKind(inputs, kind).length >= n, `${name} gets ${kind} number ${n}`);
      return ofKind(inputs, kind)[n - 1] as ConnectionInput;
    },
    [Symbol.dispose]: () => connection[Symbol.dispose](),
  };
}

function ofKind(inputs: readonly ConnectionInput[], kind: ConnectionInput["kind"]): ConnectionInput[] {
  return inputs.filter((input) => input.kind === kind);
}

async function connected(one: Probe): Promise<void> {
  const before = ofKind(one.inputs, "connected").length;
  one.effect({ kind: "connect", connection: one.name });
  await one.nth("connected", before + 1);
}

function publish(one: Probe, topic: string, options: { bytes: Uint8Array; token: number }): void {
  one.effect({ kind: "publish", connection: one.name, topic, ...options });
}

async function subscribed(one: Probe, id: number, topics: readonly string[]): Promise<void> {
  const before = ofKind(one.inputs, "suback").length;
  one.effect({ kind: "subscribe", connection: one.name, id, topics });
  assert.deepEqual(await one.nth("suback", before + 1), { kind: "suback", connection: one.name, id, refused: [] });
}

function received(one: Probe): (readonly [topic: string, bytes: readonly number[]])[] {
  return one.inputs.flatMap((input) => input.kind === "message" ? [[input.topic, [...input.bytes]] as const] : []);
}

async function answersConnect(rig: ConnectionRig): Promise<void> {
  using one = probe(rig, "one");
  one.effect({ kind: "connect", connection: "one" });
  assert.deepEqual(one.inputs, []);
  await one.nth("connected", 1);
  await rig.settle();
  assert.deepEqual(one.inputs, [{ kind: "connected", connection: "one" }]);
}

async function failsWithoutBroker(rig: ConnectionRig): Promise<void> {
  await rig.stopBroker();
  using one = probe(rig, "one");
  one.effect({ kind: "connect", connection: "one" });
  const failed = await one.nth("connect_failed", 1);
  await rig.settle();
  assert.equal(failed.kind === "connect_failed" && failed.refusal, "network");
  assert.equal(failed.kind === "connect_failed" && failed.reason.length > 0, true);
  assert.equal(one.inputs.length, 1);
}

async function answersSubscribe(rig: ConnectionRig): Promise<void> {
  using one = probe(rig, "one");
  await connected(one);
  await subscribed(one, 7, ["a/1", "a/2", "b/#"]);
  await subscribed(one, 8, ["c/+"]);
}

async function carriesMessages(rig: ConnectionRig): Promise<void> {
  using one = probe(rig, "one");
  using two = probe(rig, "two");
  await connected(one);
  await connected(two);
  await subscribed(one, 1, ["a/x", "b/#"]);
  await subscribed(two, 1, ["a/x"]);
  publish(two, "a/x", { bytes: Uint8Array.of(0, 255, 10), token: 1 });
  publish(two, "b/y", { bytes: Uint8Array.of(2), token: 2 });
  publish(two, "c/z", { bytes: Uint8Array.of(3), token: 3 });
  // Nobody waits for this one: it is sent, and no "taken" comes.
  publish(two, "c/none", { bytes: Uint8Array.of(3), token: 0 });
  publish(two, "a/x", { bytes: Uint8Array.of(4), token: 4 });
  await one.nth("message", 3);
  await two.nth("message", 2);
  await two.nth("taken", 4);
  await rig.settle();
  assert.deepEqual(received(one), [["a/x", [0, 255, 10]], ["b/y", [2]], ["a/x", [4]]]);
  assert.deepEqual(received(two), [["a/x", [0, 255, 10]], ["a/x", [4]]]);
  const tokens = two.inputs.flatMap((input) => input.kind === "taken" ? [input.token] : []);
  assert.deepEqual(tokens, [1, 2, 3, 4]);
  assert.deepEqual(ofKind(one.inputs, "taken"), []);
}

async function carriesEmpty(rig: ConnectionRig): Promise<void> {
  using one = probe(rig, "one");
  await connected(one);
  await subscribed(one, 1, ["a"]);
  publish(one, "a", { bytes: new Uint8Array(), token: 1 });
  await one.nth("message", 1);
  assert.deepEqual(received(one), [["a", []]]);
}

async function takesUnheard(rig: ConnectionRig): Promise<void> {
  using one = probe(rig, "one");
  await connected(one);
  publish(one, "nobody", { bytes: Uint8Array.of(1), token: 9 });
  assert.deepEqual(ofKind(one.inputs, "taken"), []);
  assert.deepEqual(await one.nth("taken", 1), { kind: "taken", connection: "one", token: 9 });
}

async function losesOnce(rig: ConnectionRig): Promise<void> {
  using one = probe(rig, "one");
  await connected(one);
  await rig.stopBroker();
  await one.nth("disconnected", 1);
  await rig.settle();
  assert.deepEqual(one.inputs.map((input) => input.kind), ["connected", "disconnected"]);
}

async function forgetsSubscriptions(rig: ConnectionRig): Promise<void> {
  using one = probe(rig, "one");
  await connected(one);
  await subscribed(one, 1, ["a"]);
  await rig.stopBroker();
  await one.nth("disconnected", 1);
  await rig.startBroker();
  await connected(one);
  publish(one, "a", { bytes: Uint8Array.of(1), token: 1 });
  await rig.settle();
  assert.deepEqual(received(one), []);
  await subscribed(one, 2, ["a"]);
  publish(one, "a", { bytes: Uint8Array.of(2), token: 2 });
  await one.nth("message", 1);
  assert.deepEqual(received(one), [["a", [2]]]);
}

async function answersDisconnect(rig: ConnectionRig): Promise<void> {
  using one = probe(rig, "one");
  await connected(one);
  one.effect({ kind: "disconnect", connection: "one" });
  assert.equal(one.inputs.length, 1);
  await one.nth("disconnected", 1);
  await rig.settle();
  assert.equal(one.inputs.length, 2);
  await connected(one);
}

async function flushesBeforeDisconnect(rig: ConnectionRig): Promise<void> {
  using one = probe(rig, "one");
  using two = probe(rig, "two");
  await connected(one);
  await connected(two);
  await subscribed(two, 1, ["bye"]);
  publish(one, "bye", { bytes: new Uint8Array(100_000), token: 1 });
  one.effect({ kind: "disconnect", connection: "one" });
  const message = await two.nth("message", 1);
  assert.equal(message.kind === "message" && message.bytes.length, 100_000);
}

async function dropsWhileIdle(rig: ConnectionRig): Promise<void> {
  using one = probe(rig, "one");
  publish(one, "a", { bytes: Uint8Array.of(1), token: 1 });
  one.effect({ kind: "subscribe", connection: "one", id: 1, topics: ["a"] });
  await rig.settle();
  assert.deepEqual(one.inputs, []);
}

async function disposesTwice(rig: ConnectionRig): Promise<void> {
  const one = probe(rig, "one");
  await connected(one);
  one[Symbol.dispose]();
  one[Symbol.dispose]();
  await rig.settle();
  assert.deepEqual(one.inputs, [{ kind: "connected", connection: "one" }]);
}
