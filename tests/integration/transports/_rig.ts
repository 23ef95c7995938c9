import { setTimeout as sleep } from "node:timers/promises";
import type { LogRecord } from "../../../src/core/log.ts";
import type { ConnectionEffect, ConnectionInput } from "../../../src/links/connection_port.ts";
import { mqttConnection } from "../../../src/transports/mqtt_connection.ts";
import type { ConnectionHost, MqttConnectionConfig } from "../../../src/transports/mqtt_config.ts";
import type { ConnectionRig } from "../../../src/testing/connection_conformance.ts";
import type { Mosquitto } from "../../support/mosquitto.ts";

const DEADLINE_MS = 10_000;
const POLL_MS = 5;
/** Long enough on loopback for what is under way to arrive, and for sockets that were let go to close. */
const SETTLE_MS = 120;

/** The real clock, and a log that is kept. */
export function realHost(): ConnectionHost & { readonly records: LogRecord[] } {
  const records: LogRecord[] = [];
  return {
    records,
    after(delayMs, _name, callback) {
      const timer = setTimeout(callback, delayMs);
      return { [Symbol.dispose]: () => clearTimeout(timer) };
    },
    log: (record) => void records.push(record),
    wallMs: () => Date.now(),
  };
}

/** Waits until a condition holds. @throws {Error} After 10 s. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  for (let waitedMs = 0; waitedMs < DEADLINE_MS; waitedMs += POLL_MS) {
    if (condition()) return;
    await sleep(POLL_MS);
  }
  throw new Error(`Cannot go on as this must happen within ${DEADLINE_MS} ms: ${what}`);
}

/** Waits for what is under way. */
export async function settle(): Promise<void> {
  await sleep(SETTLE_MS);
}

/** One connection with all it emitted; disposing waits until its sockets are closed. */
export interface Probe extends AsyncDisposable {
  readonly inputs: ConnectionInput[];
  readonly records: LogRecord[];
  effect(effect: Partial<ConnectionEffect> & { readonly kind: ConnectionEffect["kind"] }): void;
  pause(): void;
  resume(): void;
  /** Waits for the nth input of a kind, from 1. */
  nth<Kind extends ConnectionInput["kind"]>(kind: Kind, n: number): Promise<Extract<ConnectionInput, { kind: Kind }>>;
}

/** Makes a connection "c" to a loopback port. */
export function openProbe(config: Partial<MqttConnectionConfig> & { readonly port: number }): Probe {
  const host = realHost();
  const inputs: ConnectionInput[] = [];
  const full = { name: "c", host: "localhost", clientId: `t-${crypto.randomUUID().slice(0, 18)}`, ...config };
  const connection = mqttConnection(full, (input) => inputs.push(input), host);
  function ofKind<Kind extends ConnectionInput["kind"]>(kind: Kind): Extract<ConnectionInput, { kind: Kind }>[] {
    return inputs.filter((input): input is Extract<ConnectionInput, { kind: Kind }> => input.kind === kind);
  }
  return {
    inputs,
    records: host.records,
    effect: (effect) => connection.effect({ connection: "c", ...effect } as ConnectionEffect),
    pause: () => connection.pause(),
    resume: () => connection.resume(),
    async nth(kind, n) {
      await until(() => ofKind(kind).length >= n, `${kind} number ${n}; seen: ${JSON.stringify(inputs.slice(-5))}`);
      return ofKind(kind)[n - 1]!;
    },
    async [Symbol.asyncDispose]() {
      connection[Symbol.dispose]();
      await settle();
    },
  };
}

/** A rig for the conformance cases over a real broker. */
export function mosquittoRig(broker: Mosquitto, config: Partial<MqttConnectionConfig>): ConnectionRig {
  let number = 0;
  return {
    open(name, emit) {
      const id = { name, host: "localhost", port: broker.port, clientId: `c-${name}-${++number}` };
      return mqttConnection({ ...config, ...id }, emit, realHost());
    },
    until,
    settle,
    stopBroker: () => broker.kill(),
    startBroker: () => broker.restart(),
    async [Symbol.asyncDispose]() {
      await broker[Symbol.asyncDispose]();
      await settle();
    },
  };
}
