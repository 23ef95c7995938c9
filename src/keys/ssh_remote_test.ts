import { strict as assert } from "node:assert";
import { remoteText, shellWord, sshArguments, sshRemote } from "./ssh_remote.ts";

Deno.test("sshRemote() reads user, host and port in each form that ssh knows", () => {
  const rows: readonly (readonly [string, object])[] = [
    ["keys", { host: "keys" }],
    ["ubuntu@keys.example", { user: "ubuntu", host: "keys.example" }],
    ["ubuntu@keys.example:2222", { user: "ubuntu", host: "keys.example", port: 2_222 }],
    ["ssh://ubuntu@keys.example:1/", { user: "ubuntu", host: "keys.example", port: 1 }],
    ["10.0.0.1:65535", { host: "10.0.0.1", port: 65_535 }],
    ["::1", { host: "::1" }],
    ["fe80::1:2", { host: "fe80::1:2" }],
    ["me@[::1]:22", { user: "me", host: "::1", port: 22 }],
    ["[fe80::1]", { host: "fe80::1" }],
  ];
  for (const [text, remote] of rows) assert.deepEqual(sshRemote(text), remote, text);
});

Deno.test("sshRemote() refuses what would be an option, a command, or no port", () => {
  for (
    const text of [
      "",
      "-oProxyCommand=x",
      "a@-x",
      "a b",
      "a;b",
      "a@b@c",
      "$(x)",
      "a:0",
      "a:65536",
      "a:",
      "a/b",
      "http://a",
    ]
  ) {
    assert.throws(() => sshRemote(text), RangeError, text);
  }
});

Deno.test("sshArguments() asks nobody, trusts nobody new, forwards nothing, and ends its options before the host", () => {
  const args = sshArguments({ remote: { host: "keys", user: "me" } }, "true");
  for (const option of ["BatchMode=yes", "StrictHostKeyChecking=yes", "ClearAllForwardings=yes", "ControlMaster=no"]) {
    assert.equal(args[args.indexOf(option) - 1], "-o", option);
  }
  assert.deepEqual(args.slice(0, 3), ["-a", "-x", "-T"]);
  assert.deepEqual(args.slice(-3), ["--", "me@keys", "true"]);
  assert.equal(args.includes("-i") || args.includes("-p") || args.includes("-F"), false);
});

Deno.test("sshArguments() takes identity, host keys, configuration and port", () => {
  const paths = { identity: "/k/id", knownHosts: "/k/known hosts", config: "/k/config" };
  const args = sshArguments({ remote: { host: "keys", port: 22 }, ...paths }, "true").join("|");
  for (const part of ["-F|/k/config|", "-i|/k/id|", "IdentitiesOnly=yes|", "-p|22|--|keys|true"]) {
    assert.ok(args.includes(part), part);
  }
  assert.ok(args.includes('-o|UserKnownHostsFile="/k/known hosts"|-o|GlobalKnownHostsFile=none|'));
});

Deno.test("sshArguments() refuses a path that ssh would read otherwise", () => {
  for (const path of ["/a%h", "/${HOME}/a", '/a"b', "/a\nb", "/a\\b"]) {
    for (const name of ["identity", "knownHosts", "config"] as const) {
      assert.throws(() => sshArguments({ remote: { host: "a" }, [name]: path }, "true"), RangeError, path);
    }
  }
});

Deno.test("shellWord() quotes only what a shell would read otherwise", () => {
  assert.equal(shellWord("/home/a.b-c_d/1"), "/home/a.b-c_d/1");
  assert.equal(shellWord(""), "''");
  assert.equal(shellWord("a b"), "'a b'");
  assert.equal(shellWord("$(x);~*"), "'$(x);~*'");
  assert.equal(shellWord("it's"), "'it'\\''s'");
  assert.equal(remoteText({ host: "a" }), "a");
});
