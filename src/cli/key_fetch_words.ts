import { EXIT } from "../core/exit_codes.ts";
import { assertNever } from "../core/invariant.ts";
import { SSH_PROGRAM } from "../core/ssh_program.ts";
import { type FetchStep, remoteText, saidText, type SshFault, sshRefusal, type SshRemote } from "../keys/mod.ts";
import type { SshEnd } from "./keys_host.ts";

/** Why a step failed, for people, and the exit code that says who must act. */
export interface StepFailure {
  readonly exit: number;
  readonly text: string;
}

/** What words about a step are made from. */
export interface StepContext {
  readonly step: FetchStep;
  readonly remote: SshRemote;
  /** Folder of the key there. */
  readonly folder: string;
  /** What makes keys there. */
  readonly program: string;
  readonly timeoutS: number;
  readonly bytesMax: number;
}

/** A shell says so when it finds no program of that name. */
const NOT_FOUND = 127;
/** ssh says so when it failed itself. */
const SSH_FAILED = 255;

const EXITS: Readonly<Record<SshFault, number>> = {
  here: EXIT.configuration,
  network: EXIT.environment,
  remote: EXIT.refused,
};

/** Why a run of ssh was no success; undefined when it was one. */
export function stepFailure(end: SshEnd, context: StepContext): StepFailure | undefined {
  const { timeoutS, bytesMax } = context;
  switch (end.kind) {
    case "not_started": {
      const must = `${SSH_PROGRAM} must be there (package openssh-client)`;
      return { exit: EXIT.environment, text: `Cannot run ssh as ${must}: ${end.because}` };
    }
    case "late":
      return { exit: EXIT.refused, text: `It did not end within ${timeoutS} s (--timeout): ssh was ended` };
    case "flooded":
      return { exit: EXIT.refused, text: `It sent more than ${bytesMax} bytes, which no such file has: ssh was ended` };
    case "stopped":
      return { exit: EXIT.failure, text: "It was stopped: ssh was ended" };
    case "ended":
      if (end.code === 0) return undefined;
      return end.code === SSH_FAILED ? sshFailure(end.stderr, context) : commandFailure(end, context);
    default:
      return assertNever(end);
  }
}

function sshFailure(stderr: string, { remote }: StepContext): StepFailure {
  const said = saidText(stderr);
  const host = remote.port === undefined ? remote.host : `[${remote.host}]:${remote.port}`;
  const how = remote.port === undefined ? remoteText(remote) : `-p ${remote.port} ${remoteText(remote)}`;
  const refusal = sshRefusal(stderr, { remote: how, host });
  const tail = said === "" ? "ssh said nothing" : `ssh says: ${said}`;
  if (refusal === undefined) return { exit: EXIT.refused, text: `ssh failed: ${tail}` };
  return { exit: EXITS[refusal.fault], text: `${refusal.means}. ${tail}` };
}

function commandFailure(
  { code, stderr }: Extract<SshEnd, { readonly kind: "ended" }>,
  { step, folder, program }: StepContext,
): StepFailure {
  const said = saidText(stderr) || `nothing, and ended with code ${code}`;
  switch (step.name) {
    case "look": {
      const ways = "--force overwrites it, --copy-only takes it as it is";
      if (code === 1) return { exit: EXIT.configuration, text: `There is such a key already, in ${folder}: ${ways}` };
      return { exit: EXIT.refused, text: `The remote cannot look. It says: ${said}` };
    }
    case "make": {
      const hint = code === NOT_FOUND
        ? `There is no "${program}" for a plain ssh session (--with PATH)`
        : "It was not made";
      return { exit: EXIT.refused, text: `${hint}. The remote says: ${said}` };
    }
    case "delete": {
      const text = `It could not be deleted: the private key is still there, in ${folder}. The remote says: ${said}`;
      return { exit: EXIT.refused, text };
    }
    case "ca":
    case "cert":
    case "key": {
      const hint = "see --remote-ca-dir, --remote-certs-dir and --key-name, and whether the user may read it";
      return { exit: EXIT.refused, text: `The remote does not give it: ${hint}. It says: ${said}` };
    }
    default:
      return assertNever(step.name);
  }
}
