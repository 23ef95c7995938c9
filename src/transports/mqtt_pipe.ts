import { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import mqtt, { type IClientOptions, type MqttClient } from "mqtt";
import { plainKey } from "./client_key.ts";
import { CONNECT_TIMEOUT_MS, KEEP_ALIVE_S, type MqttConnectionConfig, PACKET_BYTES_MAX } from "./mqtt_config.ts";
import { plainCertificates } from "./pem_blocks.ts";
import { plainPause } from "./plain_pause.ts";

/** Said to the runtime, whose own least version may change; both stacks know nothing older in any case. */
const TLS_VERSION_MIN = "TLSv1.2";

/** What one MQTT.js client tells its connection. After `ended` comes nothing more. */
export interface MqttPipeEvents {
  connected(): void;
  message(topic: string, bytes: Uint8Array): void;
  /** The socket has room again. */
  drained(): void;
  /** Exactly once, unless the pipe was ended from this side. `error` is absent after a bare close. */
  ended(error: unknown): void;
}

/** One MQTT.js client for one attempt to connect: nothing in it retries, stores or queues. */
export interface MqttPipe {
  /** Bytes that wait for the socket. */
  readonly unsentBytes: number;
  /** Whether the next publish waits for `drained`. */
  readonly full: boolean;
  /** @param granted Called with one return code a topic, 128 for refused. */
  subscribe(topics: readonly string[], granted: (codes: readonly number[]) => void): void;
  publish(topic: string, bytes: Uint8Array): void;
  pause(): void;
  resume(): void;
  /** Sends DISCONNECT after what was published, then closes. @param closed Called when it did. */
  end(closed: () => void): void;
  /** Closes at once. Idempotent, also after `end`. */
  destroy(): void;
}

/** Reads of an error from a SUBACK with refusals what the broker granted. */
interface SubackError {
  readonly packet?: { readonly granted?: readonly unknown[] };
}

/** Opens one MQTT 3.1.1 client. @throws What MQTT.js or the TLS stack throws at bad options. */
export function openMqttPipe(config: MqttConnectionConfig, events: MqttPipeEvents): MqttPipe {
  const client = mqtt.connect(clientOptions(config));
  let over = false;
  let paused = false;
  let held: (() => void) | undefined;
  let bytesSincePacket = 0;

  function end(error: unknown): void {
    if (over) return;
    destroy();
    events.ended(error);
  }
  function destroy(): void {
    over = true;
    held = undefined;
    client.end(true);
    client.stream.destroy();
  }

  plainPause(client.stream);
  // Nagle's algorithm, on by default, lets a small packet wait for the acknowledgement of the one before.
  (client.stream as Partial<Socket>).setNoDelay?.(true);
  client.on("connect", () => over || events.connected());
  client.on("error", end);
  client.on("close", () => end(undefined));
  client.on("packetreceive", () => bytesSincePacket = 0);
  client.stream.on("drain", () => over || events.drained());
  // The parser has no limit of its own: without this a packet of 256 MB would be collected in memory.
  client.stream.on("data", (chunk: Uint8Array) => {
    bytesSincePacket += chunk.length;
    if (bytesSincePacket <= PACKET_BYTES_MAX) return;
    end(new Error(`Cannot take a packet as it must have at most ${PACKET_BYTES_MAX} bytes: it is longer`));
  });
  // MQTT.js reads no further packet before `done`: its pipe fills and the socket is no longer read.
  client.handleMessage = function take(packet, done): void {
    if (over) return;
    events.message(packet.topic, packet.payload as Uint8Array);
    if (paused) held = done;
    else done();
  };
  return {
    get unsentBytes() {
      return client.stream.writableLength;
    },
    get full() {
      return client.stream.writableNeedDrain;
    },
    subscribe: (topics, granted) => subscribe(client, topics, granted),
    publish(topic, bytes) {
      const payload = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      client.publish(topic, payload, { qos: 0, retain: false });
    },
    pause() {
      paused = true;
    },
    resume() {
      paused = false;
      const done = held;
      held = undefined;
      done?.();
    },
    end(closed) {
      over = true;
      held?.();
      held = undefined;
      client.end(false, {}, closed);
    },
    destroy,
  };
}

function subscribe(client: MqttClient, topics: readonly string[], granted: (codes: readonly number[]) => void): void {
  client.subscribe([...topics], { qos: 0 }, (error, _subscriptions, packet) => {
    const suback = error === null ? packet : (error as SubackError).packet;
    const codes = suback?.granted;
    if (codes?.length === topics.length) granted(codes.map(Number));
  });
}

function clientOptions(config: MqttConnectionConfig): IClientOptions {
  const { tls } = config;
  return {
    protocol: tls === undefined ? "mqtt" : "mqtts",
    host: config.host,
    port: config.port,
    clientId: config.clientId,
    protocolVersion: 4,
    clean: true,
    keepalive: config.keepAliveS ?? KEEP_ALIVE_S,
    reconnectPeriod: 0,
    queueQoSZero: false,
    resubscribe: false,
    // Else the packet writer keeps a buffer for each of the 65,536 numbers of two bytes: 7 MB for QoS 0 topics.
    writeCache: false,
    // Only a net below the connection's own named timer, which comes first.
    connectTimeout: 2 * (config.connectTimeoutMs ?? CONNECT_TIMEOUT_MS),
    ...(config.username !== undefined && { username: config.username }),
    ...(config.username !== undefined && config.password !== undefined && { password: config.password }),
    ...(tls !== undefined && { ca: plainCertificates(tls.ca), rejectUnauthorized: true, minVersion: TLS_VERSION_MIN }),
    // The runtime has checked the chain before it asks for the name.
    ...(tls?.checkHostname === false && { checkServerIdentity: () => undefined }),
    ...(tls?.cert !== undefined && { cert: plainCertificates(tls.cert) }),
    ...(tls?.key !== undefined && { key: plainKey(tls.key, tls.passphrase) }),
  };
}
