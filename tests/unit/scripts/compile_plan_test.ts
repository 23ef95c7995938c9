import { strict as assert } from "node:assert";
import {
  asciiComments,
  bundlePath,
  compileArguments,
  OUTER_BOUND,
  parseTargets,
} from "../../../scripts/compile_plan.ts";

const ROOT = new URL("../../../", import.meta.url);

Deno.test("bundlePath() keeps the path below the bundle's folder when a module is bundled", () => {
  assert.equal(bundlePath("src/app/agent.ts", "dist/bundle"), "dist/bundle/src/app/agent.js");
  assert.equal(bundlePath("./main.ts", "dist/bundle"), "dist/bundle/main.js");
});

Deno.test("compileArguments() includes every worker and ends with the main module", () => {
  const args = compileArguments({
    triple: "t",
    output: "dist/x",
    bundle: "b",
    workers: ["src/app/agent.ts", "src/app/bus.ts"],
  });
  assert.deepEqual(args, [
    "compile",
    "--quiet",
    ...OUTER_BOUND,
    "--no-code-cache",
    "--unstable-worker-options",
    "--target=t",
    "--output=dist/x",
    "--include=b/src/app/agent.js",
    "--include=b/src/app/bus.js",
    "--include=b/layouts",
    "b/main.js",
  ]);
});

Deno.test("parseTargets() takes both targets when none is named", () => {
  assert.deepEqual(parseTargets([]), ["x86_64", "aarch64"]);
  assert.deepEqual(parseTargets(["--target", "aarch64"]), ["aarch64"]);
  assert.deepEqual(parseTargets(["--target=x86_64-unknown-linux-gnu"]), ["x86_64"]);
});

Deno.test("parseTargets() refuses when a target or an argument is unknown", () => {
  assert.throws(() => parseTargets(["--target", "mips"]), {
    name: "RangeError",
    message: 'Cannot compile as the target must be "x86_64" or "aarch64": found "mips"',
  });
  assert.throws(() => parseTargets(["--fast"]), {
    name: "RangeError",
    message: 'Cannot read an argument as it must be "--target": "--fast"',
  });
});

Deno.test("OUTER_BOUND lets one program be started, by its full path, and the task dev and scripts/dev.sh none", () => {
  const run = OUTER_BOUND.filter((flag) => flag.startsWith("--allow-run"));
  assert.deepEqual(run, ["--allow-run=/usr/bin/ssh"]);
  const bound = OUTER_BOUND.filter((flag) => !run.includes(flag)).join(" ");
  const config = JSON.parse(Deno.readTextFileSync(new URL("deno.json", ROOT)));
  assert.equal(config.tasks.dev.command, `deno run ${bound} main.ts dev`);
  const script = Deno.readTextFileSync(new URL("scripts/dev.sh", ROOT));
  const libc = /^libc=(\S+)$/m.exec(script)?.[1];
  const granted = /"\$DENO" run (.*) main\.ts dev/.exec(script)?.[1]?.replace('"$libc"', libc ?? "");
  assert.equal(granted, bound);
});

Deno.test("asciiComments() leaves nothing beyond ASCII in comments, and touches no code", () => {
  const code = "const a = /[–—]/u; // kept as it is code: –";
  const source = ["/** §2 – a */", " * 64–71 \u{1F600}", "  // é", code, "let b = 1;", ""].join("\n");
  assert.equal(asciiComments(source), ["/** ?2 ? a */", " * 64?71 ?", "  // ?", code, "let b = 1;", ""].join("\n"));
});
