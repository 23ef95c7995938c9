/** What ssh says when it gets nowhere, what that means, and what to do. */

/** Who must act: the settings here, the network, or the remote and those who care for it. */
export type SshFault = "here" | "network" | "remote";

/** Why ssh got nowhere. */
export interface SshRefusal {
  readonly fault: SshFault;
  /** What it means and what to do. */
  readonly means: string;
}

interface Words extends SshRefusal {
  readonly says: RegExp;
}

/** Stands for `user@host` in the words. */
const REMOTE = "{remote}";
/** Stands for the name under which ssh looks a host up. */
const HOST = "{host}";

// Of OpenSSH 7 to 10; the first that fits counts, so that the reason stands before what follows from it.
const REFUSALS: readonly Words[] = [
  {
    says: /HOST IDENTIFICATION HAS CHANGED|host key for .* has changed/i,
    fault: "remote",
    means:
      `the remote shows another host key than the one that is known: somebody may stand in between, or it was set up
 anew; when its owner confirms the new one, "ssh-keygen -R '${HOST}'" forgets the old one`,
  },
  {
    says: /Host key verification failed|No \S+ host key is known/i,
    fault: "remote",
    means: `its host key is not known here, and nobody is trusted unseen: run "ssh ${REMOTE}" once, compare the
 fingerprint with what its owner says, and accept it; or give --known-hosts FILE`,
  },
  {
    says: /UNPROTECTED PRIVATE KEY FILE|bad permissions/i,
    fault: "here",
    means: "others may read the identity file, so that ssh leaves it out: chmod 600 it",
  },
  {
    says: /Load key .*(invalid format|error in libcrypto|incorrect passphrase)/i,
    fault: "here",
    means: "the identity file cannot be used, or has a passphrase: load it with ssh-add first",
  },
  {
    says: /Permission denied|Too many authentication failures|No supported authentication methods/i,
    fault: "remote",
    means:
      `it takes none of our keys for this user: give --identity FILE, load the key with ssh-add, or have the public key
 put into ~/.ssh/authorized_keys of ${REMOTE}`,
  },
  {
    says: /Bad configuration option|terminating, \d+ bad|Can't open user config|Bad owner or permissions/i,
    fault: "here",
    means: "the configuration of ssh is wrong, or others may write it",
  },
  {
    says: /Could not resolve hostname|Name or service not known/i,
    fault: "network",
    means: "there is no such host, or no name service: see --remote and the network",
  },
  {
    says: /Connection timed out|Operation timed out|No route to host|Network is unreachable/i,
    fault: "network",
    means: "the host does not answer: see the address, the port and the network",
  },
  {
    says: /Connection refused/i,
    fault: "network",
    means: "nothing listens there: see the port, and whether sshd runs",
  },
  {
    says: /Unable to negotiate|no matching/i,
    fault: "remote",
    means: "it speaks no method that our ssh speaks: one of the two is too old",
  },
  {
    says: /kex_exchange_identification|Connection (closed|reset)|Broken pipe|not responding|Connection to .* closed/i,
    fault: "network",
    means: "the connection was cut: try again, and see the network and the remote's sshd",
  },
];

/** Why ssh itself failed (its exit code is 255), from what it said; undefined when it is none of the known reasons. */
export function sshRefusal(
  said: string,
  { remote, host }: { readonly remote: string; readonly host: string },
): SshRefusal | undefined {
  const found = REFUSALS.find(({ says }) => says.test(said));
  if (found === undefined) return undefined;
  const means = found.means.replaceAll("\n", "").replaceAll(REMOTE, remote).replaceAll(HOST, host);
  return { fault: found.fault, means };
}

/** Most characters of what a program said that are shown. */
const SHOWN_CHARACTERS_MAX = 1_000;

/** What a program said, in one bounded line for a terminal; never a private key. */
export function saidText(said: string): string {
  if (/PRIVATE KEY/.test(said)) return "(left out, as a private key stands in it)";
  // deno-lint-ignore no-control-regex
  const line = said.trim().replace(/\s*[\r\n]+\s*/g, "; ").replace(/[\u0000-\u001f\u007f-\u009f]/g, "?");
  return line.length > SHOWN_CHARACTERS_MAX ? `…${line.slice(-SHOWN_CHARACTERS_MAX)}` : line;
}
