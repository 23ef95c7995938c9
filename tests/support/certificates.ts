/** A folder of certificates made with openssl for one test: good ones and bad ones of every kind. */

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

const SAN = "subjectAltName=DNS:localhost,IP:127.0.0.1";

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
  await makeCa(folder, "ca");
  await makeCa(folder, "other_ca");
  const server = await sign(folder, "server", { ca: "ca", commonName: "localhost", extensions: SAN });
  const usage = "extendedKeyUsage=clientAuth";
  const client = await sign(folder, "client", { ca: "ca", commonName: "hearth", extensions: usage });
  const wrong = await sign(folder, "wrong_ca_client", { ca: "other_ca", commonName: "hearth", extensions: usage });
  const v1 = await sign(folder, "v1_client", { ca: "ca", commonName: "hearth" });
  const expired = await signExpired(folder);
  await key(folder, "stranger");
  const keyPath = `${folder}/stranger.key`;
  const passphrase = "open sesame";
  await openssl(
    folder,
    "pkcs8",
    "-topk8",
    "-in",
    "client.key",
    "-out",
    "encrypted.key",
    "-passout",
    `pass:${passphrase}`,
  );
  return {
    folder,
    ca: await Deno.readTextFile(`${folder}/ca.crt`),
    caPath: `${folder}/ca.crt`,
    otherCa: await Deno.readTextFile(`${folder}/other_ca.crt`),
    server,
    client,
    wrongCaClient: wrong,
    expiredClient: expired,
    v1Client: v1,
    mismatchedClient: { ...client, keyPath, key: await Deno.readTextFile(keyPath) },
    encryptedKey: await Deno.readTextFile(`${folder}/encrypted.key`),
    passphrase,
    [Symbol.dispose]: () => Deno.removeSync(folder, { recursive: true }),
  };
}

async function makeCa(folder: string, name: string): Promise<void> {
  await key(folder, name);
  const out = ["-out", `${name}.crt`, "-days", "30", "-subj", `/O=Hearth tests/CN=${name}`];
  const marks = ["-addext", "keyUsage=critical,keyCertSign,cRLSign"];
  await openssl(folder, "req", "-x509", "-new", "-key", `${name}.key`, ...out, ...marks);
}

interface SignOptions {
  readonly ca: string;
  readonly commonName: string;
  /** One line of an extension file; without it openssl makes a version 1 certificate. */
  readonly extensions?: string;
}

async function request(folder: string, name: string, commonName: string): Promise<void> {
  await key(folder, name);
  await openssl(folder, "req", "-new", "-key", `${name}.key`, "-out", `${name}.csr`, "-subj", `/CN=${commonName}`);
}

async function sign(folder: string, name: string, { ca, commonName, extensions }: SignOptions): Promise<Credentials> {
  await request(folder, name, commonName);
  const issuer = ["-CA", `${ca}.crt`, "-CAkey", `${ca}.key`, "-CAcreateserial"];
  const more: string[] = [];
  if (extensions !== undefined) {
    await Deno.writeTextFile(`${folder}/${name}.ext`, extensions + "\n");
    more.push("-extfile", `${name}.ext`);
  }
  await openssl(folder, "x509", "-req", "-in", `${name}.csr`, "-out", `${name}.crt`, "-days", "30", ...issuer, ...more);
  return await credentials(folder, name);
}

async function signExpired(folder: string): Promise<Credentials> {
  const name = "expired_client";
  await request(folder, name, "hearth");
  await Deno.writeTextFile(`${folder}/index.txt`, "");
  await Deno.writeTextFile(
    `${folder}/expired.cnf`,
    [
      "[ca]",
      "default_ca = one",
      "[one]",
      `new_certs_dir = ${folder}`,
      `database = ${folder}/index.txt`,
      "rand_serial = yes",
      "default_md = sha256",
      "policy = any",
      "x509_extensions = client",
      "[any]",
      "commonName = supplied",
      "[client]",
      "extendedKeyUsage = clientAuth",
    ].join("\n"),
  );
  const dates = ["-startdate", "20200101000000Z", "-enddate", "20200201000000Z"];
  const issuer = ["-cert", "ca.crt", "-keyfile", "ca.key", "-batch", "-notext"];
  await openssl(
    folder,
    "ca",
    "-config",
    "expired.cnf",
    ...issuer,
    ...dates,
    "-in",
    `${name}.csr`,
    "-out",
    `${name}.crt`,
  );
  return await credentials(folder, name);
}

async function key(folder: string, name: string): Promise<void> {
  await openssl(folder, "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", `${name}.key`);
}

async function credentials(folder: string, name: string): Promise<Credentials> {
  const certPath = `${folder}/${name}.crt`;
  const keyPath = `${folder}/${name}.key`;
  return { cert: await Deno.readTextFile(certPath), key: await Deno.readTextFile(keyPath), certPath, keyPath };
}

async function openssl(folder: string, ...args: string[]): Promise<void> {
  let output: Deno.CommandOutput;
  try {
    output = await new Deno.Command("openssl", { args, cwd: folder, stdout: "null", stderr: "piped" }).output();
  } catch (cause) {
    throw new Error("Cannot make certificates as openssl must be installed: it did not start", { cause });
  }
  if (output.success) return;
  throw new Error(`Cannot run openssl ${args.join(" ")}: ${new TextDecoder().decode(output.stderr)}`);
}
