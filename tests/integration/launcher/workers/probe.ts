import { connect } from "node:net";

/** What to reach for; the test knows which of these the grants allow. */
export interface ProbeTargets {
  readonly grantedPort: number;
  readonly otherPort: number;
  readonly grantedFile: string;
  readonly otherFile: string;
  readonly ffi?: string;
}

/** Tries everything a worker could be tempted by; answers "done" or the name of the error for each. */
export async function probe(targets: ProbeTargets): Promise<Record<string, string>> {
  const attempts: Record<string, () => unknown> = {
    netGranted: async () => (await Deno.connect({ hostname: "127.0.0.1", port: targets.grantedPort })).close(),
    netOtherPort: async () => (await Deno.connect({ hostname: "127.0.0.1", port: targets.otherPort })).close(),
    netOtherHost: async () => (await Deno.connect({ hostname: "127.0.0.2", port: targets.grantedPort })).close(),
    nodeNetOtherPort: () => nodeConnect(targets.otherPort),
    fileGranted: () => Deno.readTextFileSync(targets.grantedFile),
    fileOther: () => Deno.readTextFileSync(targets.otherFile),
    writeOther: () => Deno.writeTextFileSync(targets.otherFile, "changed"),
    environment: () => Deno.env.get("HOME"),
    ffiLibm: () => Deno.dlopen("libm.so.6", {}).close(),
    ffiGranted: () => Deno.dlopen(targets.ffi ?? "libc.so.6", {}).close(),
    subprocess: () => new Deno.Command("/bin/true").outputSync(),
    sys: () => Deno.hostname(),
    importOther: () => import(new URL("file:///etc/hostname.ts").href),
  };
  const results: Record<string, string> = {};
  for (const [name, attempt] of Object.entries(attempts)) results[name] = await outcome(attempt);
  return results;
}

function nodeConnect(port: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  try {
    const socket = connect(port, "127.0.0.1");
    socket.once("error", reject);
    socket.once("connect", () => resolve(void socket.destroy()));
  } catch (error) {
    reject(error);
  }
  return promise;
}

async function outcome(attempt: () => unknown): Promise<string> {
  try {
    await attempt();
    return "done";
  } catch (error) {
    const code = (error as { code?: string }).code ?? "";
    // node:net of the floor runtime reports a refused permission as ECONNREFUSED; the test counts real connections too.
    const isRefused = error instanceof Deno.errors.NotCapable || code === "EPERM" || code === "ECONNREFUSED";
    return isRefused || String(error).includes("Requires") ? "refused" : String(error);
  }
}
