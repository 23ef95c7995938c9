import { connect, createServer, type Socket } from "node:net";

/** A relay of TCP connections to one loopback port, whose connections can be cut. */
export interface TcpRelay extends AsyncDisposable {
  readonly port: number;
  /** Destroys both ends of every connection. */
  cut(): void;
}

/** Starts a relay on a free port. @param toPort Where connections lead. */
export async function startTcpRelay(toPort: number): Promise<TcpRelay> {
  const open = new Set<Socket>();
  const allClosed: (() => void)[] = [];

  function keep(socket: Socket, other: Socket): void {
    open.add(socket);
    // A reset is what the relay is for; "close" follows each error.
    socket.on("error", () => other.destroy());
    socket.on("close", () => {
      other.destroy();
      open.delete(socket);
      if (open.size === 0) { for (const tell of allClosed.splice(0)) tell(); }
    });
    socket.pipe(other);
  }
  function cut(): void {
    for (const socket of open) socket.destroy();
  }
  const server = createServer((socket) => {
    const far = connect(toPort, "127.0.0.1");
    for (const one of [socket, far]) one.setNoDelay(true);
    keep(socket, far);
    keep(far, socket);
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", resolve);
  await promise;
  return {
    port: (server.address() as { readonly port: number }).port,
    cut,
    async [Symbol.asyncDispose]() {
      cut();
      if (open.size > 0) await new Promise<void>((tell) => allClosed.push(tell));
      await new Promise<void>((tell) => server.close(() => tell()));
    },
  };
}
