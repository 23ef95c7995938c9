import { errorText } from "../core/errors.ts";
import { assertNever, invariant } from "../core/invariant.ts";
import type { ConnectionEffect, ConnectionInput } from "../links/connection_port.ts";
import { withClockDoubt } from "./clock_doubt.ts";
import {
  CLIENT_ID_LENGTH_MAX,
  CLOGGED_BYTES,
  CLOSE_TIMEOUT_MS,
  CONNECT_TIMEOUT_MS,
  type ConnectionHost,
  EXPLAIN_TIMEOUT_MS,
  type MqttConnectionConfig,
  UNSENT_BYTES_MAX,
} from "./mqtt_config.ts";
import { type MqttPipe, openMqttPipe } from "./mqtt_pipe.ts";
import { isVague, reasonText, type Refusal, refusalOf } from "./mqtt_refusal.ts";
import { explainTls } from "./tls_explain.ts";
import { checkTls, type TlsTexts } from "./tls_preflight.ts";

/** A connection over MQTT.js. */
export interface MqttConnection extends Disposable {
  /** Carries out one effect of the links. Never emits before it returns. */
  effect(effect: ConnectionEffect): void;
  /** Stops reading the socket; at most the message in hand is still emitted. Longer than 1.5 keep alives ends the connection. */
  pause(): void;
  resume(): void;
  /** What the next connect uses, in place of the configuration's. */
  useTls(tls: TlsTexts): void;
  /** Ends a connection that is up in order, as `disconnect` would, so that the next connect follows; else it does nothing. */
  renew(): void;
}

/** Topics of SUBSCRIBE that the broker refuses carry this. Source: MQTT 3.1.1 §3.9.3. */
const SUBACK_REFUSED = 0x80;

/** Reasons of an end that is no news. */
const ASKED = "a disconnect was asked for";
const RENEWED = "its certificates were replaced";

/** Told when a broker that closed without a word has nothing against our certificates. */
const BARE_TLS_CLOSE: Refusal = {
  refusal: "protocol",
  reason: "the broker closed the TLS connection before its CONNACK",
};

/** "ending": ended inside an effect, `disconnected` not yet told. */
type State = "idle" | "connecting" | "explaining" | "connected" | "ending";

/** A `ConnectionInput` without the connection's name. */
type Told<Input = ConnectionInput> = Input extends ConnectionInput ? Omit<Input, "connection"> : never;

/**
 * Makes a connection that waits for its first `connect`. It never reconnects by itself.
 *
 * - Each `connect` that finds it idle is answered by one `connect_failed`, or by one `connected` and later one
 *   `disconnected`; an asked `disconnect` is answered by `disconnected` too. A `connect` at another time is logged and ignored:
 *   the answer to the first one is for all links.
 * - `taken` is withheld while the socket has no room. When more than `unsentBytesMax` bytes would wait, the publish is
 *   dropped and the connection ended: what is behind a stuck socket is sent again by the links, which have it stored.
 * - A publish or subscribe while not connected is dropped and logged.
 *
 * @throws {RangeError} If the client id is not 1 to 23 bytes long.
 */
export function mqttConnection(
  config: MqttConnectionConfig,
  emit: (input: ConnectionInput) => void,
  host: ConnectionHost,
): MqttConnection {
  return new Connection(config, emit, host);
}

class Connection implements MqttConnection {
  #config: MqttConnectionConfig;
  readonly #emit: (input: ConnectionInput) => void;
  readonly #host: ConnectionHost;
  readonly #unsentBytesMax: number;
  #state: State = "idle";
  /** Number of the current attempt: what an older one still says is dropped. */
  #epoch = 0;
  #pipe: MqttPipe | undefined;
  #paused = false;
  /** Not read, as too much waits for the socket. */
  #clogged = false;
  /** Publishes dropped since the last attempt to connect began. */
  #dropped = 0;
  #disposed = false;
  #timer: Disposable | undefined;
  #closing: { readonly pipe: MqttPipe; readonly timer: Disposable } | undefined;
  /** Publishes in the socket's buffer above its mark; bounded by `#unsentBytesMax`, as each has bytes there. */
  #waiting: number[] = [];

  constructor(config: MqttConnectionConfig, emit: (input: ConnectionInput) => void, host: ConnectionHost) {
    const length = new TextEncoder().encode(config.clientId).length;
    if (length < 1 || length > CLIENT_ID_LENGTH_MAX) {
      const must = `it must have 1 to ${CLIENT_ID_LENGTH_MAX} bytes`;
      throw new RangeError(`Cannot use client id "${config.clientId}" as ${must}: it has ${length}`);
    }
    this.#config = config;
    this.#emit = emit;
    this.#host = host;
    this.#unsentBytesMax = config.unsentBytesMax ?? UNSENT_BYTES_MAX;
  }

