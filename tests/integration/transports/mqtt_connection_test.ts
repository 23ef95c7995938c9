import { strict as assert } from "node:assert";
import { type Certificates, makeCertificates } from "../../support/certificates.ts";
import { freePort, makePasswordFile, startMosquitto } from "../../support/mosquitto.ts";
import { openProbe, type Probe, settle, until } from "./_rig.ts";

async function refused(one: Probe): Promise<{ refusal: string; reason: string }> {
  one.effect({ kind: "connect" });
  const { refusal, reason } = await one.nth("connect_failed", 1);
  await settle();
  assert.equal(one.inputs.length, 1);
  return { refusal, reason };
}

function startTls(made: Certificates) {
  const { certPath, keyPath } = made.server;
  return startMosquitto({ tls: { caPath: made.caPath, certPath, keyPath }, requireCertificate: true });
}

Deno.test("effect() names the topics that the broker refuses in suback", async () => {
  await using broker = await rawBroker([0x20, 2, 0, 0], (packet) => {
    const id = packet.subarray(2, 4);
    return packet[0] === 0x82 ? [0x90, 5, id[0]!, id[1]!, 0, 0x80, 0x80] : undefined;
  });
  await using one = openProbe({ port: broker.port, host: "127.0.0.1" });
  one.effect({ kind: "connect" });
  await one.nth("connected", 1);
  one.effect({ kind: "subscribe", id: 5, topics: ["a", "b", "c"] });
  assert.deepEqual(await one.nth("suback", 1), { kind: "suback", connection: "c", id: 5, refused: ["b", "c"] });
});

Deno.test("effect() gets nothing of a topic that mosquitto's ACL hides, though its suback grants it", async () => {
  await using broker = await startMosquitto({ acl: ["topic readwrite good/#"] });
  await using one = openProbe({ port: broker.port });
  one.effect({ kind: "connect" });
  await one.nth("connected", 1);
  one.effect({ kind: "subscribe", id: 1, topics: ["good/a", "bad/b"] });
  // An ACL file of mosquitto is asked at delivery, not at SUBSCRIBE.
  assert.deepEqual(await one.nth("suback", 1), { kind: "suback", connection: "c", id: 1, refused: [] });
  one.effect({ kind: "publish", topic: "bad/b", bytes: Uint8Array.of(1), token: 1 });
  one.effect({ kind: "publish", topic: "good/a", bytes: Uint8Array.of(2), token: 2 });
  assert.equal((await one.nth("message", 1)).topic, "good/a");
});

