import type { SshBounds, SshEnd, SshRun } from "../cli/mod.ts";
import { errorText } from "../core/errors.ts";
import { SSH_PROGRAM } from "../core/ssh_program.ts";

/** Most bytes that are kept of what ssh writes to its standard error; what follows is dropped. */
const STDERR_BYTES_MAX = 16_384;
/** How long ssh may take to end when it is asked to, in ms. */
const END_MS_MAX = 1_000;
/** Where a ProxyCommand of the user's configuration finds its programs. */
const PATH = "/usr/local/bin:/usr/bin:/bin";

/** Starts ssh with nothing of our environment but what it is told. */
export function startSsh(args: readonly string[], bounds: SshBounds): SshRun {
  try {
    const child = new Deno.Command(SSH_PROGRAM, {
      args: [...args],
      // Beside secrets, LD_LIBRARY_PATH and its like stay out: the runtime starts nothing with them.
      clearEnv: true,
      env: { PATH, ...bounds.env },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    return follow(child, bounds);
  } catch (thrown) {
    return { ended: Promise.resolve({ kind: "not_started", because: errorText(thrown) }), stop: () => {} };
  }
}

/** A process while it runs. */
interface Child {
  readonly process: Deno.ChildProcess;
  readonly readers: readonly ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>[];
  /** Why it was ended by us. */
  why?: Exclude<SshEnd["kind"], "ended" | "not_started">;
}

function follow(process: Deno.ChildProcess, { ms, stdoutBytes }: SshBounds): SshRun {
  const out = process.stdout.getReader();
  const err = process.stderr.getReader();
  const child: Child = { process, readers: [out, err] };
  let killer: ReturnType<typeof setTimeout> | undefined;
  function endFor(why: NonNullable<Child["why"]>): void {
    if (child.why !== undefined) return;
    child.why = why;
    send(process, "SIGTERM");
    killer = setTimeout(send, END_MS_MAX, process, "SIGKILL");
    // Whatever else holds the pipes, for example a ProxyCommand, is not waited for.
    for (const reader of child.readers) reader.cancel().catch(() => {});
  }
  const deadline = setTimeout(endFor, ms, "late");
  async function end(): Promise<SshEnd> {
    const [stdout, stderr, status] = await Promise.all([
      collect(out, stdoutBytes, () => endFor("flooded")),
      collect(err, STDERR_BYTES_MAX, () => {}),
      process.status,
    ]);
    clearTimeout(deadline);
    clearTimeout(killer);
    if (child.why !== undefined) return { kind: child.why };
    if (status.signal !== null) return { kind: "stopped" };
    return { kind: "ended", code: status.code, stdout, stderr: new TextDecoder().decode(stderr) };
  }
  return { ended: end(), stop: () => endFor("stopped") };
}

function send(process: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    process.kill(signal);
  } catch (thrown) {
    // It ended by itself in between.
    if (!(thrown instanceof TypeError) && !(thrown instanceof Deno.errors.NotFound)) throw thrown;
  }
}

/** Reads to the end and keeps the first bytes; what is more is told once and dropped. */
async function collect(
  reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>,
  bytesMax: number,
  onMore: () => void,
): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let left = bytesMax;
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    if (next.value.length > left) onMore();
    const kept = next.value.subarray(0, left);
    left -= kept.length;
    if (kept.length > 0) parts.push(kept);
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}
