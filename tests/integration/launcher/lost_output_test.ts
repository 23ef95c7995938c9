import { strict as assert } from "node:assert";
import { EXIT } from "../../../src/core/exit_codes.ts";
import { OUTER_BOUND } from "../../../scripts/compile_plan.ts";
import { processEnvironment, repositoryPath, temporaryFolder } from "../../support/hearth_process.ts";

interface End {
  readonly code: number;
  readonly stderr: string;
}

/** Runs `hearth <args>` in a shell with this redirection. */
async function redirected(args: readonly string[], redirection: string): Promise<End> {
  using folder = temporaryFolder();
  const runtime = [Deno.execPath(), "run", ...OUTER_BOUND, repositoryPath("main.ts")];
  const { code, stderr } = await new Deno.Command("bash", {
    args: ["-o", "pipefail", "-c", `"$@" ${redirection}`, "bash", ...runtime, ...args],
    clearEnv: true,
    env: processEnvironment({ folder: folder.path }),
    cwd: folder.path,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  return { code, stderr: new TextDecoder().decode(stderr) };
}

for (
  const args of [["config"], ["--help"], ["layout", "show", "--layout", repositoryPath("layouts/simple_house.json")]]
) {
  Deno.test(`hearth ${args.slice(0, 2).join(" ")} ends with code 4 when the disk is full that takes its output`, async () => {
    const end = await redirected(args, ">/dev/full");
    assert.deepEqual(end, {
      code: EXIT.environment,
      stderr: "Cannot write the output as all of it must be taken: ENOSPC\n",
    });
  });
}

Deno.test("hearth --help ends with code 0 when its reader has seen enough", async () => {
  assert.deepEqual(await redirected(["--help"], "| true"), { code: EXIT.ok, stderr: "" });
});

Deno.test("hearth config ends with the code of its own failure when its output is lost, too", async () => {
  const end = await redirected(["config", "--nonsense"], ">/dev/full");
  assert.equal(end.code, EXIT.usage, end.stderr);
});
