/** A real sshd on loopback: its own host key, one user key, a home and a PATH of its own for what it runs. */
import { userInfo } from "node:os";
import { followProcess, type HearthProcess, processEnvironment } from "../../support/hearth_process.ts";
import { repositoryPath } from "../../support/hearth_process.ts";
import { OUTER_BOUND } from "../../../scripts/compile_plan.ts";
import { freePort } from "../../support/mosquitto.ts";

const SSHD = "/usr/sbin/sshd";
/** Where sshd, when root runs it, wants a folder that only root may write. */
const SEPARATION = "/run/sshd";
const START_MS_MAX = 20_000;

/** A machine that is reached over ssh. */
export interface Sshd extends AsyncDisposable {
  readonly port: number;
  /** user@127.0.0.1:port */
  readonly remote: string;
  /** Where a session begins. */
  readonly home: string;
  /** Options of `hearth key fetch` that lead here, and use nothing of the tester's own. */
  readonly options: readonly string[];
  /** Paths of keys and lists of host keys. */
  readonly files: {
    readonly userKey: string;
    /** A key that it does not take. */
    readonly strangerKey: string;
    readonly knownHosts: string;
    /** Names the port, with another host's key. */
    readonly wrongHosts: string;
    readonly noHosts: string;
    readonly config: string;
  };
  /** Command lines that it ran, oldest first. */
  ran(): readonly string[];
  /** Puts a program on the PATH of its sessions. */
  program(name: string, script: string): void;
}

/** Why no sshd can run here; undefined when one can. */
export function sshdMissing(): string | undefined {
  for (const path of [SSHD, "/usr/bin/ssh", "/usr/bin/ssh-keygen"]) {
    try {
      Deno.statSync(path);
    } catch (_none) {
      return `openssh-server and openssh-client must be installed: there is no ${path}`;
    }
  }
  return undefined;
}

async function keygen(path: string): Promise<void> {
  const args = ["-q", "-t", "ed25519", "-N", "", "-C", "test", "-f", path];
  const { success, stderr } = await new Deno.Command("ssh-keygen", { args, stdout: "null", stderr: "piped" }).output();
  if (!success) throw new Error(`Cannot make an ssh key: ${new TextDecoder().decode(stderr)}`);
}

/** What a session runs: its own home and PATH, and a note of the command line. */
function sessionScript(folder: string): string {
  const env = Object.entries(processEnvironment({ folder: `${folder}/home` }))
    .filter(([name]) => !name.startsWith("XDG_") && name !== "PATH")
    .map(([name, value]) => `export ${name}='${value}'`);
  return [
    "#!/bin/sh",
    `printf '%s\\n' "$SSH_ORIGINAL_COMMAND" >> '${folder}/ran'`,
    ...env,
    `cd '${folder}/home' || exit 1`,
    `PATH='${folder}/bin:/usr/bin:/bin' exec /bin/sh -c "$SSH_ORIGINAL_COMMAND"`,
    "",
  ].join("\n");
}

function configuration(folder: string, port: number): string {
  return [
    `Port ${port}`,
    "ListenAddress 127.0.0.1",
    `HostKey ${folder}/host_key`,
    `AuthorizedKeysFile ${folder}/user_key.pub`,
    "PidFile none",
    "StrictModes no",
    "UsePAM no",
    "PermitRootLogin yes",
    "PasswordAuthentication no",
    "KbdInteractiveAuthentication no",
    `ForceCommand ${folder}/session`,
    "",
  ].join("\n");
}

async function hostLine(folder: string, key: string, port: number): Promise<string> {
  const [kind, text] = (await Deno.readTextFile(`${folder}/${key}.pub`)).split(" ");
  return `[127.0.0.1]:${port} ${kind} ${text}\n`;
}

/** Starts one in a folder, and waits until it listens. @throws {Error} When it does not. */
export async function startSshd(folder: string): Promise<Sshd> {
  const port = freePort();
  await Deno.mkdir(`${folder}/home`, { recursive: true });
  await Deno.mkdir(`${folder}/bin`);
  for (const name of ["host_key", "user_key", "stranger_key"]) await keygen(`${folder}/${name}`);
  await Deno.writeTextFile(`${folder}/session`, sessionScript(folder), { mode: 0o755 });
  await Deno.writeTextFile(`${folder}/sshd_config`, configuration(folder, port));
  await Deno.writeTextFile(`${folder}/known_hosts`, await hostLine(folder, "host_key", port));
  await Deno.writeTextFile(`${folder}/wrong_hosts`, await hostLine(folder, "stranger_key", port));
  for (const name of ["no_hosts", "ssh_config", "ran"]) await Deno.writeTextFile(`${folder}/${name}`, "");
  const { uid, username } = userInfo();
  if (uid === 0) await Deno.mkdir(SEPARATION, { recursive: true, mode: 0o755 });
  const process = await listening(folder);
  const remote = `${username}@127.0.0.1:${port}`;
  const files = {
    userKey: `${folder}/user_key`,
    strangerKey: `${folder}/stranger_key`,
    knownHosts: `${folder}/known_hosts`,
    wrongHosts: `${folder}/wrong_hosts`,
    noHosts: `${folder}/no_hosts`,
    config: `${folder}/ssh_config`,
  };
  return {
    port,
    remote,
    home: `${folder}/home`,
    options: [
      ...["--remote", remote, "--ssh-config", files.config],
      ...["--identity", files.userKey, "--known-hosts", files.knownHosts],
    ],
    files,
    ran: () => Deno.readTextFileSync(`${folder}/ran`).split("\n").slice(0, -1),
    program: (name, script) => Deno.writeTextFileSync(`${folder}/bin/${name}`, script, { mode: 0o755 }),
    [Symbol.asyncDispose]: () => process[Symbol.asyncDispose](),
  };
}

async function listening(folder: string): Promise<HearthProcess> {
  const child = new Deno.Command(SSHD, {
    args: ["-D", "-e", "-f", `${folder}/sshd_config`],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const process = followProcess(child, "sshd");
  try {
    await process.until("sshd listens", () => process.stderr.includes("Server listening"), START_MS_MAX);
  } catch (thrown) {
    await process[Symbol.asyncDispose]();
    throw thrown;
  }
  return process;
}

/** A script that is `hearth` on the remote; `more` follows the words of each command line. */
export function hearthScript(more = ""): string {
  const binary = Deno.env.get("HEARTH_BIN");
  const runtime = Deno.env.get("HEARTH_DENO") ?? Deno.execPath();
  const words = binary === undefined ? [runtime, "run", ...OUTER_BOUND, repositoryPath("main.ts")] : [binary];
  return `#!/bin/sh\nexec ${words.map((word) => `'${word}'`).join(" ")} "$@" ${more}\n`;
}
