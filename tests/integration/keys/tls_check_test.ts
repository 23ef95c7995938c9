/** `hearth tls check` against a real mosquitto: every refusal with its reason. */
import { strict as assert } from "node:assert";
import { EXIT } from "../../../src/core/exit_codes.ts";
import { issueRevocations } from "../../../src/keys/mod.ts";
import { makeCa, makeLeaf, openssl, SERVER, writeLeaf } from "../../support/certificates.ts";
import { runHearth, temporaryFolder } from "../../support/hearth_process.ts";
import { freePort, type Mosquitto, startMosquitto } from "../../support/mosquitto.ts";

interface Report {
  readonly ok: boolean;
  readonly steps: readonly { readonly step: string; readonly ok: boolean; readonly text: string }[];
  readonly chain: readonly { readonly subject: string }[];
  readonly problems: readonly { readonly level: string; readonly text: string }[];
}

interface Rig extends AsyncDisposable {
  readonly broker: Mosquitto;
  readonly folder: string;
  readonly ca: { readonly cert: string; readonly key: string };
  check(
    url: string,
    args: readonly string[],
  ): Promise<{ readonly code: number; readonly text: string; report: Report }>;
}

async function rig(more: (folder: string) => readonly string[] = () => []): Promise<Rig> {
  const temporary = temporaryFolder();
  const folder = temporary.path;
  const ca = await makeCa("House CA");
  await Deno.writeTextFile(`${folder}/ca.crt`, ca.cert);
  const server = await writeLeaf(folder, "server", await makeLeaf(ca, SERVER));
  const revoked = await makeLeaf(ca, { commonName: "lost" });
  await writeLeaf(folder, "revoked", revoked);
  const entry = { serialNumber: revoked.info.serialNumber, revokedMs: Date.now(), reason: "keyCompromise" } as const;
  await Deno.writeTextFile(`${folder}/ca.crl`, await issueRevocations([entry], ca, Date.now()));
  const broker = await startMosquitto({
    tls: { caPath: `${folder}/ca.crt`, certPath: server.certPath, keyPath: server.keyPath },
    requireCertificate: true,
    more: [...more(folder)],
  });
  return {
    broker,
    folder,
    ca,
    async check(url, args) {
      const { code, stdout, stderr } = await runHearth(["tls", "check", url, "--json", ...args], { folder });
      const report = stdout === "" ? { ok: false, steps: [], chain: [], problems: [] } : JSON.parse(stdout) as Report;
      const texts = [...report.steps, ...report.problems].map(({ text }) => text);
      return { code, report, text: `${texts.join("\n")}\n${stderr}` };
    },
    async [Symbol.asyncDispose]() {
      await broker[Symbol.asyncDispose]();
      temporary[Symbol.dispose]();
    },
  };
}

function shown(name: string): readonly string[] {
  return ["--ca", "ca.crt", "--cert", `${name}.crt`, "--key", `${name}.key`];
}

Deno.test("hearth tls check says that the link works when everything fits", async () => {
  await using made = await rig();
  await writeLeaf(made.folder, "client", await makeLeaf(made.ca));
  for (const host of ["localhost", "127.0.0.1"]) {
    const { code, report, text } = await made.check(`mqtts://${host}:${made.broker.port}`, shown("client"));
    assert.equal(code, EXIT.ok, text);
    assert.deepEqual(report.steps.map(({ step, ok }) => [step, ok]), [
      ["files", true],
      ["reach", true],
      ["server", true],
      ["handshake", true],
      ["login", true],
    ]);
    assert.equal(report.chain[0]?.subject, "CN=localhost");
  }
});

