import { strict as assert } from "node:assert";
import { EXIT } from "../../src/core/exit_codes.ts";
import type { LiveObject } from "../support/hearth_output.ts";
import { repositoryPath, runHearth, startHearth, temporaryFolder } from "../support/hearth_process.ts";

const READY_MS = 60_000;

Deno.test("hearth dev refuses a second start on one store, and a start after the end is fine", async () => {
  using folder = temporaryFolder();
  const options = { folder: folder.path };
  const args = ["dev", "--json", "--data", `${folder.path}/demo`];
  await using first = startHearth(args, options);
  await first.until("the first object", () => first.json<LiveObject>().length > 0, READY_MS);
  const second = await runHearth(args, options);
  assert.equal(second.code, EXIT.environment, second.stdout);
  assert.equal(
    second.stderr,
    `Cannot start as only one process at a time may use its store: another one holds "${folder.path}/demo/scada.lock"\n`,
  );
  first.kill("SIGKILL");
  await first.ended;
  const third = await runHearth([...args, "--exit-after", "1s"], options);
  assert.equal(third.code, EXIT.ok, third.stderr);
});

Deno.test("hearth dev goes on to its orderly end when nobody takes its output", async () => {
  using folder = temporaryFolder();
  const args = ["dev", "--json", "--data", `${folder.path}/demo`, "--exit-after", "2s"];
  const runtime = [Deno.execPath(), "run", "-A", repositoryPath("main.ts"), ...args];
  const { code } = await new Deno.Command("sh", {
    args: ["-c", 'exec "$@" >/dev/full 2>&1', "sh", ...runtime],
    env: { XDG_STATE_HOME: folder.path, XDG_RUNTIME_DIR: folder.path, DENO_NO_UPDATE_CHECK: "1" },
  }).output();
  assert.equal(code, EXIT.ok);
});
