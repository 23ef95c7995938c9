import { strict as assert } from "node:assert";
import { EXIT } from "../../../src/core/exit_codes.ts";
import { runEnv, runStorePath } from "../../support/hearth_house.ts";
import { type HearthProcess, repositoryPath, startHearth, temporaryFolder } from "../../support/hearth_process.ts";

const LAYOUT = repositoryPath("layouts/simple_house.json");

/** A layout that is read for as long as the test wants: the plan waits for it. */
interface SlowLayout extends Disposable {
  readonly hearth: HearthProcess;
  readonly folder: string;
  /** The plan's worker has opened the layout and waits. @returns The end to write to. */
  opened(): Promise<Deno.FsFile>;
}

function slowLayout(): SlowLayout {
  const folder = temporaryFolder();
  const path = `${folder.path}/layout.json`;
  const { success } = new Deno.Command("mkfifo", { args: [path] }).outputSync();
  assert.ok(success, "mkfifo");
  const hearth = startHearth(["run", "--json", "--layout", path], { folder: folder.path, env: runEnv({ port: 1 }) });
  return {
    hearth,
    folder: folder.path,
    // Opening a pipe for writing waits for its reader.
    opened: () => Deno.open(path, { write: true }),
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}

function isThere(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return false;
    throw thrown;
  }
}

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  Deno.test(`hearth run starts nothing and ends with code 0 when ${signal} comes while its plan is made`, async () => {
    using layout = slowLayout();
    await using hearth = layout.hearth;
    {
      using pipe = await layout.opened();
      hearth.kill(signal);
      pipe.writeSync(Deno.readFileSync(LAYOUT));
    }
    const end = await hearth.ended;
    assert.equal(end.code, EXIT.ok, end.stderr);
    assert.equal(end.stdout, "");
    assert.ok(!end.stderr.includes("agent.first_control"), end.stderr);
    assert.ok(!isThere(runStorePath(layout.folder)), "no store is made");
  });
}

Deno.test("hearth run ends with code 1 within the time of a stop when SIGTERM comes and its plan is never made", async () => {
  using layout = slowLayout();
  await using hearth = layout.hearth;
  using _pipe = await layout.opened();
  hearth.kill("SIGTERM");
  const end = await hearth.ended;
  assert.equal(end.code, EXIT.failure, end.stderr);
  assert.match(end.stderr, /"event":"launcher\.stop_overdue","worker":"plan"/);
});
