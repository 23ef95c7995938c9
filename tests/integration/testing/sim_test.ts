import { strict as assert } from "node:assert";
import { fileURLToPath } from "node:url";
import { EXIT } from "../../../src/core/exit_codes.ts";

const SIM = fileURLToPath(new URL("../../../scripts/sim.ts", import.meta.url));

async function sim(...args: string[]): Promise<{ readonly code: number; readonly lines: readonly string[] }> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--allow-read", SIM, ...args],
    stderr: "inherit",
  });
  const { code, stdout } = await command.output();
  return { code, lines: new TextDecoder().decode(stdout).trimEnd().split("\n") };
}

Deno.test("sim gives the same hash when a seed is run in two processes", async () => {
  const args = ["--seed", "4", "--virtual", "30", "--json"];
  const [first, second] = [await sim(...args), await sim(...args)];
  const [one, two] = [first, second].map(({ lines }) => JSON.parse(lines[0]!) as { hash: string; unseed: number });
  assert.match(one!.hash, /^[0-9a-f]{16}$/);
  assert.deepEqual(one, two);
  assert.equal(first.code, EXIT.ok);
});

Deno.test("sim prints seeds, hours, events, faults and planted bugs when seeds are run", async () => {
  const { code, lines } = await sim("--seeds", "2", "--virtual", "10", "--planted", "cancel_ignored");
  assert.equal(code, EXIT.ok);
  assert.equal(lines.filter((line) => /^planted \w+: caught at seed \d+ by \w+: /.test(line)).length, 1);
  assert(lines.some((line) => /^events: \d+ made, \d+ applied/.test(line)));
  assert(lines.some((line) => /^marks: \d+ of \d+ reached$/.test(line)));
  assert(lines.some((line) => /^faults: .*packet_lost \d+/.test(line)));
  assert.match(lines.at(-1)!, /^sim: \d+ seeds, \d+\.\d virtual hours, .* ms a seed.* 0 failed$/);
});

Deno.test("sim prints the replay command and the trace when a seed fails", async () => {
  const { code, lines } = await sim("--seed", "1", "--virtual", "60", "--planted", "ping_spin");
  assert.equal(code, EXIT.failure);
  const shrunk = lines.findIndex((line) => /^shrunk to \d+ of \d+ faults in \d+ runs, for --plan:$/.test(line));
  const { faults } = JSON.parse(lines[shrunk + 1]!) as { faults: unknown[] };
  assert(faults.length <= 2, lines[shrunk + 1]!);
  assert(lines.includes("replay: deno task sim --seed 1 --virtual 60 --planted ping_spin --trace"));
  assert(lines.filter((line) => /^[\d.]+ (agent|ltn|bus|fault) /.test(line)).length > 50);
});

Deno.test("sim refuses options that it does not know", async () => {
  for (const args of [["--seed", "x"], ["--planted", "none"], ["--engine", "none"], ["--what"]]) {
    assert.equal((await sim(...args)).code, EXIT.usage);
  }
});

Deno.test("sim prints the same whether one worker runs the seeds or two", async () => {
  const args = ["--seeds", "3", "--virtual", "10", "--json"];
  const [one, two] = [await sim(...args, "--jobs", "1"), await sim(...args, "--jobs", "2")];
  const hashes = [one, two].map(({ lines }) =>
    lines.slice(0, -1).map((line) => (JSON.parse(line) as { hash: string }).hash)
  );
  assert.deepEqual(hashes[0], hashes[1]);
});
