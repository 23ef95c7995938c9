import { strict as assert } from "node:assert";
import { commandRow, COMMANDS, ENV, OTHER_COMMAND } from "./commands.ts";
import { ENTRIES } from "./entries.ts";
import { handedEnvironment } from "./environment.ts";
import { launchRoot, moduleUrl, workerPermissions } from "./spawn.ts";

Deno.test("commandRow() finds the row of a command line", () => {
  const rows = [
    [["run"], COMMANDS["run"]],
    [["run", "--exit-after", "5"], COMMANDS["run"]],
    [["run", "--help"], COMMANDS[OTHER_COMMAND]],
    [["events", "import", "/event"], COMMANDS["events import"]],
    [["events", "import", "--help"], COMMANDS[OTHER_COMMAND]],
    [["events", "ls"], COMMANDS["events"]],
    [["admin", "--help"], COMMANDS["admin"]],
    [["key", "add", "a"], COMMANDS["key add"]],
    [["key", "add", "--help"], COMMANDS["key add"]],
    [["key", "info", "a"], COMMANDS[OTHER_COMMAND]],
    [["key", "fetch", "a"], COMMANDS["key fetch"]],
    [["key", "fetch", "--help"], COMMANDS[OTHER_COMMAND]],
    [["tls", "check", "a:1"], COMMANDS["tls check"]],
    [["--version"], COMMANDS[OTHER_COMMAND]],
    [[], COMMANDS[OTHER_COMMAND]],
    [["toString"], COMMANDS[OTHER_COMMAND]],
  ] as const;
  for (const [args, row] of rows) assert.equal(commandRow(args, COMMANDS), row, args.join(" "));
  assert.equal(commandRow(["other"], {}), undefined);
});

Deno.test("COMMANDS let what writes keys reach no host, and what asks a broker write nothing", () => {
  const rows = Object.entries(COMMANDS).filter(([name]) => /^(ca|key|tls)\b/.test(name));
  assert.deepEqual(rows.filter(([, { grants }]) => grants.net !== undefined && grants.write !== undefined), []);
  assert.deepEqual(rows.filter(([, { grants }]) => grants.net !== undefined).map(([name]) => name), ["tls check"]);
});

Deno.test("COMMANDS let key fetch start ssh, by its full path, and nothing else start anything", () => {
  const rows = Object.entries(COMMANDS).filter(([, { grants }]) => grants.run !== undefined);
  assert.deepEqual(rows.map(([name, { grants }]) => [name, grants.run]), [["key fetch", ["/usr/bin/ssh"]]]);
  const { run: _run, ...rest } = COMMANDS["key fetch"]!.grants;
  assert.deepEqual(rest, COMMANDS["key install"]!.grants);
});

Deno.test("COMMANDS name entries that exist", () => {
  const entries = Object.values(COMMANDS).map((row) => row.entry);
  assert.deepEqual(entries.filter((entry) => ENTRIES[entry] === undefined), []);
});

Deno.test("handedEnvironment() hands over named and prefixed variables only", () => {
  const all = {
    HOME: "/h",
    HOMEPAGE: "x",
    SSH_AUTH_SOCK: "/s",
    SSH_X: "y",
    SCADA_A: "1",
    XDG_DATA_HOME: "/d",
    AWS_SECRET: "s",
    MY_SCADA_B: "2",
  };
  assert.deepEqual(handedEnvironment(all, ENV), {
    HOME: "/h",
    SSH_AUTH_SOCK: "/s",
    SCADA_A: "1",
    XDG_DATA_HOME: "/d",
  });
});

Deno.test("moduleUrl() points beside the launcher in a source tree and in a bundle", () => {
  for (
    const [href, expected] of [
      ["file:///r/src/launcher/hearth.ts", "file:///r/src/app/cli.ts"],
      ["file:///r/dist/main.js", "file:///r/dist/src/app/cli.js"],
    ] as const
  ) {
    const { root, isBundle } = launchRoot(href, "../../");
    assert.equal(moduleUrl("src/app/cli.ts", root, isBundle).href, expected);
  }
});

Deno.test("workerPermissions() refuses every kind that is not granted", () => {
  const none = { env: false, ffi: false, import: false, net: false, read: false, run: false, sys: false, write: false };
  assert.deepEqual(workerPermissions({}), none);
  assert.deepEqual(workerPermissions({ net: [], read: [] }), none, "an empty list grants nothing");
  assert.deepEqual(workerPermissions({ net: ["h:1"], write: ["/a"] }), { ...none, net: ["h:1"], write: ["/a"] });
  assert.deepEqual(workerPermissions({ net: ["*"] }), { ...none, net: true });
  assert.deepEqual(workerPermissions({ run: [] }), none);
  assert.deepEqual(workerPermissions({ run: ["/usr/bin/ssh"] }), { ...none, run: ["/usr/bin/ssh"] });
});

Deno.test("workerPermissions() grants every folder as all, when the process has all, and never more than is told", () => {
  // Where the process may start a program, it may not write that one: a list with "/" would ask for more than it has.
  const { state } = Deno.permissions.querySync({ name: "write" });
  assert.deepEqual(workerPermissions({ write: ["/"] }).write, state === "granted" ? true : ["/"]);
  assert.deepEqual(workerPermissions({ write: ["/etc"] }).write, ["/etc"]);
  assert.deepEqual(workerPermissions({ read: ["/"] }).write, false);
});