Deno.test("effect() reports refused credentials when user name and password are wrong, and connects when right", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const passwordFile = await makePasswordFile(folder, "hearth", "right");
    await using broker = await startMosquitto({ passwordFile });
    await using wrong = openProbe({ port: broker.port, username: "hearth", password: "wrong" });
    const refusal = { refusal: "credentials", reason: "the broker did not authorize this client (CONNACK 5)" };
    assert.deepEqual(await refused(wrong), refusal);
    await using nobody = openProbe({ port: broker.port, password: "right" });
    assert.deepEqual(await refused(nobody), refusal);
    await using right = openProbe({ port: broker.port, username: "hearth", password: "right" });
    right.effect({ kind: "connect" });
    await right.nth("connected", 1);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

for (
  const [code, refusal, reason] of [
    [1, "protocol", "the broker refused the protocol version (CONNACK 1)"],
    [2, "protocol", "the broker refused the client id (CONNACK 2)"],
    [3, "network", "the broker is not available (CONNACK 3)"],
    [4, "credentials", "the broker refused user name or password (CONNACK 4)"],
  ] as const
) {
  Deno.test(`effect() reports "${refusal}" when the broker answers CONNACK ${code}`, async () => {
    await using broker = await rawBroker([0x20, 2, 0, code]);
    await using one = openProbe({ port: broker.port, host: "127.0.0.1" });
    assert.deepEqual(await refused(one), { refusal, reason });
  });
}

Deno.test("effect() reports the protocol when the peer speaks something else", async () => {
  await using broker = await rawBroker([...new TextEncoder().encode("HTTP/1.1 400 Bad Request\r\n\r\n")]);
  await using one = openProbe({ port: broker.port, host: "127.0.0.1" });
  assert.equal((await refused(one)).refusal, "protocol");
});

Deno.test("effect() reports the protocol when the broker closes before CONNACK", async () => {
  await using broker = await rawBroker([]);
  await using one = openProbe({ port: broker.port, host: "127.0.0.1" });
  one.effect({ kind: "connect" });
  await until(() => broker.clients.length === 1, "the client arrives");
  broker.clients[0]!.close();
  const { refusal, reason } = await one.nth("connect_failed", 1);
  assert.deepEqual([refusal, reason], ["protocol", "the broker closed the connection before its CONNACK"]);
});

Deno.test("effect() reports the network when nobody listens", async () => {
  const port = freePort();
  await using one = openProbe({ port, host: "127.0.0.1" });
  const { refusal, reason } = await refused(one);
  assert.deepEqual([refusal, reason], ["network", `connect ECONNREFUSED 127.0.0.1:${port}`]);
});

Deno.test("effect() reports the network when the broker is silent for the connect time", async () => {
  await using broker = await rawBroker([]);
  await using one = openProbe({ port: broker.port, host: "127.0.0.1", connectTimeoutMs: 200 });
  assert.deepEqual(await refused(one), { refusal: "network", reason: "the broker did not answer within 200 ms" });
});

Deno.test("effect() emits one disconnected when the broker is killed, and connects again when it is back", async () => {
  await using broker = await startMosquitto();
  await using one = openProbe({ port: broker.port });
  for (let round = 1; round <= 2; round++) {
    one.effect({ kind: "connect" });
    await one.nth("connected", round);
    await broker.kill();
    await one.nth("disconnected", round);
    await settle();
    await broker.restart();
  }
  assert.deepEqual(one.inputs.map((input) => input.kind), ["connected", "disconnected", "connected", "disconnected"]);
});

Deno.test("effect() answers only the first connect when several links ask", async () => {
  await using broker = await startMosquitto();
  await using one = openProbe({ port: broker.port });
  one.effect({ kind: "connect" });
  one.effect({ kind: "connect" });
  await one.nth("connected", 1);
  one.effect({ kind: "connect" });
  await settle();
  assert.deepEqual(one.inputs, [{ kind: "connected", connection: "c" }]);
  assert.deepEqual(one.records.map((record) => record.fields["state"]), ["connecting", "connected"]);
});

Deno.test("effect() drops what an earlier attempt still says after disconnect and connect", async () => {
  await using broker = await startMosquitto();
  await using one = openProbe({ port: broker.port });
  one.effect({ kind: "connect" });
  one.effect({ kind: "disconnect" });
  await one.nth("disconnected", 1);
  one.effect({ kind: "connect" });
  await one.nth("connected", 1);
  await settle();
  assert.deepEqual(one.inputs.map((input) => input.kind), ["disconnected", "connected"]);
});

Deno.test("effect() withholds taken while the socket has no room, and ends the connection above the bound", async () => {
  await using broker = await startMosquitto();
  await using one = openProbe({ port: broker.port, unsentBytesMax: 1_000_000 });
  one.effect({ kind: "connect" });
  await one.nth("connected", 1);
  broker.signal("SIGSTOP");
  const bytes = new Uint8Array(100_000);
  let sent = 0;
  while (!one.inputs.some((input) => input.kind === "disconnected") && sent < 1_000) {
    one.effect({ kind: "publish", topic: "t", bytes, token: ++sent });
    await settle1();
  }
  broker.signal("SIGCONT");
  const { reason } = await one.nth("disconnected", 1);
  assert.match(
    reason,
    /^Cannot publish to "t" as at most 1000000 bytes must wait for the socket: current value is \d+$/,
  );
  const taken = one.inputs.filter((input) => input.kind === "taken").length;
  // About ten publishes of 100 kB fit the bound; none of them may count as taken.
  assert.equal(sent - taken >= 8 && sent - taken <= 12, true, `${taken} taken of ${sent}`);
});

Deno.test("effect() reports taken in order when the socket has room again", async () => {
  await using broker = await startMosquitto();
  await using one = openProbe({ port: broker.port, unsentBytesMax: 50_000_000 });
  one.effect({ kind: "connect" });
  await one.nth("connected", 1);
  const count = 200;
  const bytes = new Uint8Array(100_000);
  for (let token = 1; token <= count; token++) one.effect({ kind: "publish", topic: "t", bytes, token });
  await one.nth("taken", count);
  const tokens = one.inputs.flatMap((input) => input.kind === "taken" ? [input.token] : []);
  assert.deepEqual(tokens, Array.from({ length: count }, (_, i) => i + 1));
});

Deno.test("pause() stops messages until resume(), and none is lost", async () => {
  await using broker = await startMosquitto();
  await using one = openProbe({ port: broker.port });
  await using two = openProbe({ port: broker.port });
  for (const probe of [one, two]) {
    probe.effect({ kind: "connect" });
    await probe.nth("connected", 1);
  }
  one.effect({ kind: "subscribe", id: 1, topics: ["t"] });
  await one.nth("suback", 1);
  one.pause();
  for (let index = 0; index < 200; index++) {
    two.effect({ kind: "publish", topic: "t", bytes: Uint8Array.of(index), token: index + 1 });
  }
  await two.nth("taken", 200);
  await settle();
  assert.equal(one.inputs.filter((input) => input.kind === "message").length <= 1, true);
  one.resume();
  await one.nth("message", 200);
  const order = one.inputs.flatMap((input) => input.kind === "message" ? [input.bytes[0]] : []);
  assert.deepEqual(order, Array.from({ length: 200 }, (_, i) => i));
});

Deno.test("effect() reports TLS in clear text when the broker's CA is another", async () => {
  using made = await makeCertificates();
  await using broker = await startTls(made);
  await using one = openProbe({ port: broker.port, tls: { ca: made.otherCa, ...pair(made.client) } });
  const { refusal, reason } = await refused(one);
  assert.equal(refusal, "tls");
  assert.match(reason, /unknown ?issuer|unable to (get|verify)|self-signed/i);
});

Deno.test("effect() reports TLS in clear text when there is no client certificate", async () => {
  using made = await makeCertificates();
  await using broker = await startTls(made);
  await using one = openProbe({ port: broker.port, tls: { ca: made.ca } });
  const { refusal, reason } = await refused(one);
  assert.equal(refusal, "tls");
  assert.match(reason, /certificate ?required|handshake ?failure/i);
});

Deno.test("effect() reports TLS in clear text when the client certificate is of another CA", async () => {
  using made = await makeCertificates();
  await using broker = await startTls(made);
  await using one = openProbe({ port: broker.port, tls: { ca: made.ca, ...pair(made.wrongCaClient) } });
  const { refusal, reason } = await refused(one);
  assert.equal(refusal, "tls");
  assert.match(reason, /unknown ?ca|certificate|decrypt ?error/i);
});

Deno.test("effect() reports TLS in clear text when the broker's certificate has another host name", async () => {
  using made = await makeCertificates();
  await using broker = await startTls(made);
  await using one = openProbe({ port: broker.port, host: "127.0.0.2", tls: { ca: made.ca, ...pair(made.client) } });
  // The broker listens on 127.0.0.1 alone, so a relay gives it the other name.
  await using relay = await startRelay("127.0.0.2", broker.port);
  await using two = openProbe({ port: relay.port, host: "127.0.0.2", tls: { ca: made.ca, ...pair(made.client) } });
  assert.equal((await refused(one)).refusal, "network");
  const { refusal, reason } = await refused(two);
  assert.equal(refusal, "tls");
  assert.match(reason, /not ?valid ?for ?name|altname/i);
});

for (
  const [kind, reason] of [
    [
      "mismatchedClient",
      'Cannot use the client key as it must belong to the client certificate "CN=hearth": its public key is another',
    ],
    ["v1Client", "Cannot use the client certificate as it must be X.509 version 3: it is version 1"],
  ] as const
) {
  Deno.test(`effect() refuses before any byte is sent when it has the ${kind}`, async () => {
    using made = await makeCertificates();
    await using broker = await rawBroker([]);
    await using one = openProbe({ port: broker.port, tls: { ca: made.ca, ...pair(made[kind]) } });
    assert.deepEqual(await refused(one), { refusal: "tls", reason });
    assert.equal(broker.clients.length, 0);
  });
}

Deno.test("effect() connects with an encrypted key and its passphrase", async () => {
  using made = await makeCertificates();
  await using broker = await startTls(made);
  const tls = { ca: made.ca, cert: made.client.cert, key: made.encryptedKey, passphrase: made.passphrase };
  await using one = openProbe({ port: broker.port, tls });
  one.effect({ kind: "connect" });
  await one.nth("connected", 1);
});

Deno.test("dispose() is silent when the reason of a refusal is being asked for", async () => {
  using made = await makeCertificates();
  await using broker = await rawBroker([]);
  const one = openProbe({ port: broker.port, host: "127.0.0.1", tls: { ca: made.ca, ...pair(made.client) } });
  one.effect({ kind: "connect" });
  await until(() => broker.clients.length === 1, "the client arrives");
  broker.clients[0]!.close();
  await until(() => broker.clients.length === 2, "the question arrives");
  await one[Symbol.asyncDispose]();
  assert.deepEqual(one.inputs, []);
});

function pair({ cert, key }: { readonly cert: string; readonly key: string }) {
  return { cert, key };
}

async function settle1(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 1));
}

