import { strict as assert } from "node:assert";
import { LOST_WALL_MS, simulatedWall } from "./simulated_wall.ts";
import { virtualClock } from "./virtual_clock.ts";

Deno.test("simulatedWall() steps, drifts without a jump, is lost, and is set right again", () => {
  const clock = virtualClock(1_000_000);
  const wall = simulatedWall(clock);
  clock.run(5_000);
  assert.equal(wall.nowMs, 1_005_000);
  wall.step(-2_000);
  assert.equal(wall.nowMs, 1_003_000);
  wall.drift(500);
  assert.equal(wall.nowMs, 1_003_000);
  clock.run(10_000);
  assert.equal(wall.nowMs, 1_013_005);
  wall.drift(-500);
  assert.equal(wall.nowMs, 1_013_005);
  clock.run(10_000);
  assert.equal(wall.nowMs, 1_023_000);
  wall.lose();
  assert.deepEqual([wall.isLost, wall.nowMs], [true, LOST_WALL_MS + 25_000]);
  wall.setRight();
  assert.deepEqual([wall.isLost, wall.nowMs], [false, 1_023_000]);
});