  effect(effect: ConnectionEffect): void {
    invariant(!this.#disposed, `connection ${this.#config.name} is used after it was disposed`);
    invariant(
      effect.connection === this.#config.name,
      `connection ${this.#config.name} got ${effect.connection}'s effect`,
    );
    switch (effect.kind) {
      case "connect":
        return this.#connect();
      case "subscribe":
        return this.#subscribe(effect.id, effect.topics);
      case "publish":
        return this.#publish(effect.topic, effect.bytes, effect.token);
      case "disconnect":
        return this.#disconnect();
      default:
        return assertNever(effect);
    }
  }

  pause(): void {
    this.#paused = true;
    this.#flow();
  }

  resume(): void {
    this.#paused = false;
    this.#flow();
  }

  useTls(tls: TlsTexts): void {
    this.#config = { ...this.#config, tls };
  }

  renew(): void {
    if (this.#state === "connected") this.#endInOrder(RENEWED);
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    this.#drop();
    this.#closed();
  }

  #connect(): void {
    if (this.#state !== "idle") return this.#log("debug", "connect_ignored", { state: this.#state });
    this.#closed();
    this.#state = "connecting";
    const epoch = ++this.#epoch;
    if (this.#dropped > 1) this.#log("warn", "publishes_dropped", { count: this.#dropped });
    this.#dropped = 0;
    const timeoutMs = this.#config.connectTimeoutMs ?? CONNECT_TIMEOUT_MS;
    const refusal = this.#preflight();
    if (refusal !== undefined) return this.#later(() => this.#failed(refusal), epoch);
    this.#timer = this.#host.after(timeoutMs, `connection.${this.#config.name}.connect`, () => {
      if (this.#isOld(epoch)) return;
      this.#failed({ refusal: "network", reason: `the broker did not answer within ${timeoutMs} ms` });
    });
    try {
      this.#pipe = openMqttPipe(this.#config, {
        connected: () => this.#isOld(epoch) || this.#connected(),
        message: (topic, bytes) => this.#isOld(epoch) || this.#tell({ kind: "message", topic, bytes }),
        drained: () => this.#isOld(epoch) || this.#drained(),
        ended: (error) => this.#isOld(epoch) || this.#ended(error),
      });
      this.#flow();
    } catch (thrown) {
      const reason = errorText(thrown);
      const refusal = this.#config.tls === undefined ? "network" : "tls";
      this.#later(() => this.#failed({ refusal, reason }), epoch);
    }
  }

  #preflight(): Refusal | undefined {
    if (this.#config.tls === undefined) return undefined;
    const problems = checkTls(this.#config.tls, this.#host.wallMs?.() ?? 0);
    for (const { level, text } of problems) if (level === "warning") this.#log("warn", "tls_doubtful", { text });
    const errors = problems.filter((problem) => problem.level === "error");
    if (errors.length === 0) return undefined;
    return { refusal: "tls", reason: errors.map((problem) => problem.text).join("; ") };
  }

  #connected(): void {
    this.#state = "connected";
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    this.#tell({ kind: "connected" });
  }