/** A listener that greets each client with fixed bytes after its first packet, and may answer the later ones. */
async function rawBroker(greeting: readonly number[], answer?: (packet: Uint8Array) => number[] | undefined) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const clients: Deno.TcpConn[] = [];
  const serving: Promise<void>[] = [];
  async function serve(client: Deno.TcpConn): Promise<void> {
    const buffer = new Uint8Array(65_536);
    for (let first = true;; first = false) {
      const n = await client.read(buffer).catch(() => null);
      if (n === null) break;
      const bytes = first ? greeting : answer?.(buffer.subarray(0, n)) ?? [];
      if (bytes.length > 0) await client.write(Uint8Array.from(bytes)).catch(() => {});
    }
    closeOnce(client);
  }
  async function accept(): Promise<void> {
    for await (const client of listener) {
      clients.push(client);
      serving.push(serve(client));
    }
  }
  const accepting = accept();
  await Promise.resolve();
  return {
    port: (listener.addr as Deno.NetAddr).port,
    clients,
    async [Symbol.asyncDispose]() {
      listener.close();
      await accepting;
      // A TLS client that closes in its handshake keeps the socket until this side goes.
      clients.forEach(closeOnce);
      await Promise.all(serving);
    },
  };
}

function closeOnce(client: Deno.TcpConn): void {
  try {
    client.close();
  } catch (thrown) {
    if (!(thrown instanceof Deno.errors.BadResource)) throw thrown;
  }
}

/** Passes bytes between another loopback address and a port of 127.0.0.1. */
async function startRelay(hostname: string, to: number) {
  const listener = Deno.listen({ hostname, port: 0 });
  const pipes: Promise<unknown>[] = [];
  async function accept(): Promise<void> {
    for await (const near of listener) {
      const far = await Deno.connect({ hostname: "127.0.0.1", port: to });
      pipes.push(
        near.readable.pipeTo(far.writable).catch(() => {}),
        far.readable.pipeTo(near.writable).catch(() => {}),
      );
    }
  }
  const accepting = accept();
  await Promise.resolve();
  return {
    port: (listener.addr as Deno.NetAddr).port,
    async [Symbol.asyncDispose]() {
      listener.close();
      await accepting;
      await Promise.all(pipes);
    },
  };
}
