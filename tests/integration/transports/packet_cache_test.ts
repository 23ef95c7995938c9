import { Buffer } from "node:buffer";
import { strict as assert } from "node:assert";
import { openMqttPipe } from "../../../src/transports/mqtt_pipe.ts";

/** Buffers that one CONNECT may take; the packet writer's cache of all numbers of two bytes takes 65,536. */
const BUFFERS_MAX = 1_000;

Deno.test("openMqttPipe() writes its first packet without a cache that it does not need", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { allocUnsafe } = Buffer;
  let buffers = 0;
  Buffer.allocUnsafe = (size) => {
    buffers++;
    return allocUnsafe(size);
  };
  try {
    const { port } = listener.addr as Deno.NetAddr;
    const config = { name: "up", host: "127.0.0.1", port, clientId: "c1" };
    const quiet = { connected() {}, message() {}, drained() {}, ended() {} };
    const pipe = openMqttPipe(config, quiet);
    using peer = await listener.accept();
    const packet = new Uint8Array(64);
    const count = await peer.read(packet);
    assert.ok(count !== null && count > 10 && packet[0] === 0x10, `a CONNECT came: ${count} bytes`);
    assert.ok(buffers > 0 && buffers < BUFFERS_MAX, `${buffers} buffers`);
    pipe.destroy();
  } finally {
    Buffer.allocUnsafe = allocUnsafe;
  }
});
