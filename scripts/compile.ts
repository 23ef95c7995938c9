/**
 * Makes the binaries: bundles main.ts and each worker of the launcher's table into dist/bundle, then compiles that folder.
 *
 * HEARTH_COMPILER      deno that bundles and compiles; else the one that runs this script
 * DENORT_BIN           x86-64 runtime that matches the compiler; DENORT_BIN_AARCH64 the aarch64 one; else Deno downloads it
 */
import {
  asciiComments,
  bundlePath,
  COMPILE_TARGETS,
  compileArguments,
  type CompileTarget,
  parseTargets,
} from "./compile_plan.ts";

const HELP = `usage: deno task compile [--target x86_64|aarch64]…

Bundles main.ts and every worker into dist/bundle and compiles dist/hearth-<target>. Without --target: both.
`;
const BUNDLE = "dist/bundle";
/** The bundler links a CommonJS default import wrongly when it says __esModule, as tslib does; this takes its other form. */
const CONDITIONS = "--conditions=module";

function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text));
}

async function run(args: readonly string[], env: Readonly<Record<string, string>>): Promise<void> {
  const compiler = Deno.env.get("HEARTH_COMPILER") ?? Deno.execPath();
  const surroundings = Deno.env.toObject();
  delete surroundings.DENORT_BIN;
  const child = new Deno.Command(compiler, { args: [...args], env: { ...surroundings, ...env }, clearEnv: true })
    .spawn();
  const { code } = await child.status;
  if (code !== 0) throw new Error(`Cannot compile as "${args[0]}" must succeed: exit code ${code}`);
}

async function bundle(modules: readonly string[]): Promise<void> {
  await Deno.remove(BUNDLE, { recursive: true }).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
  for (const [index, module] of modules.entries()) {
    const output = bundlePath(module, BUNDLE);
    print(`bundle ${index + 1}/${modules.length}: ${module}\n`);
    await Deno.mkdir(output.slice(0, output.lastIndexOf("/")), { recursive: true });
    await run(["bundle", "--quiet", "--platform=deno", CONDITIONS, `--output=${output}`, module], {});
    await Deno.writeTextFile(output, asciiComments(await Deno.readTextFile(output)));
  }
  await copyLayouts();
}

// The ready-to-run layouts are read beside the modules, from source and from the binary alike.
async function copyLayouts(): Promise<void> {
  await Deno.mkdir(`${BUNDLE}/layouts`, { recursive: true });
  for await (const entry of Deno.readDir("layouts")) {
    if (entry.isFile && entry.name.endsWith(".json")) {
      await Deno.copyFile(`layouts/${entry.name}`, `${BUNDLE}/layouts/${entry.name}`);
    }
  }
}

async function compile(target: CompileTarget, workers: readonly string[]): Promise<void> {
  const { runtimeEnv, triple } = COMPILE_TARGETS[target];
  const output = `dist/hearth-${triple}`;
  const runtime = Deno.env.get(runtimeEnv);
  print(`compile: ${output}\n`);
  const started = performance.now();
  await run(
    compileArguments({ triple, output, bundle: BUNDLE, workers }),
    runtime === undefined ? {} : { DENORT_BIN: runtime },
  );
  const { size } = await Deno.stat(output);
  print(`done: ${output}, ${(size / 1e6).toFixed(1)} MB, ${((performance.now() - started) / 1000).toFixed(1)} s\n`);
}

if (import.meta.main) {
  if (Deno.args.includes("--help") || Deno.args.includes("-h")) {
    print(HELP);
    Deno.exit(0);
  }
  try {
    const targets = parseTargets(Deno.args);
    const { ENTRIES } = await import("../src/launcher/entries.ts");
    const workers: string[] = Object.values(ENTRIES);
    await bundle(["main.ts", ...workers]);
    for (const target of targets) await compile(target, workers);
  } catch (error) {
    Deno.stderr.writeSync(new TextEncoder().encode(`${error instanceof Error ? error.message : String(error)}\n`));
    Deno.exit(1);
  }
}
