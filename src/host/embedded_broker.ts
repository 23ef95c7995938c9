import { Aedes } from "aedes";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { plainPause } from "../transports/plain_pause.ts";
import { EnvironmentError, errorText } from "../core/errors.ts";

/** Clients at once; further ones are closed at once. A demo has one a link and a few that look on. */
export const BROKER_CLIENTS_MAX = 64;

/** Packets of one client that are worked on before its socket is no longer read. */
export const BROKER_QUEUE_MAX = 42;

/** A client that does not take what it subscribed to for this long is closed, ms. */
export const BROKER_DRAIN_TIMEOUT_MS = 10_000;

/** A client that sends no CONNECT within this time is closed, ms. */
export const BROKER_CONNECT_TIMEOUT_MS = 5_000;

const HOST = "127.0.0.1";

/** A running broker of the demo. */
export interface EmbeddedBroker {
  readonly port: number;
  /** Closes clients and listener. Idempotent. */
  close(): Promise<void>;
}

/**
 * Starts an MQTT broker inside this worker, on loopback only, without passwords: for the demo, never for a house.
 *
 * @param options.port 1 to 65,535; absent or 0: a free one.
 * @throws {EnvironmentError} If the port cannot be had.
 */
export async function startEmbeddedBroker(options: { readonly port?: number } = {}): Promise<EmbeddedBroker> {
  const aedes = await Aedes.createBroker({
    queueLimit: BROKER_QUEUE_MAX,
    drainTimeout: BROKER_DRAIN_TIMEOUT_MS,
    connectTimeout: BROKER_CONNECT_TIMEOUT_MS,
  });
  const sockets = new Set<Socket>();
  const server = createServer((socket) => take(socket, { aedes, sockets }));
  try {
    await listen(server, options.port ?? 0);
  } catch (thrown) {
    await closeAedes(aedes);
    const code = String((thrown as { code?: unknown }).code ?? "UNKNOWN");
    const text = `Cannot start the broker on port ${options.port ?? 0} as the port must be free: ${errorText(thrown)}`;
    throw new EnvironmentError(text, code, { cause: thrown });
  }
  let closing: Promise<void> | undefined;
  return {
    port: (server.address() as AddressInfo).port,
    close: () => closing ??= closeAll(server, { aedes, sockets }),
  };
}

interface Parts {
  readonly aedes: Aedes;
  readonly sockets: Set<Socket>;
}

function take(socket: Socket, { aedes, sockets }: Parts): void {
  if (sockets.size >= BROKER_CLIENTS_MAX) {
    socket.destroy();
    return;
  }
  plainPause(socket);
  sockets.add(socket);
  socket.on("close", () => sockets.delete(socket));
  aedes.handle(socket);
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, HOST, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

async function closeAll(server: Server, { aedes, sockets }: Parts): Promise<void> {
  // Not the callback of close(): Deno 2.6.10 counts an ended socket twice there and never calls back.
  server.close();
  await closeAedes(aedes);
  await Promise.all([...sockets].map(closeSocket));
}

function closeSocket(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.once("close", () => resolve());
    socket.destroy();
  });
}

function closeAedes(aedes: Aedes): Promise<void> {
  return new Promise((resolve) => aedes.close(() => resolve()));
}
