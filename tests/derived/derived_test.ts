import { strict as assert } from "node:assert";
import { fileURLToPath } from "node:url";
import { EXIT } from "../../src/core/exit_codes.ts";

const MAIN = fileURLToPath(new URL("./main.ts", import.meta.url));

async function greenhouse(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "-A", MAIN, ...args],
    env: { GREENHOUSE_BED: "tomato", SCADA_BED: "unseen" },
  }).output();
  const text = new TextDecoder();
  return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}

Deno.test("launch() runs a derived application's own command in its own worker", async () => {
  assert.deepEqual(await greenhouse("water", "bed 1"), {
    code: EXIT.ok,
    stdout: 'water bed 1 with {"GREENHOUSE_BED":"tomato"}\n',
    stderr: "",
  });
});

Deno.test("launch() ends with the exit code of a derived application's worker", async () => {
  assert.equal((await greenhouse("water", "--dry")).code, EXIT.refused);
});

Deno.test("launch() refuses a command that a derived application does not have", async () => {
  assert.deepEqual(await greenhouse("run"), {
    code: EXIT.usage,
    stdout: "",
    stderr: 'Cannot run command "run" as it must be one of water\n',
  });
});
