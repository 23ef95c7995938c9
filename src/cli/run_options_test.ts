import { strict as assert } from "node:assert";
import { parseDuration } from "./parse_duration.ts";
import { parseCommandLine } from "./run_options.ts";

function call(line: string) {
  return parseCommandLine(line.split(" ").filter((word) => word !== ""));
}

Deno.test("parseDuration() reads a number and its unit", () => {
  for (
    const [text, ms] of [["250ms", 250], ["20s", 20_000], ["1.5m", 90_000], ["2min", 120_000], [
      "24h",
      86_400_000,
    ]] as const
  ) {
    assert.equal(parseDuration(text), ms, text);
  }
});

Deno.test("parseDuration() refuses what has no unit, is nothing, or is longer than a day", () => {
  for (const text of ["20", "0s", "-1s", "s", "25h", "1 day", "1e3s", ""]) {
    assert.throws(() => parseDuration(text), {
      name: "RangeError",
      message: `Cannot read duration as it must be 1ms to 24h, like 20s, 5m or 2h: found "${text}"`,
    });
  }
});

Deno.test("parseCommandLine() understands every command", () => {
  for (
    const [line, name, options] of [
      ["run", "run", { json: false, dryRun: false }],
      ["run --dry-run --json --layout a.json", "run", { json: true, dryRun: true, layout: "a.json" }],
      ["ltn --exit-after 20s --env-file x", "ltn", { json: false, dryRun: false, exitAfterMs: 20_000, envFile: "x" }],
      ["dev", "dev", { json: false, speed: 120 }],
      ["dev --speed 300 --exit-after 2m --json", "dev", { json: true, speed: 300, exitAfterMs: 120_000 }],
      ["check --app ltn", "check", { json: false, app: "ltn" }],
      ["guard --once", "guard", { json: false }],
      ["guard --once --json --layout a.json", "guard", { json: true, layout: "a.json" }],
      ["permissions", "permissions", { json: false, app: "run" }],
      ["admin relay relay3 open --for 5s", "admin relay", {
        json: false,
        forMs: 5_000,
        command: { relay: "relay3", action: "open" },
      }],
      ["admin relay --release", "admin relay", { json: false, forMs: 60_000 }],
      ["layout show --json", "layout show", { json: true }],
      ["events ls --limit 5", "events ls", { json: false, app: "run", limit: 5 }],
      ["events stat --store s.db --app dev", "events stat", { json: false, app: "dev", store: "s.db" }],
    ] as const
  ) assert.deepEqual(call(line), { kind: "command", call: { name, options } }, line);
});

Deno.test("parseCommandLine() says what was meant when a name or a value is wrong", () => {
  for (
    const [line, text] of [
      ["rnu", "error: unknown command 'rnu'\n(Did you mean run?)\n"],
      ["dev --sped 3", "error: unknown option '--sped'\n(Did you mean --speed?)\n"],
      [
        "dev --speed 301",
        "error: option '--speed <n>' argument '301' is invalid. Cannot read number as it must be from 1 to 300: found \"301\"\n",
      ],
      [
        "admin relay relay3 shut",
        'error: Cannot run admin relay as it must be told "NAME open", "NAME close" or --release alone: found "relay3 shut"\n',
      ],
    ] as const
  ) assert.deepEqual(call(line), { kind: "problem", text, exit: 2 }, line);
});

Deno.test("parseCommandLine() prints help", () => {
  assert.deepEqual(call("dev --help"), {
    kind: "help",
    text: `Usage: hearth dev [options]

run the demo: broker, agent, LTN and a simulated house in one process

Options:
  --speed <n>          house seconds a second, 1 to 300 (default: 120)
  --layout <path>      hardware layout instead of the demo's
  --data <folder>      keep the demo's store in this folder
  --exit-after <time>  stop in order this long after everything is ready, for example 20s
  --json               print one JSON object a second and a summary at the end (default: false)
  -h, --help           display help for command
`,
  });
  const help = call("--help");
  assert.equal(help.kind, "help");
  assert.deepEqual(call(""), { kind: "problem", text: help.kind === "help" ? help.text : "", exit: 2 });
});
