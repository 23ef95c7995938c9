import { EXIT } from "../core/exit_codes.ts";
import type { RunPlan } from "../core/isolate.ts";

/** What a plan's workers print, and whether all of it was taken. */
export interface ProcessOutput {
  print(stream: "stdout" | "stderr", text: string): void;
  /** The exit code of an end with `code`: a command whose output was lost has not done what it was asked for. */
  exitCode(code: number): number;
}

/** The output of one plan. Of an agent or a demo only the view can be lost, of a command all that it was asked for. */
export function processOutput(plan: RunPlan, write: typeof writeText = writeText): ProcessOutput {
  const isCommand = plan.workers.some(({ supervision }) => supervision === "foreground");
  let lost: string | undefined;
  return {
    print(stream, text) {
      const code = write(stream, text);
      // A reader that has seen enough is no failure.
      if (code === undefined || code === "EPIPE" || stream === "stderr" || !isCommand || lost !== undefined) return;
      lost = code;
      write("stderr", `Cannot write the output as all of it must be taken: ${code}\n`);
    },
    exitCode: (code) => code === EXIT.ok && lost !== undefined ? EXIT.environment : code,
  };
}

/**
 * Writes all of a text, in order. What nobody takes is lost: control goes on without a reader, terminal or log disk.
 *
 * @returns The system's code when something was lost.
 */
export function writeText(stream: "stdout" | "stderr", text: string): string | undefined {
  let rest: Uint8Array = new TextEncoder().encode(text);
  try {
    while (rest.length > 0) rest = rest.subarray(Deno[stream].writeSync(rest));
    return undefined;
  } catch (lost) {
    return lost instanceof Deno.errors.BrokenPipe ? "EPIPE" : (lost as { readonly code?: string }).code ?? "EIO";
  }
}
