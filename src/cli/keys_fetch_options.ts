import { Command, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { REMOTE_CA_DIR } from "../keys/fetch_steps.ts";
import { type SshRemote, sshRemote } from "../keys/ssh_remote.ts";
import { ENV_FILE_HELP, FORCE_HELP, type Found, JSON_HELP, more, PASSWORD_HELP } from "./keys_option_parts.ts";
import { present, whole } from "./keys_option_parts.ts";

/** Environment variable with the remote, when no option names one. */
export const REMOTE_VARIABLE = "HEARTH_KEY_REMOTE";
/** Longest time of one step in seconds, when none is told. */
export const STEP_S_DEFAULT = 60;
/** Longest time of one step that may be told, in seconds. */
export const STEP_S_MAX = 600;

const PORT_MAX = 65_535;

const HELP = `
Makes the key on the remote with its CA, copies it here, checks it as "key install" does, places it where the agent
reads it, and deletes the remote's copy. Each step is one run of the system's ssh (/usr/bin/ssh), which uses your ssh
configuration, agent and known hosts, asks nothing, and trusts no host that you have not accepted before. --dry-run
shows the exact commands. Without --force nothing is overwritten, here or there. When a step fails nothing is placed.

Exit codes: 0 done; 1 stopped; 2 the command line is wrong; 3 a file here is missing or wrong, or one here or there would
be overwritten; 4 disk or network, or there is no ssh; 6 the remote is not the one that is known, refuses us, lacks a
file, fails, or does not end in time.`;

function remote(text: string): SshRemote {
  try {
    return sshRemote(text);
  } catch (thrown) {
    throw new InvalidArgumentError((thrown as RangeError).message);
  }
}

function port(text: string): number {
  return whole(text, { min: 1, max: PORT_MAX, what: "port" });
}

function seconds(text: string): number {
  return whole(text, { min: 1, max: STEP_S_MAX, what: "seconds" });
}

function remoteCommand() {
  return new Command("fetch").description("make a key on the machine of the CA, fetch it over ssh, and place it here")
    .argument("<name>", "name of the key on the remote, and of the link here")
    .option(
      "--remote <[user@]host[:port]>",
      `machine of the CA, or an ssh alias (default: $${REMOTE_VARIABLE})`,
      remote,
    )
    .option("--port <n>", "port of its ssh", port)
    .option("--identity <path>", "ssh key to log in with, instead of those of the agent and the configuration")
    .option("--known-hosts <path>", "host keys that are trusted, instead of the usual ones")
    .option("--ssh-config <path>", "configuration of ssh, instead of the usual ones")
    .option("--remote-ca-dir <path>", "folder of the CA there, from the home", REMOTE_CA_DIR)
    .option("--remote-certs-dir <path>", "folder of the keys there (default: certs of the CA)")
    .option("--key-name <name>", "a folder of this device between the keys' folder and the key's")
    .option("--with <program>", "what makes the key there: gwcert, hearth, or its path", "gwcert")
    .option("--dns <name>", "DNS name in the certificate; may be repeated", more, [])
    .option("--timeout <seconds>", `longest time of one step, 1 to ${STEP_S_MAX}`, seconds, STEP_S_DEFAULT);
}

/** Adds `key fetch`. */
export function addKeyFetch(key: Command, found: Found): void {
  const command = remoteCommand()
    .addOption(
      new Option("--generate-only", "make the key there, and leave it there").conflicts(["copyOnly", "delete"]),
    )
    .option("--copy-only", "copy a key that is there, and leave it there unless --delete is told")
    .option("--delete", "delete the key's folder there when all is placed")
    .option("--no-delete", "leave the key there")
    .option("--dry-run", "print the commands and do nothing", false)
    .option("--certs-dir <path>", "certificates of the links (default: $XDG_CONFIG_HOME/gridworks/scada/certs)")
    .option("--link <name>", "name of the link here (default: NAME)")
    .option("--server", "it is for a broker: the certificate must be one for a server", false)
    .option("--password-file <path>", PASSWORD_HELP)
    .option("--env-file <path>", ENV_FILE_HELP)
    .option("--force", FORCE_HELP, false)
    .option("--json", JSON_HELP, false)
    .addHelpText("after", HELP);
  command.action((name, options) => {
    const { generateOnly, copyOnly, delete: asked, timeout: timeoutS, port: ownPort, remote: told, ...rest } = options;
    if (ownPort !== undefined && told === undefined) return command.error("error: --port must come with --remote");
    const only = generateOnly === true ? "make" as const : copyOnly === true ? "copy" as const : undefined;
    const deletes = only === "make" ? false : asked ?? only === undefined;
    const remote = told === undefined || ownPort === undefined ? told : { ...told, port: ownPort };
    found({ name: "key fetch", options: present({ ...rest, name, only, deletes, timeoutS, remote }) });
  });
  key.addCommand(command);
}
