import { Duplex } from "node:stream";

/**
 * Lets a socket pause as any stream does: its buffer fills, then it is no longer read.
 *
 * Sockets of Deno 2.6.10 also stop and start reading themselves at `pause` and `resume`, while a read is under way: a
 * second read then runs into the same buffer, and 64 kB of bytes are lost, or come twice. Whoever receives faster than it
 * works, as MQTT.js and aedes do, pauses often. Later runtimes do not need this and lose nothing by it.
 */
export function plainPause(socket: Duplex): void {
  socket.pause = Duplex.prototype.pause;
  socket.resume = Duplex.prototype.resume;
}
