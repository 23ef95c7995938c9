import { strict as assert } from "node:assert";
import { clientSocket, READ_BYTES_MAX } from "./client_socket.ts";
import { virtualClock } from "./virtual_clock.ts";

function setUp() {
  const clock = virtualClock();
  const socket = clientSocket(clock);
  const given: string[] = [];
  const arrive = (name: string, size: number) =>
    socket.arrived(() => void given.push(`${name} at ${clock.nowMs}`), size);
  return { clock, socket, given, arrive };
}

Deno.test("clientSocket() gives a message at once, and what is more than a turn reads a turn later", () => {
  const { clock, given, arrive } = setUp();
  arrive("a", READ_BYTES_MAX);
  arrive("b", 1);
  arrive("c", 1);
  assert.deepEqual(given, ["a at 0"]);
  clock.run(5);
  assert.deepEqual(given, ["a at 0", "b at 1", "c at 1"]);
});

Deno.test("clientSocket() keeps what comes while the process does not read, in order", () => {
  const { clock, socket, given, arrive } = setUp();
  socket.flow(false);
  arrive("a", 1);
  clock.run(100);
  arrive("b", 1);
  assert.deepEqual(given, []);
  socket.flow(true);
  assert.deepEqual(given, [], "never inside the step that asks");
  clock.run(5);
  assert.deepEqual(given, ["a at 101", "b at 101"]);
});
