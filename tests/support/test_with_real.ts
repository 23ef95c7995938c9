import { strict as assert } from "node:assert";

/**
 * Registers a test that needs something real that a machine may lack: required in CI, where it fails without it;
 * elsewhere skipped with the reason in its name.
 *
 * @param missing Why it cannot run here, as the end of "Cannot run … as"; undefined when it can.
 */
export function testWithReal(name: string, missing: string | undefined, run: () => Promise<void>): void {
  if (missing === undefined) return Deno.test(name, run);
  if (Deno.env.get("CI") === "true") return Deno.test(name, () => assert.fail(`Cannot run this test as ${missing}`));
  Deno.test({ name: `${name} (skipped as ${missing})`, ignore: true, fn: () => undefined });
}
