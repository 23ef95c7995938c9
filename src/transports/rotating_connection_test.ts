import { strict as assert } from "node:assert";
import type { CredentialsTold } from "../core/credentials.ts";
import type { ConnectionEffect, ConnectionInput } from "../links/connection_port.ts";
import { type VirtualClock, virtualClock } from "../testing/virtual_clock.ts";
import type { MqttConnectionConfig } from "./mqtt_config.ts";
import type { MqttConnection } from "./mqtt_connection.ts";
import { type RotatingConnection, rotatingConnection, TLS_SETTLE_MS, TLS_TRY_AGAIN_MS } from "./rotating_connection.ts";
import type { TlsTexts } from "./tls_preflight.ts";

const POLL_MS = 1_000;
/** Awaits between a look and its outcome are fewer. */
const TURNS = 20;

/** A connection that does what the test says, and remembers what it was asked. */
interface Fake extends MqttConnection {
  readonly config: MqttConnectionConfig;
  readonly asked: string[];
  tls: TlsTexts | undefined;
  disposed: boolean;
  tell(input: Partial<ConnectionInput> & { readonly kind: ConnectionInput["kind"] }): void;
}

function fakeConnection(config: MqttConnectionConfig, emit: (input: ConnectionInput) => void): Fake {
  const asked: string[] = [];
  const fake: Fake = {
    config,
    asked,
    tls: config.tls,
    disposed: false,
    tell: (input) => emit({ connection: config.name, ...input } as ConnectionInput),
    effect: (effect) => void asked.push(effect.kind),
    pause: () => void asked.push("pause"),
    resume: () => void asked.push("resume"),
    useTls: (tls) => fake.tls = tls,
    renew: () => void asked.push("renew"),
    [Symbol.dispose]: () => fake.disposed = true,
  };
  return fake;
}

/** One rotation over fakes; `files` is what the disk holds, and a text with "bad" in it is a misfit. */
class Stage {
  readonly clock: VirtualClock = virtualClock();
  readonly opened: Fake[] = [];
  readonly told: CredentialsTold[] = [];
  readonly heard: ConnectionInput[] = [];
  readonly logged: string[] = [];
  readonly connection: RotatingConnection;
  files: string;
  mark = 0;
  reads = 0;
  /** Nothing is a misfit any more. */
  isRight = false;
  /** Happens to the files between the reads of two of them. */
  duringRead: (() => void) | undefined;

  /** @param unread Why the first set could not be read; its files are missing then. */
  constructor(files = "one", unread?: string) {
    this.files = files;
    const clock = this.clock;
    const config = {
      ...{ name: "up", host: "h", port: 1, clientId: "first", tls: this.#texts() },
      ...(unread === undefined ? {} : { unread }),
    };
    this.connection = rotatingConnection(config, (input) => this.heard.push(input), {
      host: { after: (ms, name, act) => clock.after(ms, name, act), log: ({ event }) => void this.logged.push(event) },
      open: (own, emit) => this.opened[this.opened.push(fakeConnection(own, emit)) - 1]!,
      mark: () => Promise.resolve(`${this.mark}`),
      read: () => {
        this.reads++;
        const texts = this.#texts();
        this.duringRead?.();
        if (this.files === "") return { problems: [{ level: "error", item: "ca", text: "there is no such file" }] };
        return { texts, problems: [] };
      },
      check: (tls) => tls.ca.includes("bad") && !this.isRight ? `misfit: ${tls.ca}` : undefined,
      newClientId: () => "second",
      tell: (told) => this.told.push(told),
      pollMs: POLL_MS,
    });
  }

  #texts(): TlsTexts {
    return { ca: this.files, cert: this.files, key: this.files };
  }

  get first(): Fake {
    return this.opened[0]!;
  }

  /** The last second connection. */
  get trial(): Fake {
    assert.ok(this.opened.length > 1, "there was a trial");
    return this.opened.at(-1)!;
  }

  get trials(): number {
    return this.opened.length - 1;
  }

  get refusals(): readonly string[] {
    return this.told.flatMap((told) => told.verdict === "refused" ? [told.reason] : []);
  }

  ask(kind: "connect" | "disconnect"): void {
    this.connection.effect({ kind, connection: "up" } as ConnectionEffect);
  }

  /** Time goes by in steps, each with its turns of the runtime. */
  async run(forMs: number): Promise<void> {
    for (let ms = 0; ms < forMs; ms += POLL_MS / 2) {
      this.clock.run(POLL_MS / 2);
      for (let turn = 0; turn < TURNS; turn++) await Promise.resolve();
    }
  }

  async replace(files: string, forMs = TLS_SETTLE_MS + 3 * POLL_MS): Promise<void> {
    this.files = files;
    this.mark++;
    await this.run(forMs);
  }

  /** Connected with the first set, and the files known. */
  async start(): Promise<this> {
    this.ask("connect");
    this.first.tell({ kind: "connected" });
    await this.run(3 * TLS_SETTLE_MS);
    assert.deepEqual([this.trials, this.refusals.length, this.told.length], [0, 0, 1]);
    return this;
  }

