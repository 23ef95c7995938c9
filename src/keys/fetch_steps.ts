import { shellWord } from "./ssh_remote.ts";

/** Folder of a CA below the home of its user. Source: gwcert. */
export const REMOTE_CA_DIR = ".local/share/gridworks/ca";

/** A key on another machine, laid out as gwcert and `hearth key add` do. */
export interface RemoteKey {
  readonly name: string;
  /** Folder of the CA there; not absolute: below the home. */
  readonly caDir: string;
  /** Folder of the keys' folders; absent: `certs` of the CA. */
  readonly certsDir?: string;
  /** A folder more between, for all keys of one device. */
  readonly keyName?: string;
}

/** What is asked of the remote, and in which order. */
export type FetchStepName = "look" | "make" | "ca" | "cert" | "key" | "delete";

/** One command line for the remote's shell. */
export interface FetchStep {
  readonly name: FetchStepName;
  /** What is done, for people. */
  readonly does: string;
  readonly command: string;
}

/** How a key is made there. */
export interface RemoteMaking {
  /** The program that makes it, "gwcert" or "hearth", or its path. */
  readonly program: string;
  readonly dns: readonly string[];
  /** Whether a key that is there is overwritten. */
  readonly force: boolean;
}

/** Which steps are taken. */
export interface FetchWork {
  /** Absent: the key is there already. */
  readonly make?: RemoteMaking;
  readonly copies: boolean;
  readonly deletes: boolean;
}

/**
 * The steps that fetch a key.
 *
 * @throws {RangeError} If a name or a folder cannot be one.
 */
export function fetchSteps(key: RemoteKey, { make, copies, deletes }: FetchWork): readonly FetchStep[] {
  const { folder, certs, ca } = remoteFolders(key);
  const at = (path: string) => shellWord(`${folder}/${path}`);
  const { name } = key;
  return [
    ...(make === undefined ? [] : makeSteps(key, make, { folder, certs, ca })),
    ...(!copies ? [] : [
      {
        name: "ca" as const,
        does: "copy the CA certificate",
        command: `cat -- ${at("ca.crt")} || cat -- ${shellWord(`${ca}/ca.crt`)}`,
      },
      { name: "cert" as const, does: "copy the certificate", command: `cat -- ${at(`${name}.crt`)}` },
      // gwcert's `ca add-key` puts the key beside the certificate.
      {
        name: "key" as const,
        does: "copy the private key",
        command: `cat -- ${at(`private/${name}.pem`)} || cat -- ${at(`${name}.pem`)}`,
      },
    ]),
    ...(!deletes ? [] : [{
      name: "delete" as const,
      does: "delete the key's folder on the remote",
      command: `rm -r -- ${shellWord(folder)}`,
    }]),
  ];
}

function makeSteps(
  { name }: RemoteKey,
  { program, dns, force }: RemoteMaking,
  { folder, certs, ca }: { readonly folder: string; readonly certs: string; readonly ca: string },
): readonly FetchStep[] {
  // gwcert says 0 when it refuses to overwrite, so that what is there must be asked first.
  const look = {
    name: "look" as const,
    does: "see that no such key is there",
    command: `test ! -e ${shellWord(folder)}`,
  };
  const words = [
    ...[program, "key", "add"],
    ...["--ca-certificate-path", `${ca}/ca.crt`, "--ca-private-key-path", `${ca}/private/ca_key.pem`],
    ...["--certs-dir", certs],
    ...(force ? ["--force"] : []),
    name,
    ...dns.flatMap((one) => ["--dns", one]),
  ];
  return [
    ...(force ? [] : [look]),
    { name: "make", does: "make the key", command: words.map(shellWord).join(" ") },
  ];
}

/** Where a key lies on the remote. @throws {RangeError} If a name or a folder cannot be one. */
export function remoteFolders(
  key: RemoteKey,
): { readonly folder: string; readonly certs: string; readonly ca: string } {
  const ca = remoteFolder(key.caDir, "folder of the CA on the remote");
  const parent = key.certsDir === undefined ? `${ca}/certs` : remoteFolder(key.certsDir, "folder of the remote's keys");
  const certs = key.keyName === undefined ? parent : `${parent}/${plainName(key.keyName)}`;
  return { ca, certs, folder: `${certs}/${plainName(key.name)}` };
}

// The folder of a key is deleted whole at the end: it must be one of its own.
function plainName(name: string): string {
  if (/^[A-Za-z0-9_][\w.-]*$/.test(name)) return name;
  const must = "it must be letters, digits, dots, dashes and underscores, and begin with no dot or dash";
  throw new RangeError(`Cannot use name of a key on the remote as ${must}: found "${name}"`);
}

function remoteFolder(path: string, what: string): string {
  const plain = path.replace(/^~\//, "").replace(/(?<=.)\/+$/, "");
  // deno-lint-ignore no-control-regex
  if (plain !== "" && !/^[-~]|[\u0000-\u001f]/.test(plain)) return plain;
  throw new RangeError(`Cannot use ${what} as it must be a path that begins with no dash: found "${path}"`);
}