  #ended(error: unknown): void {
    if (this.#state === "connected") {
      return this.#lost(error === undefined ? "the broker closed the connection" : reasonText(error));
    }
    const refusal = refusalOf(error, this.#config.tls !== undefined);
    if (refusal?.refusal === "tls") {
      const reason = withClockDoubt(refusal.reason, this.#host.wallMs?.());
      return isVague(error) ? void this.#explain(refusal) : this.#failed({ ...refusal, reason });
    }
    if (refusal !== undefined) return this.#failed(refusal);
    if (this.#config.tls !== undefined) return void this.#explain(BARE_TLS_CLOSE);
    this.#failed({ refusal: "protocol", reason: "the broker closed the connection before its CONNACK" });
  }

  /** @param unexplained What is told when no reason is found. */
  async #explain(unexplained: Refusal): Promise<void> {
    invariant(this.#config.tls !== undefined, "only a TLS connection is explained");
    this.#drop();
    const epoch = this.#epoch;
    this.#state = "explaining";
    const reason = await explainTls({
      hostname: this.#config.host,
      port: this.#config.port,
      tls: this.#config.tls,
      deadline: (callback) => {
        // Disposing the connection ends the question as its deadline would.
        const timer = this.#host.after(EXPLAIN_TIMEOUT_MS, `connection.${this.#config.name}.explain`, callback);
        this.#timer = { [Symbol.dispose]: () => (timer[Symbol.dispose](), callback()) };
        return timer;
      },
    });
    if (this.#isOld(epoch)) return;
    this.#timer = undefined;
    if (reason !== undefined) {
      return this.#failed({ refusal: "tls", reason: withClockDoubt(reason, this.#host.wallMs?.()) });
    }
    this.#failed(unexplained);
  }

  #failed(refusal: Refusal): void {
    this.#drop();
    this.#tell({ kind: "connect_failed", ...refusal });
  }

  #lost(reason: string): void {
    this.#drop();
    if (reason !== ASKED && reason !== RENEWED) this.#log("warn", "lost", { reason });
    this.#tell({ kind: "disconnected", reason });
  }

  #subscribe(id: number, topics: readonly string[]): void {
    if (this.#state !== "connected" || this.#pipe === undefined) {
      return this.#log("warn", "subscribe_dropped", { id, state: this.#state });
    }
    const epoch = this.#epoch;
    this.#pipe.subscribe(topics, (codes) => {
      if (this.#isOld(epoch)) return;
      this.#tell({
        kind: "suback",
        id,
        refused: topics.filter((_, i) => (codes[i] ?? SUBACK_REFUSED) >= SUBACK_REFUSED),
      });
    });
  }

  #publish(topic: string, bytes: Uint8Array, token: number): void {
    const pipe = this.#pipe;
    if (this.#state !== "connected" || pipe === undefined) {
      // One line an attempt: a peer that makes us answer must not flood the log.
      if (this.#dropped++ === 0) this.#log("warn", "publish_dropped", { topic, state: this.#state });
      return;
    }
    const unsent = pipe.unsentBytes + bytes.length;
    if (unsent > this.#unsentBytesMax) {
      const must = `at most ${this.#unsentBytesMax} bytes must wait for the socket`;
      return this.#endLater(`Cannot publish to "${topic}" as ${must}: current value is ${unsent}`);
    }
    pipe.publish(topic, bytes);
    if (pipe.unsentBytes > CLOGGED_BYTES && !this.#clogged) {
      this.#clogged = true;
      this.#flow();
    }
    if (token === 0) return;
    if (pipe.full) this.#waiting.push(token);
    else this.#later(() => this.#tell({ kind: "taken", token }), this.#epoch);
  }

  #drained(): void {
    const tokens = this.#waiting;
    this.#waiting = [];
    if (this.#clogged) {
      this.#clogged = false;
      this.#flow();
    }
    for (const token of tokens) this.#tell({ kind: "taken", token });
  }

  #flow(): void {
    if (this.#paused || this.#clogged) this.#pipe?.pause();
    else this.#pipe?.resume();
  }

  #disconnect(): void {
    if (this.#state === "idle") return this.#log("debug", "disconnect_ignored", { state: this.#state });
    this.#endInOrder(ASKED);
  }

  #endInOrder(reason: string): void {
    const pipe = this.#state === "connected" ? this.#pipe : undefined;
    if (pipe !== undefined) {
      this.#pipe = undefined;
      const timer = this.#host.after(CLOSE_TIMEOUT_MS, `connection.${this.#config.name}.close`, () => this.#closed());
      this.#closing = { pipe, timer };
      pipe.end(() => this.#closing?.pipe === pipe && this.#closed());
    }
    this.#endLater(reason);
  }

  /** Ends the attempt inside an effect; `disconnected` follows when the effect has returned. */
  #endLater(reason: string): void {
    this.#drop();
    this.#state = "ending";
    this.#later(() => this.#lost(reason), this.#epoch);
  }

  #later(act: () => void, epoch: number): void {
    queueMicrotask(() => this.#isOld(epoch) || act());
  }

  #drop(): void {
    this.#epoch++;
    this.#state = "idle";
    this.#waiting = [];
    this.#clogged = false;
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    this.#pipe?.destroy();
    this.#pipe = undefined;
  }

  /** Lets go of a client that was asked to disconnect. */
  #closed(): void {
    const closing = this.#closing;
    this.#closing = undefined;
    closing?.timer[Symbol.dispose]();
    closing?.pipe.destroy();
  }

  #isOld(epoch: number): boolean {
    return epoch !== this.#epoch || this.#disposed;
  }

  #tell(told: Told): void {
    this.#emit({ ...told, connection: this.#config.name } as ConnectionInput);
  }

  #log(level: "debug" | "warn", what: string, fields: Readonly<Record<string, string | number>>): void {
    this.#host.log({ level, event: `connection.${what}`, fields: { connection: this.#config.name, ...fields } });
  }
}
