/** A folder of certificates made with our own code for one test: good ones and bad ones of every kind. */
import type { CaTexts, IssueContext, Issued, IssuedLeaf, KeyKind, SubjectNames, Usage } from "../../src/keys/mod.ts";
import { issueCa, issueLeaf } from "../../src/keys/mod.ts";

/** PEM texts and the paths they were written to. */
export interface Credentials {
  readonly cert: string;
  readonly key: string;
  readonly certPath: string;
  readonly keyPath: string;
}

/** Everything that `makeCertificates` makes. */
export interface Certificates extends Disposable {
  readonly folder: string;
  readonly ca: string;
  readonly caPath: string;
  /** A second CA that signed nothing the server or the good client uses. */
  readonly otherCa: string;
  /** SAN: DNS localhost, IP 127.0.0.1. */
  readonly server: Credentials;
  /** Signed by `ca`, common name "hearth". */
  readonly client: Credentials;
  readonly wrongCaClient: Credentials;
  /** Valid in January 2020 only. */
  readonly expiredClient: Credentials;
  /** X.509 version 1. */
  readonly v1Client: Credentials;
  /** The good client's certificate with another key. */
  readonly mismatchedClient: Credentials;
  /** The good client's key, encrypted. */
  readonly encryptedKey: string;
  readonly passphrase: string;
}

/** When the CAs begin, ms: before the client that has expired. */
const CA_FROM_MS = Date.parse("2020-01-02T00:00:00Z");
const CA_DAYS = 36_000;
const LEAF_DAYS = 30;
const SERVER_NAMES: SubjectNames = { dns: ["localhost"], ips: ["127.0.0.1"] };

/** What a leaf of a test may have otherwise than a client that is valid now. */
export interface LeafChange {
  readonly commonName?: string;
  readonly names?: SubjectNames;
  readonly usages?: readonly Usage[];
  readonly key?: KeyKind | string;
  /** Valid from one day before to `days` after, ms since 1970. */
  readonly atMs?: number;
  readonly days?: number;
}

/**
 * Makes all certificates in a temporary folder, which goes when the result is disposed.
 *
 * @throws {Error} If openssl is missing or refuses.
 */
export async function makeCertificates(): Promise<Certificates> {
  const folder = await Deno.makeTempDir({ prefix: "hearth-tls-" });
  try {
    return await fill(folder);
  } catch (thrown) {
    await Deno.remove(folder, { recursive: true });
    throw thrown;
  }
}

async function fill(folder: string): Promise<Certificates> {
  const ca = await makeCa("ca");
  const other = await makeCa("other_ca");
  await Deno.writeTextFile(`${folder}/ca.crt`, ca.cert);
  await Deno.writeTextFile(`${folder}/ca.key`, ca.key);
  await Deno.writeTextFile(`${folder}/other_ca.crt`, other.cert);
  const server = await writeLeaf(folder, "server", await makeLeaf(ca, SERVER));
  const client = await writeLeaf(folder, "client", await makeLeaf(ca));
  const wrong = await writeLeaf(folder, "wrong_ca_client", await makeLeaf(other));
  const expired = await writeLeaf(folder, "expired_client", await makeLeaf(ca, { atMs: CA_FROM_MS }));
  const stranger = await writeLeaf(folder, "stranger", await makeLeaf(ca));
  const v1 = await signVersion1(folder);
  const passphrase = "open sesame";
  const out = ["-out", "encrypted.key", "-passout", `pass:${passphrase}`];
  await openssl(folder, "pkcs8", "-topk8", "-in", "client.key", ...out);
  return {
    folder,
    ca: ca.cert,
    caPath: `${folder}/ca.crt`,
    otherCa: other.cert,
    server,
    client,
    wrongCaClient: wrong,
    expiredClient: expired,
    v1Client: v1,
    mismatchedClient: { ...client, keyPath: stranger.keyPath, key: stranger.key },
    encryptedKey: await Deno.readTextFile(`${folder}/encrypted.key`),
    passphrase,
    [Symbol.dispose]: () => Deno.removeSync(folder, { recursive: true }),
  };
}

/** What the server of a test has. */
export const SERVER: LeafChange = { commonName: "localhost", names: SERVER_NAMES, usages: ["server"] };

/** What making keys needs, at this time. */
export function issueAt(wallMs: number): IssueContext {
  return { wallMs, randomBytes: (count) => crypto.getRandomValues(new Uint8Array(count)) };
}

/** A CA that is valid from 2020 on. */
export async function makeCa(commonName: string): Promise<Issued> {
  return await issueCa({ commonName, days: CA_DAYS, kind: { kind: "ec" } }, issueAt(CA_FROM_MS));
}

/** A client "hearth" that is valid now, or what the change says. */
export async function makeLeaf(ca: CaTexts, change: LeafChange = {}): Promise<IssuedLeaf> {
  const { commonName = "hearth", atMs = Date.now(), days = LEAF_DAYS, usages = ["client"] } = change;
  const { names = { dns: [commonName], ips: [] }, key = { kind: "ec" } } = change;
  return await issueLeaf({ commonName, names, usages, days, key }, ca, issueAt(atMs));
}

/** Writes `<name>.crt` and `<name>.key`, the key for its owner alone. */
export async function writeLeaf(folder: string, name: string, leaf: Issued): Promise<Credentials> {
  const certPath = `${folder}/${name}.crt`;
  const keyPath = `${folder}/${name}.key`;
  await Deno.writeTextFile(certPath, leaf.cert);
  await Deno.writeTextFile(keyPath, leaf.key, { mode: 0o600 });
  return { cert: leaf.cert, key: leaf.key, certPath, keyPath };
}

/** Only openssl makes this one: our own code writes version 3. */
async function signVersion1(folder: string): Promise<Credentials> {
  const curve = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"];
  await openssl(folder, "genpkey", ...curve, "-out", "v1_client.key");
  await openssl(folder, "req", "-new", "-key", "v1_client.key", "-out", "v1_client.csr", "-subj", "/CN=hearth");
  const issuer = ["-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial"];
  const certPath = `${folder}/v1_client.crt`;
  const keyPath = `${folder}/v1_client.key`;
  await openssl(folder, "x509", "-req", "-in", "v1_client.csr", "-out", certPath, "-days", "30", ...issuer);
  return { cert: await Deno.readTextFile(certPath), key: await Deno.readTextFile(keyPath), certPath, keyPath };
}

/** Runs openssl in a folder. @returns What it wrote to stdout. @throws {Error} If it is missing or refuses. */
export async function openssl(folder: string, ...args: string[]): Promise<string> {
  let output: Deno.CommandOutput;
  try {
    output = await new Deno.Command("openssl", { args, cwd: folder, stdout: "piped", stderr: "piped" }).output();
  } catch (cause) {
    throw new Error("Cannot make certificates as openssl must be installed: it did not start", { cause });
  }
  if (output.success) return new TextDecoder().decode(output.stdout);
  throw new Error(`Cannot run openssl ${args.join(" ")}: ${new TextDecoder().decode(output.stderr)}`);
}
