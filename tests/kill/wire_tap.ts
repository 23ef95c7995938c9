import mqtt from "mqtt";

/** What went over the broker: ids of events that an agent sent, and of events that an LTN acked. */
export interface WireTap extends AsyncDisposable {
  readonly sent: ReadonlySet<string>;
  readonly acked: ReadonlySet<string>;
  /** Ids that came since the last call, oldest first. */
  takeNew(): { readonly sent: readonly string[]; readonly acked: readonly string[] };
  /** Payloads of a type so far that were kept, oldest first. */
  readonly kept: readonly unknown[];
  /** Resolves when `look` is true; looks again after each message. @throws {Error} At the deadline. */
  until(what: string, look: () => boolean, deadlineMs: number): Promise<void>;
}

interface Envelope {
  readonly Header: { readonly MessageType: string; readonly MessageId: string; readonly AckRequired: boolean };
  readonly Payload: { readonly AckMessageID?: string };
}

/** Listens to everything on a broker of 127.0.0.1. @param keptType Type of the messages whose payloads are kept. */
export async function tapWire(port: number, keptType = ""): Promise<WireTap> {
  const client = await mqtt.connectAsync({ host: "127.0.0.1", port, reconnectPeriod: 100 });
  const sent = new Set<string>();
  const acked = new Set<string>();
  const kept: unknown[] = [];
  const text = new TextDecoder();
  const all = { sent, acked };
  let fresh: Record<keyof typeof all, string[]> = { sent: [], acked: [] };
  function note(way: keyof typeof all, id: string): void {
    if (all[way].has(id)) return;
    all[way].add(id);
    fresh[way].push(id);
  }
  let news = Promise.withResolvers<void>();
  client.on("message", (_topic, bytes) => {
    const { Header, Payload } = JSON.parse(text.decode(bytes)) as Envelope;
    if (Header.MessageType === "gridworks.ack") note("acked", Payload.AckMessageID ?? "");
    else if (Header.MessageType.includes("event")) note("sent", Header.MessageId);
    if (Header.MessageType === keptType) kept.push(Payload);
    const { resolve } = news;
    news = Promise.withResolvers<void>();
    resolve();
  });
  await client.subscribeAsync("#", { qos: 0 });
  return {
    sent,
    acked,
    kept,
    takeNew() {
      const taken = fresh;
      fresh = { sent: [], acked: [] };
      return taken;
    },
    async until(what, look, deadlineMs) {
      const late = Promise.withResolvers<boolean>();
      const timer = setTimeout(() => late.resolve(true), deadlineMs);
      try {
        while (!look()) {
          if (await Promise.race([late.promise, news.promise])) {
            throw new Error(`Cannot see ${what} on the wire within ${deadlineMs} ms`);
          }
        }
      } finally {
        clearTimeout(timer);
      }
    },
    [Symbol.asyncDispose]: () => client.endAsync(true),
  };
}
