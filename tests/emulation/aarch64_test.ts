/** The aarch64 binary under user-mode emulation: it starts, checks and runs the demo. Nothing about its speed is asserted. */
import { strict as assert } from "node:assert";
import deno from "../../deno.json" with { type: "json" };
import { EXIT } from "../../src/core/exit_codes.ts";
import { runEnv } from "../support/hearth_house.ts";
import { assertExact, type LiveObject, SUMMARY_KEYS, summaryOf } from "../support/hearth_output.ts";
import { testWithReal } from "../support/test_with_real.ts";
import { followProcess, type HearthEnd, repositoryPath, temporaryFolder } from "../support/hearth_process.ts";

const BINARY = Deno.env.get("HEARTH_BIN_AARCH64") ?? repositoryPath("dist/hearth-aarch64-unknown-linux-gnu");
const EMULATOR = "qemu-aarch64-static";
/** Of Debian's libc6-arm64-cross and libgcc-s1-arm64-cross; the binary's /lib lies below it. */
const LIBRARIES = "/usr/aarch64-linux-gnu";
/** An aarch64 machine needs no emulator. */
const IS_NATIVE = Deno.build.arch === "aarch64";

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return false;
    throw thrown;
  }
}

/** Why there is nothing to test with, or undefined. */
function whatIsMissing(): string | undefined {
  if (!exists(BINARY)) return "deno task compile --target aarch64 must make the binary first";
  if (IS_NATIVE) return undefined;
  const isOnPath = (Deno.env.get("PATH") ?? "").split(":").some((folder) => exists(`${folder}/${EMULATOR}`));
  if (!isOnPath) return `${EMULATOR} must be installed (Debian package qemu-user-static)`;
  for (const library of ["libc.so.6", "libgcc_s.so.1"]) {
    if (!exists(`${LIBRARIES}/lib/${library}`)) {
      return `${LIBRARIES}/lib/${library} must be there (Debian packages libc6-arm64-cross, libgcc-s1-arm64-cross)`;
    }
  }
  return undefined;
}

const MISSING = whatIsMissing();

/** A slow house leaves the emulated machine time for its workers. */
const DEMO_SPEED = "10";
/** Runs of the demo until one is not cut short. */
const DEMO_TRIES = 3;

async function runBinary(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<HearthEnd> {
  using folder = temporaryFolder();
  Deno.mkdirSync(`${folder.path}/run`);
  const command = IS_NATIVE ? [BINARY, ...args] : [EMULATOR, "-L", LIBRARIES, BINARY, ...args];
  const child = new Deno.Command(command[0]!, {
    args: command.slice(1),
    cwd: folder.path,
    clearEnv: true,
    env: {
      HOME: folder.path,
      PATH: Deno.env.get("PATH") ?? "",
      NO_COLOR: "1",
      XDG_CONFIG_HOME: `${folder.path}/config`,
      XDG_DATA_HOME: `${folder.path}/data`,
      XDG_STATE_HOME: `${folder.path}/state`,
      XDG_RUNTIME_DIR: `${folder.path}/run`,
      ...env,
    },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  await using process = followProcess(child, `aarch64 hearth ${args.join(" ")}`);
  return await process.ended;
}

/** An emulated worker on a busy machine may be silent for longer than the launcher allows: that says nothing here. */
async function runDemo(): Promise<HearthEnd> {
  for (let tries = 1;; tries++) {
    const end = await runBinary(["dev", "--exit-after", "10s", "--speed", DEMO_SPEED, "--json"]);
    if (end.code !== EXIT.silent || tries === DEMO_TRIES) return end;
  }
}

testWithReal("the aarch64 binary prints its version", MISSING, async () => {
  const { code, stdout, stderr } = await runBinary(["--version"]);
  assert.equal(code, EXIT.ok, stderr);
  assert.equal(stdout, `${deno.version}\n`);
});

testWithReal(
  "the aarch64 binary finds settings and layout good, and says what is wrong with them",
  MISSING,
  async () => {
    const good = await runBinary(["check"], runEnv({ port: 1883 }));
    assert.equal(good.code, EXIT.ok, good.stdout + good.stderr);
    const bad = await runBinary(["check"], { ...runEnv({ port: 1883 }), SCADA_GRIDWORKS_MQTT__PORT: "many" });
    assert.equal(bad.code, EXIT.configuration, bad.stdout + bad.stderr);
    assert.match(bad.stdout + bad.stderr, /SCADA_GRIDWORKS_MQTT__PORT/);
  },
);

testWithReal("the aarch64 binary runs the demo with an exact account", MISSING, async () => {
  const { code, stdout, stderr } = await runDemo();
  assert.equal(code, EXIT.ok, stderr);
  const summary = summaryOf(stdout);
  assert.deepEqual(Object.keys(summary).sort(), SUMMARY_KEYS);
  assertExact(summary);
  const live = stdout.trimEnd().split("\n").slice(0, -1).map((line) => JSON.parse(line) as LiveObject);
  assert.ok(live.length > 0, "it showed something before its end");
});
