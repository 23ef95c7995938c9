/**
 * Runs the task `test:unit` on the runtime that runs this script, which is the floor version. That version has the
 * sanitizers on by itself and refuses the keys of deno.json that turn them on elsewhere, so it gets a copy without them.
 */

const COPY = ".hearth/floor/deno.json";

/** Parts of deno.json that matter here. */
export interface TestConfig {
  readonly test?: unknown;
  readonly tasks?: Readonly<Record<string, string | { readonly command: string }>>;
  readonly [key: string]: unknown;
}

/** The configuration that the floor version can read: without the sanitizers' switches, tasks and lint. */
export function floorConfig(config: TestConfig): TestConfig {
  const { test: _test, tasks: _tasks, lint: _lint, exports: _exports, name: _name, ...rest } = config;
  return rest;
}

/**
 * Arguments for the runtime: those of the task `test:unit`, with another configuration file, the same lock file and the
 * current folder named, because the files are otherwise looked for beside the configuration.
 *
 * @throws {TypeError} If the task is not one plain `deno test …`.
 */
export function floorArguments(config: TestConfig, configPath: string): string[] {
  const task = config.tasks?.["test:unit"];
  const [program, verb, ...rest] = (typeof task === "string" ? task : task?.command ?? "").split(" ");
  if (program !== "deno" || verb !== "test") {
    throw new TypeError(`Cannot run unit tests as the task "test:unit" must be "deno test …": ${JSON.stringify(task)}`);
  }
  return [verb, `--config=${configPath}`, "--lock=deno.lock", "--frozen", ...rest, "."];
}

if (import.meta.main) {
  const config: TestConfig = JSON.parse(Deno.readTextFileSync("deno.json"));
  Deno.mkdirSync(COPY.slice(0, COPY.lastIndexOf("/")), { recursive: true });
  Deno.writeTextFileSync(COPY, JSON.stringify(floorConfig(config)));
  const child = new Deno.Command(Deno.execPath(), { args: floorArguments(config, COPY) }).spawn();
  for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, () => child.kill(signal));
  Deno.exit((await child.status).code);
}
