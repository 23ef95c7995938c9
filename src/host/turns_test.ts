import { strict as assert } from "node:assert";
import { BUSY_MS_MAX, IDLE_MS, soon, type TurnClock, turns } from "./turns.ts";

/** A clock that calls back when it is told to. */
function bench(run: (count: number) => boolean) {
  const now = { ms: 0, count: 0 };
  const asked: { readonly how: "soon" | "rested"; call(): void }[] = [];
  function note(how: "soon" | "rested"): TurnClock["soon"] {
    return (callback) => {
      const one = { how, call: callback };
      asked.push(one);
      return { [Symbol.dispose]: () => void asked.splice(asked.indexOf(one), 1) };
    };
  }
  const clock = { nowMs: () => now.ms, soon: note("soon"), rested: note("rested") };
  return { now, asked, turn: turns(() => run(++now.count), clock) };
}

Deno.test("soon() calls back once, and not when it was disposed of", async () => {
  const said: string[] = [];
  const called = Promise.withResolvers<void>();
  soon(() => said.push("off"))[Symbol.dispose]();
  soon(() => said.push("on"));
  soon(called.resolve);
  await called.promise;
  assert.deepEqual(said, ["on"]);
});

Deno.test("turns() takes one turn when it is asked for several times", () => {
  const { asked, now, turn } = bench(() => false);
  turn.schedule();
  turn.schedule();
  assert.equal(asked.length, 1);
  asked.shift()!.call();
  assert.deepEqual([asked.length, now.count], [0, 1]);
});

Deno.test("turns() lets the loop rest when turns followed each other for too long", () => {
  const { asked, now, turn } = bench((count) => {
    now.ms += BUSY_MS_MAX / 2 + 1;
    return count < 5;
  });
  turn.schedule();
  const hows: string[] = [];
  for (let one = asked.shift(); one !== undefined; one = asked.shift()) {
    hows.push(one.how);
    one.call();
  }
  assert.deepEqual(hows, ["soon", "soon", "rested", "soon", "rested"]);
});

Deno.test("turns() needs no rest when the loop was idle between them", () => {
  const { asked, now, turn } = bench(() => false);
  for (let i = 0; i < 5; i++) {
    turn.schedule();
    const { how, call } = asked.shift()!;
    assert.equal(how, "soon");
    now.ms += BUSY_MS_MAX;
    call();
    now.ms += IDLE_MS + 1;
  }
});

Deno.test("turns() takes none when it was disposed of", () => {
  const { asked, turn } = bench(() => true);
  turn.schedule();
  turn[Symbol.dispose]();
  turn.schedule();
  assert.equal(asked.length, 0);
});
