import { EnvironmentError, OutsideDataError } from "../core/errors.ts";
import { EXIT } from "../core/exit_codes.ts";
import { SSH_PROGRAM } from "../core/ssh_program.ts";
import { type FetchStep, type FetchStepName, FILE_BYTES_MAX, shellWord, sshArguments } from "../keys/mod.ts";
import type { SshChoices } from "../keys/mod.ts";
import { type StepFailure, stepFailure } from "./key_fetch_words.ts";
import type { KeyFetchOptions } from "./keys_call.ts";
import type { KeysHost } from "./keys_context.ts";
import type { SshEnd, SshRun } from "./keys_host.ts";

/** What ssh gets of the environment. */
const SSH_VARIABLES = ["HOME", "SSH_AUTH_SOCK"];
const MS_PER_S = 1_000;

/** One step as it is told. */
export interface ToldStep {
  readonly step: FetchStepName | "check" | "place";
  readonly does: string;
  /** The exact command line; absent for what is done here. */
  readonly command?: string;
  /** Absent in a dry run. */
  readonly ok?: boolean;
  /** Why not. */
  readonly text?: string;
}

/** One fetch under way. */
export interface Fetch {
  readonly host: KeysHost;
  readonly options: KeyFetchOptions;
  readonly choices: SshChoices;
  /** Folder of the key on the remote. */
  readonly folder: string;
  readonly told: ToldStep[];
  /** What the steps brought, by name; only what is copied is kept. */
  readonly copied: { ca: string; cert: string; key: string };
  running: SshRun | undefined;
  isStopped: boolean;
}

/** Ends what runs; no step begins after that. */
export function stopFetch(fetch: Fetch): void {
  fetch.isStopped = true;
  fetch.running?.stop();
}

/** People who wait hear of a step when it begins, programs of all steps at the end. */
function announce({ host, options, told }: Fetch, does: string, command?: string): void {
  if (options.json) return;
  host.print("stdout", `${told.length + 1}. ${does}\n${command === undefined ? "" : `   ${command}\n`}`);
}

function tell({ host, options, told }: Fetch, step: ToldStep): void {
  told.push(step);
  if (options.json || step.ok === undefined) return;
  host.print("stdout", step.ok ? "   ok\n" : "   FAILED\n");
  if (step.text !== undefined) host.print("stderr", `${step.text}\n`);
}

function verdict(failure: StepFailure | undefined): Pick<ToldStep, "ok" | "text"> {
  return failure === undefined ? { ok: true } : { ok: false, text: failure.text };
}

async function runSsh(fetch: Fetch, args: readonly string[]): Promise<SshEnd> {
  const { host, options } = fetch;
  if (fetch.isStopped) return { kind: "stopped" };
  const env = Object.fromEntries(Object.entries(host.init.env).filter(([name]) => SSH_VARIABLES.includes(name)));
  fetch.running = host.keys.startSsh(args, { ms: options.timeoutS * MS_PER_S, stdoutBytes: FILE_BYTES_MAX, env });
  const end = await fetch.running.ended;
  fetch.running = undefined;
  // A terminal's Ctrl-C reaches ssh, too, which may end before we are told.
  return fetch.isStopped ? { kind: "stopped" } : end;
}

async function runStep(fetch: Fetch, step: FetchStep): Promise<StepFailure | undefined> {
  const { options, choices, copied } = fetch;
  const { name, does } = step;
  const args = sshArguments(choices, step.command);
  const command = [SSH_PROGRAM, ...args].map(shellWord).join(" ");
  announce(fetch, does, command);
  if (options.dryRun) {
    tell(fetch, { step: name, does, command });
    return undefined;
  }
  const end = await runSsh(fetch, args);
  const failure = stepFailure(end, {
    step,
    remote: choices.remote,
    folder: fetch.folder,
    program: options.with,
    timeoutS: options.timeoutS,
    bytesMax: FILE_BYTES_MAX,
  });
  if (end.kind === "ended" && (name === "ca" || name === "cert" || name === "key")) {
    copied[name] = new TextDecoder().decode(end.stdout);
  }
  tell(fetch, { step: name, does, command, ...verdict(failure) });
  return failure;
}

/** Runs steps on the remote until one fails. @returns Why; undefined when all are done, or told of in a dry run. */
export async function runSteps(fetch: Fetch, steps: readonly FetchStep[]): Promise<StepFailure | undefined> {
  for (const step of steps) {
    const failure = await runStep(fetch, step);
    if (failure !== undefined) return failure;
  }
  return undefined;
}

/** A step that is done here, and may fail for a reason outside. `work` is not called in a dry run. */
export interface LocalStep {
  readonly step: "check" | "place";
  readonly does: string;
  readonly work: () => void | Promise<void>;
}

/** Does a step here. @returns Why it failed. */
export async function runHere(fetch: Fetch, { step, does, work }: LocalStep): Promise<StepFailure | undefined> {
  announce(fetch, does);
  if (fetch.options.dryRun) {
    tell(fetch, { step, does });
    return undefined;
  }
  const failure = fetch.isStopped
    ? { exit: EXIT.failure, text: "It was stopped: nothing was placed" }
    : await failureOf(work);
  tell(fetch, { step, does, ...verdict(failure) });
  return failure;
}

async function failureOf(work: LocalStep["work"]): Promise<StepFailure | undefined> {
  try {
    await work();
    return undefined;
  } catch (thrown) {
    if (thrown instanceof OutsideDataError) return { exit: EXIT.configuration, text: thrown.message };
    if (thrown instanceof EnvironmentError) return { exit: EXIT.environment, text: thrown.message };
    throw thrown;
  }
}
