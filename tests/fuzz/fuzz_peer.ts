import { strict as assert } from "node:assert";
import { Buffer } from "node:buffer";
import mqtt from "mqtt";
import { decodeEnvelope, DEFAULT_REGISTRY } from "../../src/protocol/mod.ts";

/** Longest wait for the ack of a message, in ms. */
const ACK_MS_MAX = 60_000;
const TO_AGENT = "gw/hw1-isone-me-hearth-house0/to/s";

/** Somebody on a real broker who speaks in the LTN's name. */
export interface FuzzPeer extends AsyncDisposable {
  publish(type: string, bytes: Uint8Array): Promise<void>;
  /** Resolves when the message of this id is acked. @throws {Error} At the deadline. */
  acked(id: string): Promise<void>;
}

/** Speaks in the LTN's name, and hears what the agent acks. */
export async function openPeer(port: number): Promise<FuzzPeer> {
  const client = await mqtt.connectAsync({ host: "127.0.0.1", port, reconnectPeriod: 0 });
  const waiting = new Map<string, () => void>();
  client.on("message", (_topic, bytes) => {
    const decoded = decodeEnvelope(bytes, DEFAULT_REGISTRY);
    assert.equal(decoded.kind, "message", "an ack can be read");
    if (decoded.kind !== "message") return;
    const { AckMessageID } = decoded.message.payload as { readonly AckMessageID: string };
    waiting.get(AckMessageID)?.();
    waiting.delete(AckMessageID);
  });
  await client.subscribeAsync("gw/+/to/ltn/gridworks-ack");
  return {
    publish: async (type, bytes) =>
      void await client.publishAsync(`${TO_AGENT}/${type}`, Buffer.from(bytes), { qos: 0 }),
    acked(id) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const timer = setTimeout(() => reject(new Error(`no ack of ${id} within ${ACK_MS_MAX} ms`)), ACK_MS_MAX);
      waiting.set(id, () => {
        clearTimeout(timer);
        resolve();
      });
      return promise;
    },
    [Symbol.asyncDispose]: () => client.endAsync(true),
  };
}
