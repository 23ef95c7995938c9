import { folderOf } from "./key_files.ts";

/** The files of a CA. Source: gwcert. */
export interface CaPaths {
  readonly folder: string;
  readonly cert: string;
  readonly key: string;
  readonly publicKey: string;
  readonly crl: string;
  /** Parent of the folders of the keys. */
  readonly certs: string;
}

/** The files of a key. Source: gwcert. */
export interface KeyPaths {
  /** Name without folder and ending. */
  readonly stem: string;
  readonly folder: string;
  readonly cert: string;
  readonly csr: string;
  readonly publicKey: string;
  readonly key: string;
  /** Copy of the CA's certificate. */
  readonly ca: string;
}

/** Files of the CA in a folder. */
export function caPaths(folder: string): CaPaths {
  return {
    folder,
    cert: `${folder}/ca.crt`,
    key: `${folder}/private/ca_key.pem`,
    publicKey: `${folder}/ca_key.pub`,
    crl: `${folder}/ca.crl`,
    certs: `${folder}/certs`,
  };
}

/** Where names and paths of keys count from; both absolute. */
export interface KeyPlace {
  readonly certsDir: string;
  readonly cwd: string;
  /** Explicit path of the private key, absolute. */
  readonly privateKey?: string;
}

/**
 * Files of a key. A plain name ("a", "a.crt", "a.b") has a folder of its own below `certsDir`; a path with folders is used
 * as it is.
 *
 * @throws {RangeError} If the name is empty, "." or "..", or ends with "/".
 */
export function keyPaths(name: string, { certsDir, cwd, privateKey }: KeyPlace): KeyPaths {
  const last = name.slice(name.lastIndexOf("/") + 1);
  const stem = last.replace(/\.crt$/, "");
  // deno-lint-ignore no-control-regex
  if (stem === "" || stem === "." || stem === ".." || /[\u0000-\u001f]/.test(name)) {
    throw new RangeError(`Cannot use key name as it must be a name or a path that ends with one: found "${name}"`);
  }
  const isPlain = last === name;
  const given = name.startsWith("/") ? name : `${cwd}/${name}`;
  const folder = isPlain ? `${certsDir}/${stem}` : folderOf(given);
  return {
    stem,
    folder,
    cert: `${folder}/${stem}.crt`,
    csr: `${folder}/${stem}.csr`,
    publicKey: `${folder}/${stem}.pub`,
    key: privateKey ?? `${folder}/private/${stem}.pem`,
    ca: `${folder}/ca.crt`,
  };
}
