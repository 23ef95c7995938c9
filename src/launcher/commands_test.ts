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

Deno.test("COMMANDS name entries that exist", () => {
  const entries = Object.values(COMMANDS).map((row) => row.entry);
  assert.deepEqual(entries.filter((entry) => ENTRIES[entry] === undefined), []);
});

Deno.test("handedEnvironment() hands over named and prefixed variables only", () => {
  const all = { HOME: "/h", HOMEPAGE: "x", SCADA_A: "1", XDG_DATA_HOME: "/d", AWS_SECRET: "s", MY_SCADA_B: "2" };
  assert.deepEqual(handedEnvironment(all, ENV), { HOME: "/h", SCADA_A: "1", XDG_DATA_HOME: "/d" });
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
});
