/** The house of the guest: broker, LTN and agent as processes of the binary under test, configured by env files. */
import { envFileText, ltnEnv, runEnv } from "../../support/hearth_house.ts";
import type { LiveObject } from "../../support/hearth_output.ts";
import {
  type HearthEnd,
  type HearthProcess,
  repositoryPath,
  runHearth,
  startHearth,
  temporaryFolder,
} from "../../support/hearth_process.ts";
import { type Mosquitto, startMosquitto } from "../../support/mosquitto.ts";
import { pullAllSafe, setWarmHouse } from "./hardware.ts";
import { startTrace } from "./kernel_trace.ts";

const LAYOUT = repositoryPath("tests/hil/layout.json");

/** A folder with the env files, a broker, and hardware as a board has it before anything runs. */
export interface House extends AsyncDisposable {
  readonly folder: string;
  readonly broker: Mosquitto;
  /** Starts `hearth run --json`. */
  agent(): HearthProcess;
  /** Starts `hearth ltn --json`. */
  ltn(): HearthProcess;
  /** Starts `hearth admin relay NAME ACTION --for TIME --json`. */
  admin(relay: string, action: "open" | "close", time: string): HearthProcess;
  /** Runs `hearth guard --once --json`. */
  guard(): Promise<HearthEnd>;
}

/** Makes a house; the kernel's record starts empty. */
export async function makeHouse(): Promise<House> {
  const folder = temporaryFolder();
  pullAllSafe();
  setWarmHouse();
  startTrace();
  const broker = await startMosquitto();
  const place = { port: broker.port };
  const admin = { SCADA_ADMIN__ENABLED: "true", SCADA_ADMIN__HOST: "127.0.0.1", SCADA_ADMIN__PORT: `${broker.port}` };
  const agentEnv = {
    ...runEnv(place),
    ...admin,
    SCADA_ADMIN__TLS__USE_TLS: "false",
    SCADA_PATHS__HARDWARE_LAYOUT: LAYOUT,
    SCADA_IS_SIMULATED: "false",
  };
  Deno.writeTextFileSync(`${folder.path}/run.env`, envFileText(agentEnv));
  Deno.writeTextFileSync(
    `${folder.path}/ltn.env`,
    envFileText({ ...ltnEnv(place), LTN_PATHS__HARDWARE_LAYOUT: LAYOUT }),
  );
  const options = { folder: folder.path };
  const configured = ["--env-file", "run.env", "--json"];
  return {
    folder: folder.path,
    broker,
    agent: () => startHearth(["run", ...configured], options),
    ltn: () => startHearth(["ltn", "--env-file", "ltn.env", "--json"], options),
    admin: (relay, action, time) =>
      startHearth(["admin", "relay", relay, action, "--for", time, ...configured], options),
    guard: () => runHearth(["guard", "--once", ...configured], options),
    async [Symbol.asyncDispose]() {
      await broker[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

/** Newest object of a program with `--json`. */
export function last(process: HearthProcess): LiveObject | undefined {
  return process.json<LiveObject>().at(-1);
}

/** Waits until the agent has a reading of every sensor and the brain has taken the house over. */
export async function settled(agent: HearthProcess): Promise<void> {
  await agent.until("readings of all sensors and the brain's start", () => {
    const seen = last(agent);
    return Object.keys(seen?.temperatures ?? {}).length >= 3 && seen?.control?.top === "Auto";
  });
  stage("the agent has settled");
}

const startedMs = performance.now();

/** Says on stdout how far the suite is, with its time in s. */
export function stage(text: string): void {
  const atS = ((performance.now() - startedMs) / 1_000).toFixed(1);
  Deno.stdout.writeSync(new TextEncoder().encode(`# ${atS.padStart(6)} s ${text}\n`));
}

/** Waits until a look at the hardware gives true. @throws {Error} At the deadline. */
export async function seen(what: string, look: () => boolean, deadlineMs: number): Promise<void> {
  const untilMs = performance.now() + deadlineMs;
  while (!look()) {
    if (performance.now() > untilMs) throw new Error(`Cannot see ${what} within ${deadlineMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
