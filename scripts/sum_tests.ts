/**
 * Adds up the results of several runs of the test runner and prints "N passed, N failed" as the last line.
 *
 *   deno run --allow-read --allow-env=CI scripts/sum_tests.ts 0:first.log 1:second.log
 */

/** One stage of scripts/test.sh: exit code of its command and all it printed. */
export interface Stage {
  readonly exitCode: number;
  readonly output: string;
}

/** Tests, not steps; `failed` also counts each stage that failed without a failed test. */
export interface TestSum {
  readonly passed: number;
  readonly failed: number;
}

// Tasks that run side by side have their name before each line, for example "[test:unit] ok | …".
const SUMMARY =
  /^(?:[ \t]*\[[\w:]+\] )?(?:ok|FAILED) \| (\d+) passed\b[^|]*\| (\d+) failed\b[^|\n]*(?:\| (\d+) ignored\b)?/gm;
/** The last line of a part that adds up by itself, as the guests' does. */
const SUM = /^(\d+) passed, (\d+) failed$/gm;
// deno-lint-ignore no-control-regex
const COLOUR = /\x1b\[[0-9;]*m/g;

/**
 * Sums the summary lines of the test runner over all stages.
 *
 * @param strict Counts an ignored test as failed.
 */
export function sumTests(stages: readonly Stage[], strict: boolean): TestSum {
  let passed = 0;
  let failed = 0;
  for (const { exitCode, output } of stages) {
    let failedHere = 0;
    const text = output.replace(COLOUR, "");
    for (const [, ok, bad, ignored] of [...text.matchAll(SUMMARY), ...text.matchAll(SUM)]) {
      passed += Number(ok);
      failedHere += Number(bad) + (strict ? Number(ignored ?? 0) : 0);
    }
    failed += exitCode !== 0 && failedHere === 0 ? 1 : failedHere;
  }
  return { passed, failed };
}

if (import.meta.main) {
  const stages = Deno.args.map(function read(argument): Stage {
    const colon = argument.indexOf(":");
    return { exitCode: Number(argument.slice(0, colon)), output: Deno.readTextFileSync(argument.slice(colon + 1)) };
  });
  const { passed, failed } = sumTests(stages, Deno.env.get("CI") === "true");
  Deno.stdout.writeSync(new TextEncoder().encode(`${passed} passed, ${failed} failed\n`));
  Deno.exit(failed === 0 && passed > 0 && stages.every((stage) => stage.exitCode === 0) ? 0 : 1);
}
