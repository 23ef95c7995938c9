/** Who may start ssh: nobody but the worker of `hearth key fetch`, whatever the process was started with. */
import { strict as assert } from "node:assert";
import { OUTER_BOUND } from "../../../scripts/compile_plan.ts";
import { repositoryPath, runHearth, temporaryFolder } from "../../support/hearth_process.ts";

/** What a process may start after it has given up what a plan with these grants does not need. */
async function statesAfter(run: readonly string[]): Promise<readonly string[]> {
  using folder = temporaryFolder();
  const script = `${folder.path}/states.ts`;
  const plan = { workers: [{ grants: {} }, { grants: { run } }] };
  await Deno.writeTextFile(
    script,
    `import { dropUnusedRun } from "file://${repositoryPath("src/launcher/spawn.ts")}";
const ask = () => Deno.permissions.querySync({ name: "run", command: "/usr/bin/ssh" }).state;
const write = () => Deno.permissions.querySync({ name: "write", path: "/usr/bin/ssh" }).state;
const before = ask();
dropUnusedRun(${JSON.stringify(plan)} as never);
console.log([before, ask(), write()].join(" "));
`,
  );
  const command = Deno.env.get("HEARTH_DENO") ?? Deno.execPath();
  const args = ["run", "--no-check", "--config", repositoryPath("deno.json"), ...OUTER_BOUND, script];
  const { stdout, stderr } = await new Deno.Command(command, { args, stdout: "piped", stderr: "piped" }).output();
  const text = new TextDecoder().decode(stdout).trim();
  assert.notEqual(text, "", new TextDecoder().decode(stderr));
  return text.split(" ");
}

Deno.test("dropUnusedRun() leaves ssh to a plan that grants it, and takes it from the process else", async () => {
  assert.deepEqual(await statesAfter(["/usr/bin/ssh"]), ["granted", "granted", "denied"]);
  const [before, after, write] = await statesAfter([]);
  assert.deepEqual([before, after === "granted", write], ["granted", false, "denied"]);
});

Deno.test("hearth permissions: no worker of a plan may start a program", async () => {
  using folder = temporaryFolder();
  for (const app of ["dev", "run", "ltn"]) {
    const env = { SCADA_GRIDWORKS_MQTT__TLS__USE_TLS: "false", LTN_SCADA_MQTT__TLS__USE_TLS: "false" };
    const args = ["permissions", "--app", app, "--json", "--layout", repositoryPath("layouts/simple_house.json")];
    const { code, stdout, stderr } = await runHearth(args, { folder: folder.path, env });
    assert.equal(code, 0, stderr);
    const { outer, workers } = JSON.parse(stdout);
    assert.equal(outer.run, undefined);
    assert.deepEqual(workers.filter(({ grants }: { grants: { run?: unknown } }) => grants.run !== undefined), []);
  }
});
