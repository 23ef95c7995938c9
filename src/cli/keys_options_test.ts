import { strict as assert } from "node:assert";
import { EXIT } from "../core/exit_codes.ts";
import type { KeyCall } from "./keys_call.ts";
import { parseCommandLine } from "./run_options.ts";

function call(...args: string[]): KeyCall {
  const line = parseCommandLine(args);
  assert.ok(line.kind === "command", line.kind === "command" ? "" : line.text);
  return line.call as KeyCall;
}

Deno.test("parseCommandLine() understands the key commands and their defaults", () => {
  assert.deepEqual(call("ca", "create", "House CA"), {
    name: "ca create",
    options: { commonName: "House CA", days: 3_650, force: false, json: false, kind: { kind: "ec" } },
  });
  assert.deepEqual(call("key", "add", "pi1", "--dns", "a", "--dns", "b", "--ip", "::1", "--server", "--force"), {
    name: "key add",
    options: {
      name: "pi1",
      dns: ["a", "b"],
      ip: ["::1"],
      usages: ["server"],
      days: 825,
      force: true,
      json: false,
      kind: { kind: "ec" },
    },
  });
  assert.deepEqual(call("key", "revoke", "--serial", "0A:ff"), {
    name: "key revoke",
    options: { json: false, reason: "unspecified", serial: "0aff" },
  });
  assert.deepEqual(call("key", "bundle", "a", "--link", "up", "--out", "x.tar").options, {
    name: "a",
    link: "up",
    out: "x.tar",
    force: false,
    json: false,
  });
});

Deno.test("parseCommandLine() takes gwcert's names of options", () => {
  const { options } = call(
    ...["key", "add", "a", "--ca-certificate-path", "c", "--ca-private-key-path", "k", "--certs-dir", "d"],
    ...["--private-key-path", "p", "--common-name", "n", "--valid-days", "7", "--key-size", "4096", "--ca-dir", "e"],
  );
  assert.deepEqual(options, {
    name: "a",
    caCertificatePath: "c",
    caPrivateKeyPath: "k",
    certsDir: "d",
    privateKeyPath: "p",
    commonName: "n",
    days: 7,
    kind: { kind: "rsa", bits: 4_096 },
    caDir: "e",
    dns: [],
    ip: [],
    usages: [],
    force: false,
    json: false,
  });
});

Deno.test("parseCommandLine() reads the kind of a key", () => {
  const kinds: readonly (readonly [readonly string[], object])[] = [
    [["--ec"], { kind: "ec" }],
    [["--rsa"], { kind: "rsa", bits: 2_048 }],
    [["--rsa", "3072"], { kind: "rsa", bits: 3_072 }],
  ];
  for (const [args, kind] of kinds) {
    const { options } = call("ca", "create", "a", ...args);
    assert.deepEqual("kind" in options && options.kind, kind);
    const renewed = call("key", "renew", "a", ...args).options;
    assert.deepEqual("newKey" in renewed && renewed.newKey, kind);
  }
  assert.equal("newKey" in call("key", "renew", "a").options, false);
  assert.deepEqual((call("key", "renew", "a", "--new-key").options as { newKey?: object }).newKey, { kind: "ec" });
});

Deno.test("parseCommandLine() reads the server of tls check", () => {
  const servers: readonly (readonly [string, object])[] = [
    ["mqtts://broker.lan", { host: "broker.lan", port: 8_883, isMqtt: true }],
    ["broker.lan:18883", { host: "broker.lan", port: 18_883, isMqtt: true }],
    ["https://a", { host: "a", port: 443, isMqtt: false }],
    ["tls://[::1]:1/", { host: "::1", port: 1, isMqtt: false }],
    ["[fe80::1]", { host: "fe80::1", port: 8_883, isMqtt: true }],
  ];
  for (const [url, server] of servers) assert.deepEqual(call("tls", "check", url).options, { json: false, ...server });
});

