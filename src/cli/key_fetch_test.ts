import { strict as assert } from "node:assert";
import { EXIT } from "../core/exit_codes.ts";
import { type CaTexts, issueCa, issueLeaf, type KeyFiles } from "../keys/mod.ts";
import type { SshEnd } from "./keys_host.ts";
import { runKeys } from "./keys_run.ts";
import type { KeysHost } from "./keys_context.ts";
import { parseCommandLine } from "./run_options.ts";
import type { KeyCall } from "./keys_call.ts";

const WALL_MS = Date.parse("2026-06-01T00:00:00Z");
const CONTEXT = { wallMs: WALL_MS, randomBytes: (count: number) => crypto.getRandomValues(new Uint8Array(count)) };
const KEY = { kind: "ec" } as const;

async function madeKey(): Promise<{ readonly ca: CaTexts; readonly cert: string; readonly key: string }> {
  const ca = await issueCa({ commonName: "House CA", days: 400, kind: KEY }, CONTEXT);
  const names = { dns: ["up"], ips: [] };
  const leaf = await issueLeaf({ commonName: "up", names, usages: ["client"], days: 300, key: KEY }, ca, CONTEXT);
  return { ca, cert: leaf.cert, key: leaf.key };
}

function memoryFiles(all: Map<string, string>): KeyFiles {
  return {
    stat: (path) => all.has(path) ? { kind: "file", mode: 0o600, bytes: all.get(path)!.length } : undefined,
    read: (path) => new TextEncoder().encode(all.get(path)),
    list: () => [],
    makeFolder: () => {},
    write: (path, bytes) => void all.set(path, new TextDecoder().decode(bytes)),
    remove: (path) => void all.delete(path),
  };
}

function ended(code: number, stdout = "", stderr = ""): SshEnd {
  return { kind: "ended", code, stdout: new TextEncoder().encode(stdout), stderr };
}

/** Runs a command line; `answer` says how ssh ends for a command of the remote. */
async function fetch(line: string, answer: (command: string, stop: () => void) => SshEnd) {
  const placed = new Map<string, string>();
  const ran: string[] = [];
  const envs: Readonly<Record<string, string>>[] = [];
  const printed = { stdout: "", stderr: "" };
  const signal = { stop: () => {} };
  const args = ["key", "fetch", ...line.split(" ")];
  const env = { HOME: "/home/pi", SSH_AUTH_SOCK: "/s", SCADA_X: "hush", HEARTH_KEY_REMOTE: "me@keys" };
  const host: KeysHost = {
    init: { command: "key", args, env, cwd: "/srv", isTerminal: false },
    print: (stream, text) => printed[stream] += text,
    readText: () => undefined,
    clock: () => ({ nowMs: 0, wallMs: WALL_MS, newId: () => "" }),
    onStop: (callback) => signal.stop = callback,
    keys: {
      files: memoryFiles(placed),
      randomBytes: () => assert.fail("nothing random here"),
      showChain: () => assert.fail("no TLS here"),
      askTls: () => assert.fail("no TLS here"),
      startSsh(words, bounds) {
        const command = words.at(-1)!;
        ran.push(command);
        envs.push(bounds.env);
        return { ended: Promise.resolve(answer(command, () => signal.stop())), stop: () => {} };
      },
    },
  };
  const parsed = parseCommandLine(args);
  assert.ok(parsed.kind === "command");
  const code = await runKeys(host, parsed.call as KeyCall);
  assert.equal(/PRIVATE KEY/.test(printed.stdout + printed.stderr), false);
  return { code, placed, ran, envs, ...printed };
}

