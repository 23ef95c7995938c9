import type { ConnectionEffect, ConnectionInput } from "../../src/links/connection_port.ts";
import { CALM, NOTHING_FIRED } from "../../src/testing/broker_faults.ts";
import type { SimulatedBroker } from "../../src/testing/simulated_broker.ts";
import type { VirtualClock } from "../../src/testing/virtual_clock.ts";

type Without<Input> = Input extends unknown ? Omit<Input, "connection" | "id"> : never;
type Input = Without<Exclude<ConnectionInput, { readonly kind: "taken" | "message" }>>;

/** One line of a recorded trace; times in virtual ms since the start. */
export type WireLine =
  /** What the node heard. */
  | { readonly at: number; readonly heard: Input }
  | { readonly at: number; readonly heard: { readonly kind: "message"; readonly topic: string; readonly text: string } }
  /** What the node sent that has an id. */
  | { readonly at: number; readonly sent: string; readonly id: string }
  /** A move of the node's link. */
  | { readonly at: number; readonly move: string };

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder();

/** Type and message id of something published; undefined when it has no id. */
function idOf({ topic, bytes }: Extract<ConnectionEffect, { readonly kind: "publish" }>): string | undefined {
  const [, id] = /"MessageId":"([^"]+)"/.exec(DECODER.decode(bytes)) ?? [];
  return id === undefined || topic.endsWith("/gridworks-ack") ? undefined : id;
}

function typeOf(topic: string): string {
  return topic.slice(topic.lastIndexOf("/") + 1);
}

/** Stands around a broker and writes down what one of its clients hears and sends. */
export function recordingBroker(
  broker: SimulatedBroker,
  clock: VirtualClock,
  { client, write }: { readonly client: string; readonly write: (line: WireLine) => void },
): SimulatedBroker {
  function heard(input: ConnectionInput): void {
    if (input.kind === "taken") return;
    const at = clock.nowMs;
    if (input.kind === "message") {
      const { kind, topic, bytes } = input;
      return write({ at, heard: { kind, topic, text: DECODER.decode(bytes) } });
    }
    const { connection: _, ...heard } = input;
    if (heard.kind !== "suback") return write({ at, heard });
    write({ at, heard: { kind: "suback", refused: heard.refused } });
  }
  return {
    faults: broker.faults,
    fired: broker.fired,
    cut: (name) => broker.cut(name),
    halfOpen: (name) => broker.halfOpen(name),
    restart: (downMs) => broker.restart(downMs),
    partition: (on) => broker.partition(on),
    refuseTopics: (topics) => broker.refuseTopics(topics),
    calm: () => broker.calm(),
    attach(name, input) {
      if (name !== client) return broker.attach(name, input);
      const port = broker.attach(name, (one) => {
        heard(one);
        input(one);
      });
      return {
        ...port,
        effect(effect) {
          const id = effect.kind === "publish" ? idOf(effect) : undefined;
          if (effect.kind === "publish" && id !== undefined) {
            write({ at: clock.nowMs, sent: typeOf(effect.topic), id });
          }
          port.effect(effect);
        },
      };
    },
    isUp: (name) => broker.isUp(name),
  };
}

/** The n-th message of each type stands for the n-th recorded one: ids are not what is compared. */
function idBook(lines: readonly WireLine[]) {
  const recorded = new Map<string, string[]>();
  const places = new Map<string, { readonly type: string; readonly index: number }>();
  for (const line of lines) {
    if (!("sent" in line)) continue;
    const ids = recorded.get(line.sent) ?? [];
    places.set(line.id, { type: line.sent, index: ids.length });
    recorded.set(line.sent, [...ids, line.id]);
  }
  const now = new Map<string, string[]>();
  return {
    sent: (type: string, id: string) => void now.set(type, [...(now.get(type) ?? []), id]),
    nowOf(id: string): string | undefined {
      const place = places.get(id);
      return place && now.get(place.type)?.[place.index];
    },
  };
}

/** A broker that plays a recorded trace to whoever attaches: what was heard comes at its time, and every publish is taken at once. */
export function replayBroker(lines: readonly WireLine[], clock: VirtualClock): SimulatedBroker {
  const book = idBook(lines);
  function withNewIds(text: string): string {
    return text.replace(/"AckMessageID":"([^"]*)"/, (all, id: string) => all.replace(id, book.nowOf(id) ?? id));
  }
  return {
    faults: { ...CALM },
    fired: NOTHING_FIRED,
    attach(_client, input) {
      const connection = "broker";
      let askedId = -1;
      for (const line of lines) {
        if (!("heard" in line)) continue;
        clock.after(line.at - clock.nowMs, "replay", () => {
          const { heard } = line;
          if (heard.kind === "suback") input({ ...heard, connection, id: askedId });
          else if (heard.kind !== "message") input({ ...heard, connection } as ConnectionInput);
          else {input({
              kind: "message",
              connection,
              topic: heard.topic,
              bytes: ENCODER.encode(withNewIds(heard.text)),
            });}
        });
      }
      return {
        effect(effect) {
          if (effect.kind === "subscribe") askedId = effect.id;
          if (effect.kind !== "publish") return;
          const id = idOf(effect);
          if (id !== undefined) book.sent(typeOf(effect.topic), id);
          const { token } = effect;
          if (token > 0) clock.after(0, "replay.taken", () => input({ kind: "taken", connection, token }));
        },
        crash() {},
        flow() {},
      };
    },
    cut() {},
    halfOpen() {},
    restart() {},
    partition() {},
    refuseTopics() {},
    calm() {},
    isUp: () => true,
  };
}
