import { setTimeout as sleep } from "node:timers/promises";
import { proactorShell, type ShellConnection } from "../../../src/host/proactor_shell.ts";
import { realStoreClock, type StoreClock } from "../../../src/host/store_clock.ts";
import { mqttConnection } from "../../../src/transports/mqtt_connection.ts";
import type { MqttConnectionConfig } from "../../../src/transports/mqtt_config.ts";
import type { Ground, Hands, Life } from "../../acceptance/ground.ts";
import type { Mosquitto } from "../../support/mosquitto.ts";
import { startTcpRelay, type TcpRelay } from "./tcp_relay.ts";

/** Longest wait for a condition, in ms: machines of CI are shared. */
const WAIT_MS_MAX = 30_000;
/** Time between two looks at a condition, in ms. */
const LOOK_MS = 2;
/** Stores run so much faster than real, that commits, which wait up to 2 s, do not make the tests slow. */
const STORE_SPEED = 100;
/** Connections of the largest scenario. */
const LINES_MAX = 8;

/** The real clock as stores see it: faster, but for stamps. */
function fastStoreClock(): StoreClock {
  const real = realStoreClock();
  return {
    ...real,
    nowMs: () => real.nowMs() * STORE_SPEED,
    after: (ms, name, callback) => real.after(ms / STORE_SPEED, name, callback),
  };
}

function realLife(name: string, connections: readonly string[], hands: Hands): Life {
  const toHands: ShellConnection = {
    effect: (effect) => hands.effect({ kind: "connection", effect }),
    pause() {},
    resume() {},
    [Symbol.dispose]() {},
  };
  const byName = new Map(connections.map((connection) => [connection, toHands]));
  const shell = proactorShell({ speed: 1, houseWallStartMs: 0, realWallStartMs: 0 }, () => ({
    connections: byName,
    toStore: (message) => hands.effect({ kind: "store", message }),
    toBus: (bus, message) => hands.effect({ kind: "bus", bus, message }),
    log: (record) => hands.log(record),
    request: (request) => hands.effect(request),
    stopped: () => hands.effect({ kind: "stopped" }),
  }));
  return {
    world: shell.world,
    run: (proactor) => shell.run(proactor),
    post(input) {
      if (!shell.post(input)) throw new Error(`Cannot go on as "${name}" must take every input`);
    },
    end: () => shell[Symbol.dispose](),
  };
}

/** A ground on a real broker; disposing waits until every socket is closed. */
export interface RealGround extends Ground, AsyncDisposable {}

/** Makes the ground of one scenario. @param tls What connections show, when the broker wants TLS. */
export async function realGround(broker: Mosquitto, tls?: MqttConnectionConfig["tls"]): Promise<RealGround> {
  const stack = new AsyncDisposableStack();
  // A line is made in the middle of a start, which cannot wait for its relay.
  const relays: TcpRelay[] = [];
  for (let made = 0; made < LINES_MAX; made++) relays.push(stack.use(await startTcpRelay(broker.port)));
  let lines = 0;
  return {
    kind: "real",
    engine: "sqlite",
    nowMs: () => performance.now(),
    storeClock: fastStoreClock(),
    life: realLife,
    line(_name, connection, input) {
      const relay = relays[lines++];
      if (relay === undefined) throw new Error(`Cannot make a line as there are at most ${LINES_MAX}`);
      const host = {
        after(delayMs: number, _name: string, callback: () => void) {
          const timer = setTimeout(callback, delayMs);
          return { [Symbol.dispose]: () => clearTimeout(timer) };
        },
        log() {},
        wallMs: () => Date.now(),
      };
      const config = { name: connection, host: "localhost", port: relay.port, clientId: `acceptance-${lines}` };
      const made = mqttConnection(tls === undefined ? config : { ...config, tls }, input, host);
      return { effect: (effect) => made.effect(effect), cut: () => relay.cut(), end: () => made[Symbol.dispose]() };
    },
    async until(condition, what) {
      for (let waitedMs = 0; waitedMs < WAIT_MS_MAX; waitedMs += LOOK_MS) {
        if (condition()) return;
        await sleep(LOOK_MS);
      }
      throw new Error(`Cannot wait longer than ${WAIT_MS_MAX} ms: ${what}`);
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