Deno.test("hearth tls check names what a broker with require_certificate has against our side", async (test) => {
  await using made = await rig((folder) => [`crlfile ${folder}/ca.crl`]);
  const { folder, ca, check, broker } = made;
  const url = `mqtts://localhost:${broker.port}`;
  const dayMs = 86_400_000;
  await writeLeaf(folder, "good", await makeLeaf(ca));
  await writeLeaf(folder, "stranger", await makeLeaf(await makeCa("Other CA")));
  await writeLeaf(folder, "namesake", await makeLeaf(await makeCa("House CA")));
  await writeLeaf(folder, "expired", await makeLeaf(ca, { atMs: Date.now() - 40 * dayMs }));
  await writeLeaf(folder, "early", await makeLeaf(ca, { atMs: Date.now() + 10 * dayMs }));
  await writeLeaf(folder, "for_server", await makeLeaf(ca, SERVER));
  await Deno.copyFile(`${folder}/good.crt`, `${folder}/mixed.crt`);
  await Deno.copyFile(`${folder}/stranger.key`, `${folder}/mixed.key`);
  const rows: readonly (readonly [string, readonly string[], number, readonly RegExp[]])[] = [
    ["a good one", shown("good"), EXIT.ok, [/our client certificate is accepted/]],
    ["no client certificate", ["--ca", "ca.crt"], EXIT.refused, [/refused: it wants a client certificate/]],
    ["a client of another CA", shown("stranger"), EXIT.refused, [
      /refused: it does not know the CA that signed our client certificate/,
    ]],
    ["a client of a CA of the same name", shown("namesake"), EXIT.refused, [/the connection is refused: /]],
    ["expired", shown("expired"), EXIT.configuration, [/it must be valid now: it expired at/, /refused: .*expired/]],
    ["not yet valid", shown("early"), EXIT.configuration, [/it is not valid before/, /refused: /]],
    ["for a server only", shown("for_server"), EXIT.configuration, [
      /it must be one for a client: it is for server only/,
    ]],
    ["key of another", shown("mixed"), EXIT.configuration, [
      /must belong to the certificate "CN=hearth": its public key is another/,
    ]],
    ["revoked", shown("revoked"), EXIT.refused, [/refused: our client certificate is on its list of revoked ones/]],
    ["revoked, with our own list", [...shown("revoked"), "--crl", "ca.crl"], EXIT.configuration, [
      /must not be revoked: .*\(keyCompromise\)/,
    ]],
    ["no such file", shown("absent"), EXIT.configuration, [
      /Cannot read client certificate ".*absent.crt".*no such file/,
      /Cannot read client key/,
    ]],
    ["only a certificate", ["--ca", "ca.crt", "--cert", "good.crt"], EXIT.configuration, [
      /must come together: found only --cert/,
    ]],
  ];
  for (const [name, args, exit, texts] of rows) {
    await test.step(name, async () => {
      const { code, text } = await check(url, args);
      assert.equal(code, exit, text);
      for (const expected of texts) assert.match(text, expected);
    });
  }
  await test.step("a file that cannot be read", async () => {
    // The superuser reads every file, but no folder.
    if (Deno.uid() === 0) await Deno.mkdir(`${folder}/shut.crt`);
    else await Deno.writeTextFile(`${folder}/shut.crt`, "", { mode: 0o000 });
    const { code, text } = await check(url, ["--ca", "shut.crt"]);
    assert.equal(code, EXIT.configuration, text);
    assert.match(
      text,
      /Cannot read .*shut\.crt" as (it must be a file .*: it is a folder|the system must allow it: .*denied)/,
    );
  });
  await test.step("a private key that everybody can read is a warning", async () => {
    await Deno.chmod(`${folder}/good.key`, 0o644);
    const { code, text, report } = await check(url, shown("good"));
    assert.equal(code, EXIT.ok, text);
    assert.equal(report.problems[0]?.level, "warning");
    assert.match(text, /should be readable by its owner alone: its mode is 0644, so that everybody may use it/);
  });
});

Deno.test("hearth tls check opens an encrypted key with the passphrase of a file", async () => {
  await using made = await rig();
  const { folder, broker, check } = made;
  await writeLeaf(folder, "client", await makeLeaf(made.ca));
  await openssl(folder, "pkcs8", "-topk8", "-in", "client.key", "-out", "locked.key", "-passout", "pass:open sesame");
  await Deno.writeTextFile(`${folder}/right`, "open sesame\n", { mode: 0o600 });
  await Deno.writeTextFile(`${folder}/wrong`, "open barley\n", { mode: 0o600 });
  const args = ["--ca", "ca.crt", "--cert", "client.crt", "--key", "locked.key"];
  const url = `localhost:${broker.port}`;
  assert.equal((await check(url, [...args, "--password-file", "right"])).code, EXIT.ok);
  const wrong = await check(url, [...args, "--password-file", "wrong"]);
  assert.equal(wrong.code, EXIT.configuration);
  assert.match(wrong.text, /Cannot use the private key as it must open with its passphrase/);
  const without = await check(url, args);
  assert.equal(without.code, EXIT.configuration);
  assert.match(without.text, /must not be encrypted: it has a passphrase/);
});

Deno.test("hearth tls check opens an encrypted key with its link's setting, as the agent does", async () => {
  await using made = await rig();
  const { folder, ca, broker, check } = made;
  const certs = `${folder}/config/gridworks/scada/certs/gridworks_mqtt`;
  await Deno.mkdir(`${certs}/private`, { recursive: true });
  const { cert, key } = await makeLeaf(ca);
  await Deno.writeTextFile(`${certs}/ca.crt`, ca.cert);
  await Deno.writeTextFile(`${certs}/gridworks_mqtt.crt`, cert);
  await Deno.writeTextFile(`${folder}/plain.key`, key);
  const locked = `${certs}/private/gridworks_mqtt.pem`;
  await openssl(folder, "pkcs8", "-topk8", "-in", "plain.key", "-out", locked, "-passout", "pass:open sesame");
  const url = `localhost:${broker.port}`;
  assert.match((await check(url, ["--link", "gridworks_mqtt"])).text, /must not be encrypted: it has a passphrase/);
  const setting = `SCADA_GRIDWORKS_MQTT__TLS__KEYFILE_PASSWORD="open sesame"\n`;
  await Deno.writeTextFile(`${folder}/my.env`, setting);
  const { code, text } = await check(url, ["--link", "gridworks_mqtt", "--env-file", "my.env"]);
  assert.equal(code, EXIT.ok, text);
  await Deno.rename(`${folder}/my.env`, `${folder}/config/gridworks/scada/.env`);
  const found = await check(url, ["--link", "gridworks_mqtt"]);
  assert.equal(found.code, EXIT.ok, found.text);
});