Deno.test("parseCommandLine() refuses what a key command cannot mean", () => {
  const rows: readonly (readonly [readonly string[], RegExp])[] = [
    [["ca", "create"], /missing required argument 'common-name'/],
    [["ca", "create", "a", "--days", "0"], /whole number from 1 to 36500: found "0"/],
    [["ca", "create", "a", "--days", "1e3"], /whole number/],
    [["ca", "create", "a", "--rsa", "1024"], /RSA bits as it must be a whole number from 2048 to 4096/],
    [["ca", "create", "a", "--rsa", "2050"], /must be a multiple of 8/],
    [["key", "add", "a", "--ec", "--rsa"], /'--ec' cannot be used with option '--rsa/],
    [["key", "ad", "a"], /Did you mean add\?/],
    [["key", "revoke"], /must be told a name or --serial, and not both: found neither/],
    [["key", "revoke", "a", "--serial", "1"], /found both/],
    [["key", "revoke", "--serial", "xyz"], /must be hexadecimal/],
    [["key", "revoke", "a", "--reason", "bored"], /must be one of unspecified, keyCompromise/],
    [["tls", "check", "http://a"], /must be like mqtts:\/\/broker.example:8883: found "http:\/\/a"/],
    [["tls", "check", "a:0"], /must be like/],
    [["tls", "check", "a:70000"], /must be like/],
  ];
  for (const [args, text] of rows) {
    const line = parseCommandLine(args);
    assert.ok(line.kind === "problem", args.join(" "));
    assert.equal(line.exit, EXIT.usage);
    assert.match(line.text, text);
  }
});

Deno.test("parseCommandLine() prints help with exit codes for each key command", () => {
  const commands = ["ca create", "ca info", "tls check"];
  for (const name of ["add", "ls", "info", "renew", "revoke", "bundle", "install"]) commands.push(`key ${name}`);
  for (const command of commands) {
    const line = parseCommandLine([...command.split(" "), "--help"]);
    assert.ok(line.kind === "help", command);
    assert.match(line.text, /Exit codes: 0/, command);
    assert.match(line.text, /--json/, command);
  }
});

const FETCH = {
  name: "up",
  remoteCaDir: ".local/share/gridworks/ca",
  with: "gwcert",
  dns: [],
  timeoutS: 60,
  dryRun: false,
  server: false,
  force: false,
  json: false,
} as const;

Deno.test("parseCommandLine() reads which steps of key fetch are asked for", () => {
  const rows: readonly (readonly [readonly string[], object])[] = [
    [[], { deletes: true }],
    [["--no-delete"], { deletes: false }],
    [["--copy-only"], { only: "copy", deletes: false }],
    [["--copy-only", "--delete"], { only: "copy", deletes: true }],
    [["--generate-only"], { only: "make", deletes: false }],
  ];
  for (const [args, expected] of rows) {
    assert.deepEqual(call("key", "fetch", "up", ...args), { name: "key fetch", options: { ...FETCH, ...expected } });
  }
});

Deno.test("parseCommandLine() reads the remote of key fetch, and its port by itself", () => {
  const { options } = call("key", "fetch", "up", "--remote", "me@keys:1", "--port", "2", "--timeout", "600");
  const remote = { user: "me", host: "keys", port: 2 };
  assert.deepEqual(options, { ...FETCH, deletes: true, remote, timeoutS: 600 });
});

Deno.test("parseCommandLine() refuses key fetch when its options do not fit", () => {
  for (
    const [args, text] of [
      [["--generate-only", "--copy-only"], /cannot be used with option '--copy-only'/],
      [["--generate-only", "--delete"], /cannot be used with option '--delete'/],
      [["--remote", "-oProxyCommand=x"], /Cannot use remote as it must be like user@host/],
      [["--port", "22"], /--port must come with --remote/],
      [["--timeout", "601"], /whole number from 1 to 600/],
    ] as const
  ) {
    const line = parseCommandLine(["key", "fetch", "up", ...args]);
    assert.ok(line.kind === "problem" && line.exit === EXIT.usage, args.join(" "));
    assert.match(line.text, text);
  }
});