  /** The connection is lost, and asked for again. */
  reconnect(): void {
    this.first.tell({ kind: "disconnected", reason: "lost" });
    this.ask("connect");
  }
}

const REFUSED = { kind: "connect_failed", refusal: "tls", reason: "alert" } as const;
const UNREACHED = { kind: "connect_failed", refusal: "network", reason: "nobody" } as const;

Deno.test("rotatingConnection() tries new files on a second connection, then renews the first", async () => {
  const stage = await new Stage().start();
  await stage.replace("two");
  const { name, clientId, tls } = stage.trial.config;
  assert.deepEqual([name, clientId, tls?.ca], ["up.trial", "second", "two"]);
  assert.deepEqual(stage.first.asked, ["connect"], "nothing happens to the first one before the answer");
  stage.trial.tell({ kind: "connected" });
  assert.deepEqual(stage.trial.asked, ["connect", "disconnect"]);
  assert.deepEqual(stage.first.asked, ["connect", "renew"]);
  stage.reconnect();
  assert.equal(stage.first.tls?.ca, "two");
  stage.first.tell({ kind: "connected" });
  await stage.run(10 * POLL_MS);
  assert.deepEqual([stage.trials, stage.told.length, stage.refusals.length], [1, 2, 0]);
  assert.deepEqual(stage.heard.map(({ kind }) => kind), ["connected", "disconnected", "connected"]);
});

Deno.test("rotatingConnection() tells what it starts with, also when that is a misfit: a clock that is wrong finds so", () => {
  assert.deepEqual(new Stage("bad").told.map(({ verdict }) => verdict), ["in_use", "refused"]);
  assert.deepEqual(new Stage().told.map(({ verdict }) => verdict), ["in_use"]);
});

Deno.test("rotatingConnection() waits for files that are missing when it is made, says so once, and uses them", async () => {
  const stage = new Stage("", "there is no such file");
  stage.ask("connect");
  stage.first.tell({ kind: "connect_failed", refusal: "tls", reason: "no CA" });
  await stage.run(5 * POLL_MS);
  assert.deepEqual(stage.refusals, ["there is no such file"]);
  await stage.replace("one");
  await stage.run(TLS_SETTLE_MS + 3 * POLL_MS);
  stage.ask("connect");
  assert.equal(stage.first.tls?.ca, "one");
  stage.first.tell({ kind: "connected" });
  assert.deepEqual(stage.logged, ["connection.credentials_refused", "connection.credentials_taken"]);
  assert.equal(stage.trials, 0);
});

Deno.test("rotatingConnection() waits until files keep still, and reads none before", async () => {
  const stage = await new Stage().start();
  const { reads } = stage;
  for (let n = 0; n < 10; n++) await stage.replace(`part ${n}`, TLS_SETTLE_MS - POLL_MS);
  assert.deepEqual([stage.reads, stage.trials], [reads, 0]);
  await stage.run(2 * TLS_SETTLE_MS);
  assert.equal(stage.trial.config.tls?.ca, "part 9");
});

Deno.test("rotatingConnection() does not judge texts of two sets when a file is replaced while they are read", async () => {
  const stage = await new Stage().start();
  stage.duringRead = () => {
    stage.duringRead = undefined;
    stage.files = "two";
    stage.mark++;
  };
  await stage.replace("half two");
  assert.deepEqual([stage.trials, stage.trial.config.tls?.ca], [1, "two"]);
});

Deno.test("rotatingConnection() keeps to what a connect began with when it is asked for again", async () => {
  const stage = await new Stage().start();
  stage.first.tell({ kind: "disconnected", reason: "lost" });
  stage.ask("connect");
  await stage.replace("two");
  stage.ask("connect");
  assert.equal(stage.first.tls?.ca, "one");
  stage.first.tell({ kind: "connected" });
  assert.equal(stage.trial.config.tls?.ca, "two");
});

Deno.test("rotatingConnection() gives a misfit time for its other part, and then tells it once for each content", async () => {
  const stage = await new Stage().start();
  await stage.replace("bad half", TLS_SETTLE_MS + POLL_MS);
  assert.deepEqual(stage.refusals, []);
  await stage.replace("two");
  assert.equal(stage.trial.config.tls?.ca, "two");
  stage.trial.tell({ kind: "connected" });
  await stage.replace("bad");
  assert.deepEqual(stage.refusals, ["misfit: bad"]);
  await stage.run(100 * POLL_MS);
  await stage.replace("bad");
  assert.deepEqual(stage.refusals, ["misfit: bad"], "touched, but of the same content");
  await stage.replace("");
  assert.deepEqual(stage.refusals, ["misfit: bad", "there is no such file"]);
  assert.deepEqual([stage.trials, stage.first.asked.filter((what) => what === "renew").length], [1, 1]);
});

