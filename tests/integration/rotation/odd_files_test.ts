/** What stands at the path of a certificate or key may be anything: no such thing costs the agent or its connection. */
import { strict as assert } from "node:assert";
import { Buffer } from "node:buffer";
import { EXIT } from "../../../src/core/exit_codes.ts";
import { openssl } from "../../support/certificates.ts";
import { assertOneLife, logLines, nthLine, RotationStage, untilState } from "./stage.ts";

/** More than a certificate file may have, bytes. */
const LONG = 2_000_000;

interface OddFile {
  readonly what: string;
  /** Puts it there; the three good files are there before. */
  readonly place: (stage: RotationStage) => Promise<void> | void;
  readonly reason: RegExp;
}

const ODD_FILES: readonly OddFile[] = [
  { what: "a folder", place: ({ files }) => Deno.mkdirSync(emptied(files.cert)), reason: /file: it is a folder/ },
  {
    what: "a pipe",
    place: ({ files }) => run("mkfifo", emptied(files.key)),
    reason: /it is a pipe, a socket or a dev/,
  },
  {
    what: "a link to itself",
    place: ({ files }) => Deno.symlinkSync(files.ca, emptied(files.ca)),
    reason: /CA certificate.*must be a readable file: /,
  },
  { what: "nothing in it", place: ({ files }) => Deno.writeTextFileSync(files.cert, ""), reason: /PEM.*there is none/ },
  {
    what: "too long",
    place: ({ files }) => Deno.writeFileSync(files.cert, new Uint8Array(LONG)),
    reason: /it has 2000000/,
  },
  {
    what: "binary form",
    place: ({ made, files }) => Deno.writeFileSync(files.cert, derOf(made.client.cert)),
    reason: /client certificate.*it is in binary form \(DER\)/,
  },
  { what: "one byte of it lost", place: loseByte, reason: /its bytes are not|X\.509 certificate|cut off|belong to/ },
  { what: "a short RSA key", place: shortKey, reason: /2048 to 4096 bits.*it is RSA of 1024 bits/ },
];

function emptied(path: string): string {
  Deno.removeSync(path);
  return path;
}

function run(program: string, ...args: string[]): void {
  assert.ok(new Deno.Command(program, { args }).outputSync().success, program);
}

function derOf(pem: string): Uint8Array {
  return Buffer.from(pem.replaceAll(/-----.*-----/g, ""), "base64");
}

function loseByte({ made, files }: RotationStage): void {
  const der = derOf(made.client.cert);
  const short = Buffer.concat([der.subarray(0, 200), der.subarray(201)]).toString("base64");
  Deno.writeTextFileSync(files.cert, `-----BEGIN CERTIFICATE-----\n${short}\n-----END CERTIFICATE-----\n`);
}

/** A whole pair, signed by the broker's CA: our own code makes no such key. */
async function shortKey({ made: { folder }, files }: RotationStage): Promise<void> {
  await openssl(folder, "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024", "-out", "short.key");
  await openssl(folder, "req", "-new", "-key", "short.key", "-out", "short.csr", "-subj", "/CN=hearth");
  await Deno.writeTextFile(`${folder}/short.ext`, "basicConstraints=CA:FALSE\n");
  const issuer = ["-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "short.ext"];
  await openssl(folder, "x509", "-req", "-in", "short.csr", "-out", "short.crt", "-days", "30", ...issuer);
  await Deno.copyFile(`${folder}/short.crt`, files.cert);
  await Deno.copyFile(`${folder}/short.key`, files.key);
}

/** The three good files again, whatever stands there. */
function putBack(stage: RotationStage): void {
  for (const path of Object.values(stage.files)) Deno.removeSync(path, { recursive: true });
  const { ca, client: { cert, key } } = stage.made;
  stage.write({ ca, cert, key });
}

Deno.test("a folder, a pipe, a damaged certificate, a key too short: each is told, none costs agent or connection", async () => {
  await using stage = await RotationStage.make();
  await using agent = stage.startAgent();
  await untilState(agent, "awaiting_peer");
  for (const [index, { what, place, reason }] of ODD_FILES.entries()) {
    putBack(stage);
    await place(stage);
    const line = await nthLine(agent, "connection.credentials_refused", index + 1);
    assert.match(line.reason ?? "", reason, what);
  }
  putBack(stage);
  await untilState(agent, "awaiting_peer");
  assert.deepEqual(logLines(agent, "connection.credentials_taken"), []);
  assertOneLife(agent);
  assert.equal((await agent.stop()).code, EXIT.ok, agent.stderr);
  assert.equal((await stage.connects()).ids.length, 1, "the first connection lived on");
});

Deno.test("files as other tools write them are taken: comments, a byte order mark, all in one, parameters of a curve", async () => {
  await using stage = await RotationStage.make();
  await using agent = stage.startAgent();
  await untilState(agent, "awaiting_peer");
  const { folder, ca } = stage.made;
  await openssl(folder, "ecparam", "-name", "prime256v1", "-genkey", "-out", "params.key");
  const { cert } = await stage.leaf({ key: await Deno.readTextFile(`${folder}/params.key`) });
  const key = await Deno.readTextFile(`${folder}/params.key`);
  assert.match(key, /BEGIN EC PARAMETERS/);
  const junk = "-----BEGIN X-----\nzz\n-----END X-----\n";
  stage.rename({ ca: `\ufeffHouse CA\r\n${ca}${junk}`, cert: junk + cert, key: `${cert}${key}` });
  await nthLine(agent, "connection.credentials_taken", 1);
  await untilState(agent, "awaiting_peer");
  assert.deepEqual(logLines(agent, "connection.credentials_refused"), []);
  assert.equal((await agent.stop()).code, EXIT.ok, agent.stderr);
});
