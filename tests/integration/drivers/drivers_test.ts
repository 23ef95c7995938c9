import { strict as assert } from "node:assert";
import { ERRNO_NAMES, GPIO_ABI, I2C_ABI, openLibc } from "../../../drivers/linux/mod.ts";

const FOLDER = new URL("./", import.meta.url).pathname;
const LIBC = `/lib/${Deno.build.arch}-linux-gnu/libc.so.6`;
const WORKER_MS_MAX = 60_000;

interface Ended {
  readonly code: number;
  readonly text: string;
}

async function run(command: string, args: readonly string[]): Promise<Ended> {
  const env = { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" };
  const { code, stdout, stderr } = await new Deno.Command(command, { args: [...args], env }).output();
  return { code, text: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
}

async function compile(source: string, args: readonly string[]): Promise<void> {
  const { code, text } = await run("gcc", ["-Wall", "-Wextra", "-U_FORTIFY_SOURCE", "-O1", source, ...args]);
  assert.equal(code, 0, text);
}

/** Runs a suite with no grant but `ffi` of one library. */
async function runSuite(suite: string, library: string): Promise<void> {
  const flags = ["test", "--no-prompt", "--no-config", "--no-check", `--allow-ffi=${library}`, `${FOLDER}${suite}`];
  const { code, text } = await run(Deno.execPath(), [...flags, "--", library]);
  assert.equal(code, 0, text);
  assert.match(text, /^ok \| \d+ passed \| 0 failed/m, text);
}

/** A folder that lasts for one test. */
function scratch(): { readonly path: string } & Disposable {
  const path = Deno.makeTempDirSync();
  return { path, [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }) };
}

Deno.test("GPIO_ABI, I2C_ABI and ERRNO_NAMES have the compiler's numbers for each C expression", async () => {
  using folder = scratch();
  const errnos = Object.entries(ERRNO_NAMES).map(([errno, name]) => [name, Number(errno)] as const);
  const golden = [...Object.entries(GPIO_ABI), ...Object.entries(I2C_ABI), ...errnos];
  const lines = golden.map(([expression]) => `printf("%llu\\n", (unsigned long long)(${expression}));`);
  const headers = ["errno.h", "stddef.h", "stdio.h", "linux/gpio.h", "linux/i2c.h", "linux/i2c-dev.h"];
  const includes = headers.map((header) => `#include <${header}>`);
  const source = [...includes, "int main(void) {", ...lines, "return 0;", "}", ""].join("\n");
  Deno.writeTextFileSync(`${folder.path}/abi.c`, source);
  await compile(`${folder.path}/abi.c`, ["-o", `${folder.path}/abi`]);
  const { text } = await run(`${folder.path}/abi`, []);
  const printed = text.trim().split("\n").map(Number);
  assert.deepEqual(golden.map(([expression], index) => [expression, printed[index]]), golden);
});

Deno.test("drivers work on the machine's libc when ffi of its path is the one grant", async () => {
  await runSuite("host_suite.ts", LIBC);
});

Deno.test("drivers work on the fake kernel when ffi of its path is the one grant", async () => {
  using folder = scratch();
  const library = `${folder.path}/fake_kernel.so`;
  await compile(`${FOLDER}fake_kernel.c`, ["-shared", "-fPIC", "-o", library]);
  await runSuite("fake_suite.ts", library);
});

Deno.test("openLibc() reads the errno of its own thread when it is opened in a worker", async () => {
  const deadline = AbortSignal.timeout(WORKER_MS_MAX);
  const worker = new Worker(new URL("./errno_worker.ts", import.meta.url).href, {
    type: "module",
    deno: { permissions: { ffi: [LIBC], read: [FOLDER, new URL("../../../", import.meta.url).pathname] } },
  });
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  worker.onmessage = ({ data }) => resolve(data);
  worker.onerror = (event) => reject(new Error(event.message));
  deadline.onabort = () => reject(deadline.reason);
  worker.postMessage(LIBC);
  try {
    assert.equal(await promise, 0);
  } finally {
    worker.terminate();
    deadline.onabort = null;
  }
});

Deno.test("openLibc() throws EnvironmentError when there is no such library", () => {
  assert.throws(() => openLibc("/lib/none.so.6"), { name: "EnvironmentError", code: "EDLOPEN" });
});
