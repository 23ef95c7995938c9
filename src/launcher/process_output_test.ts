import assert from "node:assert/strict";
import { EXIT } from "../core/exit_codes.ts";
import type { RunPlan } from "../core/isolate.ts";
import { processOutput } from "./process_output.ts";

function exitAfter(supervision: "foreground" | "restart", lostAs: string | undefined, stream: "stdout" | "stderr") {
  const told: string[] = [];
  const plan = { workers: [{ supervision }] } as unknown as RunPlan;
  const output = processOutput(plan, (to, text) => {
    if (to === "stderr" && stream !== "stderr") told.push(text);
    return to === stream ? lostAs : undefined;
  });
  output.print(stream, "one");
  output.print(stream, "two");
  return { code: output.exitCode(EXIT.ok), told };
}

Deno.test("processOutput() turns the end of a command whose output was lost into a failure, and says so once", () => {
  const { code, told } = exitAfter("foreground", "ENOSPC", "stdout");
  assert.equal(code, EXIT.environment);
  assert.deepEqual(told, ["Cannot write the output as all of it must be taken: ENOSPC\n"]);
});

Deno.test("processOutput() takes a reader that has seen enough, a lost log and a lost view for no failure", () => {
  assert.equal(exitAfter("foreground", "EPIPE", "stdout").code, EXIT.ok);
  assert.equal(exitAfter("foreground", "EIO", "stderr").code, EXIT.ok);
  assert.equal(exitAfter("restart", "EIO", "stdout").code, EXIT.ok);
  assert.equal(exitAfter("foreground", undefined, "stdout").code, EXIT.ok);
});
