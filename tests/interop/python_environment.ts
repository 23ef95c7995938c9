/** A virtual environment with the pinned Python packages, made once and kept in the user's cache folder. */
import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";

/** The interpreter with the packages, or why there is none. */
export type PythonEnvironment =
  | { readonly kind: "ready"; readonly python: string }
  | { readonly kind: "missing"; readonly because: string };

const REQUIREMENTS = fileURLToPath(new URL("requirements.txt", import.meta.url));
/** Longest time that one step of the installation may take, in ms. */
const STEP_MS_MAX = 240_000;
/** What gridworks-proactor 4.1.13 runs on, newest first; the last is whatever `python3` is. */
const INTERPRETERS: readonly string[] = ["python3.13", "python3.12", "python3.11", "python3"];
const VERSION_CHECK = "import sys, ensurepip, venv; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))";
const USABLE_CHECK = "import gwproactor_test.dummies, gwproto";

/** What a Python program sees of the environment, besides its settings. @param folder HOME and parent of the XDG folders. */
export function pythonBaseEnv(folder: string): Record<string, string> {
  return {
    HOME: folder,
    PATH: Deno.env.get("PATH") ?? "",
    PYTHONDONTWRITEBYTECODE: "1",
    PYTHONUTF8: "1",
    XDG_CONFIG_HOME: `${folder}/config`,
    XDG_DATA_HOME: `${folder}/data`,
    XDG_STATE_HOME: `${folder}/state`,
  };
}

interface Outcome {
  readonly success: boolean;
  readonly output: string;
}

async function run(command: string, args: readonly string[]): Promise<Outcome> {
  try {
    const { success, stdout, stderr } = await new Deno.Command(command, {
      args: [...args],
      stdin: "null",
      signal: AbortSignal.timeout(STEP_MS_MAX),
    }).output();
    const decoder = new TextDecoder();
    return { success, output: (decoder.decode(stdout) + decoder.decode(stderr)).trim() };
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return { success: false, output: "no such command" };
    throw thrown;
  }
}

function lastLine({ output }: Outcome): string {
  return output.split("\n").at(-1) ?? "";
}

async function interpreter(): Promise<string | undefined> {
  for (const name of INTERPRETERS) {
    if ((await run(name, ["-c", VERSION_CHECK])).success) return name;
  }
  return undefined;
}

function cacheFolder(): string {
  const digest = createHash("sha256").update(Deno.readFileSync(REQUIREMENTS)).digest("hex").slice(0, 12);
  const cache = Deno.env.get("XDG_CACHE_HOME") ?? `${Deno.env.get("HOME")}/.cache`;
  return `${cache}/hearth/python-peers-${digest}`;
}

/** Installs into a folder of its own and moves it into place, so that an interrupted installation leaves nothing half done. */
async function install(base: string, folder: string): Promise<PythonEnvironment> {
  Deno.mkdirSync(folder.slice(0, folder.lastIndexOf("/")), { recursive: true });
  const part = Deno.makeTempDirSync({ dir: folder.slice(0, folder.lastIndexOf("/")), prefix: "python-peers-part-" });
  try {
    const made = await run(base, ["-m", "venv", part]);
    if (!made.success) {
      return { kind: "missing", because: `python3-venv cannot make an environment: ${lastLine(made)}` };
    }
    const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary=:all:"];
    const installed = await run(`${part}/bin/python`, [...pip, "--requirement", REQUIREMENTS]);
    if (!installed.success) {
      return { kind: "missing", because: `pip cannot install from PyPI: ${lastLine(installed)}` };
    }
    await Deno.rename(part, folder).catch((thrown) => {
      // Another run was faster: its environment is as good.
      if (!isInPlace(folder)) throw thrown;
    });
    return { kind: "ready", python: `${folder}/bin/python` };
  } finally {
    await Deno.remove(part, { recursive: true }).catch(() => undefined);
  }
}

function isInPlace(folder: string): boolean {
  try {
    return Deno.statSync(`${folder}/bin/python`).isFile;
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return false;
    throw thrown;
  }
}

/** Finds or makes the environment: 15 s and 100 MB the first time. */
export async function pythonEnvironment(): Promise<PythonEnvironment> {
  const folder = cacheFolder();
  const python = `${folder}/bin/python`;
  if (isInPlace(folder)) {
    if ((await run(python, ["-c", USABLE_CHECK])).success) return { kind: "ready", python };
    // The interpreter below it was replaced since.
    await Deno.remove(folder, { recursive: true });
  }
  const base = await interpreter();
  if (base === undefined) return { kind: "missing", because: "Python 3.11 to 3.13 with venv must be installed" };
  return await install(base, folder);
}
