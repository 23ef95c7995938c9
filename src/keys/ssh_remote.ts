/** A machine that is reached with ssh, and the arguments that reach it without asking, forwarding or trusting anybody. */

/** How long a connection may take, in seconds. */
export const SSH_CONNECT_S_MAX = 15;
/** A silent connection is asked this often, in seconds, and given up after `SSH_ALIVE_COUNT` silent answers. */
const SSH_ALIVE_S = 5;
const SSH_ALIVE_COUNT = 3;
const PORT_MAX = 65_535;

/** Where ssh goes. */
export interface SshRemote {
  /** Absent: as in ssh's configuration, else the own user. */
  readonly user?: string;
  /** Name, address, or an alias of ssh's configuration. */
  readonly host: string;
  /** 1 to 65535; absent: as in ssh's configuration, else 22. */
  readonly port?: number;
}

/** How ssh goes there; paths are absolute. */
export interface SshChoices {
  readonly remote: SshRemote;
  /** Private key of the user; absent: those of the agent and of ssh's configuration. */
  readonly identity?: string;
  /** Host keys that are trusted, instead of the user's and the system's. */
  readonly knownHosts?: string;
  /** Configuration instead of the user's and the system's. */
  readonly config?: string;
}

/**
 * Reads `[user@]host[:port]` or `ssh://[user@]host[:port]`; an IPv6 address stands in brackets when a port follows.
 *
 * @throws {RangeError} If it is none, or would be an option of ssh.
 */
export function sshRemote(text: string): SshRemote {
  const parts =
    /^(?:ssh:\/\/)?(?:([A-Za-z0-9_][\w.+-]*)@)?(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9_][\w.-]*|[0-9A-Fa-f]*(?::[0-9A-Fa-f]*){2,}))(?::(\d{1,5}))?\/?$/
      .exec(text);
  const [, user, inBrackets, plain, portText] = parts ?? [];
  const host = inBrackets ?? plain;
  const port = portText === undefined ? undefined : Number(portText);
  if (host === undefined || (port !== undefined && !(port >= 1 && port <= PORT_MAX))) {
    const must = "it must be like user@host or ssh://user@host:22";
    throw new RangeError(`Cannot use remote as ${must}: found "${text}"`);
  }
  return { host, ...(user === undefined ? {} : { user }), ...(port === undefined ? {} : { port }) };
}

/** A remote as ssh takes it, for example "ubuntu@keys.example". */
export function remoteText({ user, host }: SshRemote): string {
  return user === undefined ? host : `${user}@${host}`;
}

/**
 * Arguments of ssh that run one command line on the remote.
 *
 * Nobody is asked (a password, or whether to trust a host), nothing is forwarded, no connection is shared or left behind.
 *
 * @throws {RangeError} If ssh would not take a path as it stands.
 */
export function sshArguments({ remote, identity, knownHosts, config }: SshChoices, command: string): readonly string[] {
  for (const path of [identity, knownHosts, config]) checkPath(path);
  const options = [
    "BatchMode=yes",
    "StrictHostKeyChecking=yes",
    "UpdateHostKeys=no",
    "ClearAllForwardings=yes",
    "PermitLocalCommand=no",
    "RemoteCommand=none",
    "ControlMaster=no",
    "LogLevel=ERROR",
    `ConnectTimeout=${SSH_CONNECT_S_MAX}`,
    `ServerAliveInterval=${SSH_ALIVE_S}`,
    `ServerAliveCountMax=${SSH_ALIVE_COUNT}`,
    ...(identity === undefined ? [] : ["IdentitiesOnly=yes"]),
    ...(knownHosts === undefined ? [] : [`UserKnownHostsFile="${knownHosts}"`, "GlobalKnownHostsFile=none"]),
  ];
  return [
    ...["-a", "-x", "-T"],
    ...(config === undefined ? [] : ["-F", config]),
    ...options.flatMap((option) => ["-o", option]),
    ...(identity === undefined ? [] : ["-i", identity]),
    ...(remote.port === undefined ? [] : ["-p", `${remote.port}`]),
    ...["--", remoteText(remote), command],
  ];
}

// ssh expands "%", "${" and "~" in paths, and ends a quoted one at the quote.
function checkPath(path: string | undefined): void {
  // deno-lint-ignore no-control-regex
  if (path === undefined || !/[%$"'\\\u0000-\u001f]/.test(path)) return;
  const must = "it must be free of quotes, backslashes, control characters, % and $, which ssh reads otherwise";
  throw new RangeError(`Cannot use path with ssh as ${must}: found "${path}"`);
}

/** One word for a POSIX shell, quoted only when it must be. */
export function shellWord(text: string): string {
  return /^[\w./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