Deno.test("keyFetch() makes, copies, checks, places and only then deletes", async () => {
  const { ca, cert, key } = await madeKey();
  const { code, placed, ran, envs, stdout } = await fetch("up --json", (command) => {
    if (command.includes("ca.crt ||")) return ended(0, ca.cert);
    if (command.endsWith(".crt")) return ended(0, cert);
    return ended(0, command.startsWith("cat") ? key : "");
  });
  assert.equal(code, EXIT.ok);
  assert.deepEqual(ran.map((command) => command.split(" ")[0]), ["test", "gwcert", "cat", "cat", "cat", "rm"]);
  const folder = "/home/pi/.config/gridworks/scada/certs/up";
  assert.deepEqual(Object.fromEntries(placed), {
    [`${folder}/private/up.pem`]: key,
    [`${folder}/ca.crt`]: ca.cert,
    [`${folder}/up.crt`]: cert,
  });
  for (const env of envs) assert.deepEqual(env, { HOME: "/home/pi", SSH_AUTH_SOCK: "/s" });
  const report = JSON.parse(stdout);
  assert.deepEqual([report.ok, report.remote, report.link, report.notes], [true, "me@keys", "up", []]);
});

Deno.test("keyFetch() ends with the code of who must act, and places nothing", async () => {
  const rows: readonly (readonly [SshEnd, number, RegExp])[] = [
    [{ kind: "not_started", because: "no such file" }, EXIT.environment, /must be there \(package openssh-client\)/],
    [{ kind: "late" }, EXIT.refused, /did not end within 60 s/],
    [{ kind: "flooded" }, EXIT.refused, /more than 1048576 bytes/],
    [{ kind: "stopped" }, EXIT.failure, /It was stopped/],
    [ended(255, "", "ssh: connect to host keys port 22: Connection refused"), EXIT.environment, /nothing listens/],
    [ended(255, "", "Host key verification failed."), EXIT.refused, /not known here/],
    [ended(255, "", "UNPROTECTED PRIVATE KEY FILE"), EXIT.configuration, /chmod 600 it\. ssh says: \(left out/],
    [ended(255), EXIT.refused, /ssh failed: ssh said nothing/],
    [ended(1, "", "cat: x: Permission denied"), EXIT.refused, /does not give it.*Permission denied/],
    [ended(0, "no PEM"), EXIT.configuration, /must be PEM/],
  ];
  for (const [end, expected, text] of rows) {
    const { code, placed, stderr, stdout } = await fetch("up --copy-only --delete", () => end);
    assert.equal(code, expected, stdout + stderr);
    assert.match(stderr, text);
    assert.deepEqual([...placed], []);
  }
});

Deno.test("keyFetch() begins no step after a stop, and says where a key that was made waits", async () => {
  const { code, placed, ran, stdout, stderr } = await fetch("up", (command, stop) => {
    if (command.startsWith("cat")) stop();
    return ended(0);
  });
  assert.deepEqual([code, ran.length, [...placed]], [EXIT.failure, 3, []]);
  assert.match(stderr, /It was stopped/);
  assert.match(stdout, /The key was made, and stays on the remote, in .*certs\/up: --copy-only --delete fetches it/);
});

Deno.test("keyFetch() says that the private key is still there when it cannot be deleted, and keeps what was placed", async () => {
  const { ca, cert, key } = await madeKey();
  const { code, placed, stderr } = await fetch("up --copy-only --delete", (command) => {
    if (command.startsWith("rm")) return ended(1, "", "rm: Permission denied");
    if (command.includes("ca.crt ||")) return ended(0, ca.cert);
    return ended(0, command.endsWith(".crt") ? cert : key);
  });
  assert.deepEqual([code, placed.size], [EXIT.refused, 3]);
  assert.match(stderr, /the private key is still there, in .*certs\/up\. The remote says: rm: Permission denied/);
});

Deno.test("keyFetch() runs and writes nothing in a dry run", async () => {
  const { code, placed, ran, stdout } = await fetch("up --dry-run", () => assert.fail("nothing is run"));
  assert.deepEqual([code, ran, [...placed]], [EXIT.ok, [], []]);
  assert.equal(stdout.match(/^ {3}\/usr\/bin\/ssh .* -- me@keys '/gm)?.length, 6);
});