Deno.test("rotatingConnection() keeps the connection when the broker refuses, tells it once and tries again later", async () => {
  const stage = await new Stage().start();
  await stage.replace("two");
  stage.trial.tell(REFUSED);
  assert.deepEqual(stage.refusals, ["alert"]);
  for (const n of [2, 3]) {
    const { trial } = stage;
    await stage.run(TLS_TRY_AGAIN_MS + POLL_MS);
    assert.equal(stage.trials, n);
    assert.ok(trial.disposed);
    stage.trial.tell(REFUSED);
  }
  assert.deepEqual([stage.refusals, stage.first.asked], [["alert"], ["connect"]]);
  await stage.run(TLS_TRY_AGAIN_MS + POLL_MS);
  stage.trial.tell({ kind: "connected" });
  assert.deepEqual(stage.first.asked, ["connect", "renew"]);
});

Deno.test("rotatingConnection() uses files that fit at the next connect when there is no connection", async () => {
  const stage = await new Stage().start();
  stage.first.tell({ kind: "disconnected", reason: "lost" });
  await stage.replace("two");
  assert.equal(stage.trials, 0);
  stage.ask("connect");
  assert.equal(stage.first.tls?.ca, "two");
  assert.equal(stage.told.length, 1, "not in use before the broker accepted them");
  stage.first.tell({ kind: "connected" });
  assert.deepEqual([stage.told.length, stage.refusals.length], [2, 0]);
  assert.equal(stage.first.asked.includes("renew"), false);
});

Deno.test("rotatingConnection() takes turns between both sets while the broker refuses, and stays when it is silent", async () => {
  const stage = await new Stage().start();
  stage.first.tell({ kind: "disconnected", reason: "lost" });
  await stage.replace("two");
  const used: (string | undefined)[] = [];
  for (const answer of [UNREACHED, REFUSED, UNREACHED, REFUSED, REFUSED, REFUSED]) {
    stage.ask("connect");
    used.push(stage.first.tls?.ca);
    stage.first.tell(answer);
  }
  assert.deepEqual(used, ["two", "two", "one", "one", "two", "one"]);
  assert.deepEqual(stage.refusals, ["alert"]);
});

Deno.test("rotatingConnection() goes on with what the broker accepts when the files change during the connect", async () => {
  const stage = await new Stage().start();
  stage.first.tell({ kind: "disconnected", reason: "lost" });
  await stage.replace("two");
  stage.ask("connect");
  await stage.replace("three");
  stage.first.tell({ kind: "connected" });
  assert.equal(stage.trial.config.tls?.ca, "three", "the connection lives, so that the third set is tried");
  stage.trial.tell(REFUSED);
  stage.reconnect();
  assert.equal(stage.first.tls?.ca, "two");
});

Deno.test("rotatingConnection() judges a misfit again after a while and when the connection is lost, as dates pass", async () => {
  const stage = await new Stage().start();
  await stage.replace("bad for now");
  const { reads } = stage;
  await stage.run(TLS_TRY_AGAIN_MS + POLL_MS);
  assert.equal(stage.reads, reads + 1);
  stage.reconnect();
  await stage.run(POLL_MS);
  assert.equal(stage.reads, reads + 2);
  stage.first.tell(REFUSED);
  await stage.run(POLL_MS);
  assert.equal(stage.reads, reads + 3);
  stage.ask("connect");
  stage.first.tell({ kind: "connected" });
  assert.equal(stage.refusals.length, 1);
  stage.isRight = true;
  await stage.run(TLS_TRY_AGAIN_MS + POLL_MS);
  assert.equal(stage.trial.config.tls?.ca, "bad for now");
});

Deno.test("rotatingConnection() abandons a trial whose files are replaced, and one whose connection is lost", async () => {
  const stage = await new Stage().start();
  await stage.replace("two");
  const { trial } = stage;
  await stage.replace("three");
  assert.ok(trial.disposed);
  assert.equal(stage.trial.config.tls?.ca, "three");
  stage.first.tell({ kind: "disconnected", reason: "lost" });
  assert.ok(stage.trial.disposed);
  stage.ask("connect");
  assert.equal(stage.first.tls?.ca, "three");
});

Deno.test("rotatingConnection() does nothing more when it is disposed in the middle of a look", async () => {
  const stage = await new Stage().start();
  stage.duringRead = () => stage.connection[Symbol.dispose]();
  const { reads } = stage;
  stage.files = "two";
  stage.mark++;
  while (stage.reads === reads) await stage.run(POLL_MS / 2);
  assert.deepEqual([stage.trials, stage.clock.alive, stage.logged], [0, 0, []]);
});

Deno.test("rotatingConnection() leaves no timer and no connection when it is disposed", async () => {
  const stage = await new Stage().start();
  await stage.replace("two");
  stage.trial.tell(UNREACHED);
  stage.connection[Symbol.dispose]();
  assert.equal(stage.clock.alive, 0);
  assert.ok(stage.opened.every(({ disposed }) => disposed));
});
