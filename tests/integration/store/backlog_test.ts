import { strict as assert } from "node:assert";
import { fileURLToPath } from "node:url";
import type { BacklogMeasured } from "./backlog_measured.ts";

/** CI replays fewer; HEARTH_SOAK=1 replays a million. */
const IS_SOAK = Deno.env.get("HEARTH_SOAK") === "1";
const ROWS = IS_SOAK ? 1_000_000 : 60_000;
/** What the kernel counts swings with the engine's pages of free heap: halves of the replay are compared by their medians. */
const GROWTH_MAX = 10_000_000;
/** The window of a link: what is on its way cannot be overtaken. One more goes out for each ack until the commit. */
const OVERTAKEN_MAX = 2 * 256;

/** Garbage is collected before a measurement, and the young generation is kept small: what grows then is held by someone. */
const V8_FLAGS = "--v8-flags=--expose-gc,--max-semi-space-size=2";
const PROGRAM = fileURLToPath(new URL("./backlog_process.ts", import.meta.url));

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

async function run(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-prompt", V8_FLAGS, PROGRAM, ...args],
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

Deno.test(`a backlog of ${ROWS} events is replayed in flat memory, each once, and what is urgent overtakes it`, async (t) => {
  const folder = Deno.makeTempDirSync();
  const path = `${folder}/store.db`;
  try {
    await run("fill", path, `${ROWS}`);
    const measured = JSON.parse(await run("replay", path, `${ROWS}`)) as BacklogMeasured;
    await t.step("every event is published once and acked", () => {
      assert.equal(measured.old, ROWS);
      const { generated, acked, tombstoned, pending } = measured;
      assert.ok(generated > ROWS && generated < ROWS + 10, `${generated} generated`);
      assert.deepEqual([acked, tombstoned, pending], [generated, 0, 0]);
    });
    await t.step("resident memory is flat once the replay runs", () => {
      const [, , ...rss] = measured.rss;
      const half = rss.length / 2;
      const grown = median(rss.slice(half)) - median(rss.slice(0, half));
      assert.ok(grown < GROWTH_MAX, `resident memory grew by ${grown} bytes: ${measured.rss}`);
      const [, , ...alive] = measured.alive;
      const spread = Math.max(...alive) - Math.min(...alive);
      assert.ok(spread < GROWTH_MAX, `what is alive grew by ${spread} bytes: ${measured.alive}`);
    });
    await t.step("an event of lane 0 goes out before what waits", () => {
      assert.ok(measured.overtaken <= OVERTAKEN_MAX, `after ${measured.overtaken} old ones`);
    });
    if (IS_SOAK) Deno.stderr.writeSync(new TextEncoder().encode(`${JSON.stringify(measured)}\n`));
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});
