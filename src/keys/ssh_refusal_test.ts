import { strict as assert } from "node:assert";
import { saidText, sshRefusal } from "./ssh_refusal.ts";

const PLACE = { remote: "me@keys", host: "keys" };

// As OpenSSH 9.2 writes them.
const CHANGED = `@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @
@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
Host key verification failed.`;
const OPEN_KEY = `@         WARNING: UNPROTECTED PRIVATE KEY FILE!          @
Permissions 0644 for '/k' are too open.
me@keys: Permission denied (publickey).`;

Deno.test("sshRefusal() tells who must act and what to do, the reason before what follows from it", () => {
  const rows: readonly (readonly [string, string, RegExp])[] = [
    [CHANGED, "remote", /another host key .*"ssh-keygen -R 'keys'" forgets/],
    [
      "No ED25519 host key is known for keys and you have requested strict checking.\r\nHost key verification failed.",
      ...[
        "remote",
        /not known here.*run "ssh me@keys" once/,
      ] as const,
    ],
    [OPEN_KEY, "here", /chmod 600/],
    ["me@keys: Permission denied (publickey,password).", "remote", /authorized_keys of me@keys/],
    ["ssh: Could not resolve hostname keys: Name or service not known", "network", /no such host/],
    ["ssh: connect to host keys port 22: Connection timed out", "network", /does not answer/],
    ["ssh: connect to host keys port 22: Connection refused", "network", /nothing listens/],
    ["kex_exchange_identification: read: Connection reset by peer", "network", /cut/],
    ["Unable to negotiate with 10.0.0.1 port 22: no matching key exchange method found.", "remote", /too old/],
    [
      "/c: line 1: Bad configuration option: x\r\n/c: terminating, 1 bad configuration options",
      "here",
      /configuration/,
    ],
  ];
  for (const [said, fault, means] of rows) {
    const found = sshRefusal(said, PLACE);
    assert.equal(found?.fault, fault, said);
    assert.match(found!.means, means);
    assert.equal(/[\n{}]/.test(found!.means), false);
  }
  assert.equal(sshRefusal("something else", PLACE), undefined);
});

Deno.test("saidText() is one bounded line without controls, and never a private key", () => {
  assert.equal(saidText(" a\r\nb\n\x1b[31mred\x07 "), "a; b; ?[31mred?");
  assert.equal(saidText("x".repeat(2_000)).length, 1_001);
  assert.match(saidText("-----BEGIN PRIVATE KEY-----\nMII"), /^\(left out/);
  assert.equal(saidText(""), "");
});
