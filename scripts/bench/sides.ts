/** The two systems under load: Hearth by its real launcher, and the pinned Python package. */
import { fileURLToPath } from "node:url";
import { ltnEnv, runEnv } from "../../tests/support/hearth_house.ts";
import { followProcess, type HearthProcess, startHearth } from "../../tests/support/hearth_process.ts";
import { COUNT_EVENT, type LoadCount, type LoadProfile, profileQuery } from "./load_profile.ts";
import { pythonBaseEnv } from "../../tests/interop/python_environment.ts";

const MAIN = "scripts/bench/main.ts";
const PYTHON_LOAD = fileURLToPath(new URL("python_load.py", import.meta.url));
const INTEROP_FOLDER = fileURLToPath(new URL("../../tests/interop", import.meta.url));
const PYTHON_NAMES = { INTEROP_SCADA: "d1.isone.bench.scada", INTEROP_LTN: "d1.isone.bench" };
/** Settings that the tests make shorter than the product's; the bench keeps the defaults. */
const TEST_ONLY = /PROACTOR__|STORE__EVENT_WAIT/;

/** Where a side runs. */
export interface Place {
  /** Of the broker on this machine. */
  readonly port: number;
  /** For the store, home and XDG folders. */
  readonly folder: string;
}

/** One system with a house end that records events and a cloud end that acks them. */
export interface Side {
  readonly name: "hearth" | "python";
  startLoad(profile: LoadProfile, place: Place): HearthProcess;
  startPeer(place: Place): HearthProcess;
}

function withDefaults(env: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !TEST_ONLY.test(name)));
}

/** Hearth from the sources; `hearth ltn` is the product's own. */
export function hearthSide(): Side {
  return {
    name: "hearth",
    startLoad(profile, place) {
      const env = { ...withDefaults(runEnv(place)), HEARTH_BENCH_LOAD: profileQuery(profile) };
      return startHearth(["run", "--json"], { folder: place.folder, env, program: MAIN });
    },
    startPeer: (place) =>
      startHearth(["ltn"], { folder: place.folder, env: withDefaults(ltnEnv(place)), program: MAIN }),
  };
}

/** gridworks-proactor with its dummy parent and child. @param python Interpreter that has the packages. */
export function pythonSide(python: string): Side {
  function start(args: readonly string[], { port, folder }: Place): HearthProcess {
    const links = ["PARENT", "CHILD"].map((link) => `PROACTOR_APP_${link}`);
    const child = new Deno.Command(python, {
      args: [PYTHON_LOAD, ...args],
      cwd: folder,
      clearEnv: true,
      env: {
        ...pythonBaseEnv(folder),
        INTEROP_FOLDER,
        ...PYTHON_NAMES,
        ...Object.fromEntries(links.flatMap((link) => [
          [`${link}__HOST`, "127.0.0.1"],
          [`${link}__TLS__USE_TLS`, "false"],
          [`${link}__PORT`, `${port}`],
        ])),
      },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    return followProcess(child, `python ${args[0]}`);
  }
  return {
    name: "python",
    startLoad: (profile, place) => start(["child", JSON.stringify(profile)], place),
    startPeer: (place) => start(["parent"], place),
  };
}

/** Newest count that a load has told; both systems write the same fields. */
export function countsOf({ stdout, stderr }: HearthProcess, name: Side["name"]): readonly LoadCount[] {
  const mark = name === "hearth" ? `"event":"${COUNT_EVENT}"` : '"kind": "count"';
  const lines = (name === "hearth" ? stderr : stdout).split("\n").slice(0, -1);
  return lines.filter((line) => line.includes(mark)).map((line) => JSON.parse(line) as LoadCount);
}