Deno.test("hearth tls check names the list of revoked ones when the broker's is too old", async () => {
  await using made = await rig((folder) => [`crlfile ${folder}/ca.crl`]);
  await writeLeaf(made.folder, "client", await makeLeaf(made.ca));
  await signOldList(made.folder, made.ca.key);
  await made.broker.restart();
  const { code, text } = await made.check(`localhost:${made.broker.port}`, shown("client"));
  assert.equal(code, EXIT.refused, text);
  assert.match(
    text,
    /refused: our client certificate has expired by its clock, or its list of revoked ones is too old/,
  );
});

/** As gwcert leaves it after a day. */
async function signOldList(folder: string, key: string): Promise<void> {
  await Deno.writeTextFile(`${folder}/ca.key`, key, { mode: 0o600 });
  await Deno.writeTextFile(`${folder}/index.txt`, "");
  const config = ["[ca]", "default_ca = one", "[one]", `database = ${folder}/index.txt`, "default_md = sha256"];
  await Deno.writeTextFile(`${folder}/old.cnf`, config.join("\n"));
  const dates = ["-crl_lastupdate", "20260101000000Z", "-crl_nextupdate", "20260102000000Z"];
  const files = ["-cert", "ca.crt", "-keyfile", "ca.key", "-out", "ca.crl"];
  await openssl(folder, "ca", "-gencrl", "-config", "old.cnf", ...files, ...dates);
}

Deno.test("hearth tls check names what is wrong with a broker", async (test) => {
  await using made = await rig();
  const { folder, check, broker, ca } = made;
  await writeLeaf(folder, "client", await makeLeaf(ca));
  await Deno.writeTextFile(`${folder}/other_ca.crt`, (await makeCa("Other CA")).cert);
  await Deno.writeTextFile(`${folder}/namesake_ca.crt`, (await makeCa("House CA")).cert);
  const own = ["--cert", "client.crt", "--key", "client.key"];
  const rows: readonly (readonly [string, string, readonly string[], number, RegExp])[] = [
    [
      "wrong CA",
      "localhost",
      ["--ca", "other_ca.crt"],
      EXIT.refused,
      /must be signed by the CA "CN=Other CA": it is signed by "CN=House CA"/,
    ],
    [
      "a CA of the same name",
      "localhost",
      ["--ca", "namesake_ca.crt"],
      EXIT.refused,
      /of the same name, but with another key/,
    ],
    [
      "wrong host name",
      "127.0.0.2",
      ["--ca", "ca.crt"],
      EXIT.refused,
      /must be one of "127.0.0.2" \(--ip when it is made\): it is one of "localhost", "127.0.0.1"/,
    ],
  ];
  for (const [name, host, args, exit, expected] of rows) {
    await test.step(name, async () => {
      if (host !== "localhost") {
        // The broker listens on 127.0.0.1 alone: the other address is given to it by a pipe.
        using pipe = await relay(host, broker.port);
        const { code, text } = await check(`mqtts://${host}:${pipe.port}`, [...args, ...own]);
        assert.equal(code, exit, text);
        assert.match(text, expected);
        return;
      }
      const { code, text } = await check(`mqtts://${host}:${broker.port}`, [...args, ...own]);
      assert.equal(code, exit, text);
      assert.match(text, expected);
      assert.match(text, /the connection is refused: /);
    });
  }
  await test.step("nobody listens", async () => {
    const { code, text } = await check(`127.0.0.1:${freePort()}`, ["--ca", "ca.crt"]);
    assert.equal(code, EXIT.environment, text);
  });
  await test.step("no TLS at all", async () => {
    await using plain = await startMosquitto();
    const { code, text } = await check(`127.0.0.1:${plain.port}`, ["--ca", "ca.crt"]);
    assert.equal(code, EXIT.refused, text);
    assert.match(text, /no certificate was shown/);
  });
});

/** Passes one connection after another from an address of loopback to the broker. */
async function relay(hostname: string, to: number): Promise<Disposable & { readonly port: number }> {
  const listener = Deno.listen({ hostname, port: 0 });
  const open: Deno.Conn[] = [];
  async function pass(near: Deno.Conn): Promise<void> {
    const far = await Deno.connect({ hostname: "127.0.0.1", port: to });
    open.push(near, far);
    await Promise.allSettled([near.readable.pipeTo(far.writable), far.readable.pipeTo(near.writable)]);
  }
  const passing: Promise<void>[] = [];
  const accepting = (async () => {
    for await (const near of listener) passing.push(pass(near));
  })();
  await Promise.resolve();
  return {
    port: listener.addr.port,
    [Symbol.dispose]() {
      listener.close();
      void accepting.catch(() => undefined);
      void Promise.allSettled(passing);
    },
  };
}
