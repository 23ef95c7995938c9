/** A broker that wants client certificates, an agent, and the files of the agent's link, which a test replaces. */
import { strict as assert } from "node:assert";
import type { CaTexts, IssuedLeaf } from "../../../src/keys/mod.ts";
import { type Certificates, type LeafChange, makeCertificates, makeLeaf } from "../../support/certificates.ts";
import { runEnv } from "../../support/hearth_house.ts";
import type { LiveObject } from "../../support/hearth_output.ts";
import { type HearthProcess, startHearth, temporaryFolder } from "../../support/hearth_process.ts";
import { type Mosquitto, startMosquitto } from "../../support/mosquitto.ts";

/** Texts of the three files of a link; a missing one is removed. */
export interface LinkTexts {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** One record of the agent's log. */
export interface LogLine {
  readonly level: string;
  readonly event: string;
  readonly connection?: string;
  readonly reason?: string;
  readonly subject?: string;
  readonly until?: string;
}

/** Name of the agent's link and connection. */
export const LINK = "gridworks_mqtt";
/** A look at the files every 200 ms; the settle time stays as it is. */
const QUICK = { SCADA_GRIDWORKS_MQTT__TLS__POLL_SECONDS: "0.2" };

/** Everything of one test; disposing removes it all. */
export class RotationStage implements AsyncDisposable {
  readonly made: Certificates;
  readonly ca: CaTexts;
  readonly #folder = temporaryFolder();
  #broker: Mosquitto;

  constructor(made: Certificates, broker: Mosquitto) {
    this.made = made;
    this.ca = { cert: made.ca, key: Deno.readTextFileSync(`${made.folder}/ca.key`) };
    this.#broker = broker;
  }

  /** @param options `trusts`: CAs whose clients the broker takes beside its own CA's; `more`: lines of its configuration. */
  static async make(
    { trusts = [], more: lines = [] }: { readonly trusts?: readonly CaTexts[]; readonly more?: readonly string[] } = {},
  ): Promise<RotationStage> {
    const made = await makeCertificates();
    const { certPath, keyPath } = made.server;
    const caPath = `${made.folder}/trusted.crt`;
    await Deno.writeTextFile(caPath, made.ca + trusts.map(({ cert }) => cert).join(""));
    const tls = { caPath, certPath, keyPath };
    const more = ["max_queued_messages 0", ...lines];
    const stage = new RotationStage(made, await startMosquitto({ tls, requireCertificate: true, more }));
    Deno.mkdirSync(`${stage.folder}/link`);
    const { ca, client: { cert, key } } = made;
    stage.write({ ca, cert, key });
    return stage;
  }

  get folder(): string {
    return this.#folder.path;
  }

  get broker(): Mosquitto {
    return this.#broker;
  }

  get files() {
    const link = `${this.folder}/link`;
    return { ca: `${link}/ca.crt`, cert: `${link}/own.crt`, key: `${link}/own.key` };
  }

  /** Environment of the agent, with the files of this stage. */
  get env(): Readonly<Record<string, string>> {
    const { ca: caPath, cert: certPath, key: keyPath } = this.files;
    const client = { certPath, keyPath };
    return {
      ...runEnv({ port: this.#broker.port, certificates: { caPath, client: this.made.client }, client }),
      ...QUICK,
    };
  }

  startAgent(program?: string): HearthProcess {
    const { folder, env } = this;
    return startHearth(["run", "--json"], { folder, env, ...(program === undefined ? {} : { program }) });
  }

  /** A certificate of the link's name, of this stage's CA or another. */
  async leaf(change: LeafChange = {}, ca: CaTexts = this.ca): Promise<IssuedLeaf> {
    return await makeLeaf(ca, change);
  }

  /** Writes the files in place. */
  write(texts: LinkTexts): void {
    for (const item of ["ca", "cert", "key"] as const) {
      const text = texts[item];
      if (text !== undefined) Deno.writeTextFileSync(this.files[item], text, { mode: 0o600 });
    }
  }

  /** Replaces the files by rename, as tools that renew certificates do. */
  rename(texts: LinkTexts): void {
    for (const item of ["ca", "cert", "key"] as const) {
      const text = texts[item];
      if (text === undefined) continue;
      Deno.writeTextFileSync(`${this.files[item]}.new`, text, { mode: 0o600 });
      Deno.renameSync(`${this.files[item]}.new`, this.files[item]);
    }
  }

  /** Stops the broker and starts another one on its port. */
  async replaceBroker(
    tls: { readonly caPath: string; readonly certPath: string; readonly keyPath: string },
  ): Promise<void> {
    const { port } = this.#broker;
    await this.#broker[Symbol.asyncDispose]();
    this.#broker = await startMosquitto({ port, tls, requireCertificate: true });
  }

  /** Client ids in the order of their connects, with the certificate's name; and those that subscribed. */
  async connects(): Promise<{ readonly ids: readonly string[]; readonly subscribed: ReadonlySet<string> }> {
    const log = await this.#broker.log();
    const ids = [...log.matchAll(/New client connected from \S+ as (\S+) \(.*u'hearth'/g)].map((found) => found[1]!);
    const subscribed = new Set([...log.matchAll(/Received SUBSCRIBE from (\S+)/g)].map((found) => found[1]!));
    return { ids, subscribed };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#broker[Symbol.asyncDispose]();
    this.#folder[Symbol.dispose]();
    this.made[Symbol.dispose]();
  }
}

/** Records of the agent's log so far. */
export function logLines(agent: HearthProcess, event: string): readonly LogLine[] {
  return agent.stderr.split("\n").slice(0, -1).filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as LogLine).filter((line) => line.event === event);
}

/** Waits for the nth record of a kind, from 1. */
export async function nthLine(agent: HearthProcess, event: string, n: number): Promise<LogLine> {
  return await agent.until(`record ${n} of ${event}`, () => logLines(agent, event)[n - 1]);
}

/** Waits until the agent's link is in this state. */
export async function untilState(agent: HearthProcess, wanted: string): Promise<void> {
  await agent.until(`the link ${wanted}`, () => stateOf(agent) === wanted);
}

function stateOf(agent: HearthProcess): string | undefined {
  return agent.json<LiveObject>().at(-1)?.links?.find(({ name }) => name === LINK)?.state;
}

/** Waits while the agent tells of its life `times` more; a second each, in which files are looked at five times. */
export async function liveOn(agent: HearthProcess, times: number): Promise<void> {
  const before = agent.json().length;
  await agent.until(`${times} more lines`, () => agent.json().length >= before + times);
}

/** Fails unless no isolate of the agent was ever replaced. */
export function assertOneLife(agent: HearthProcess): void {
  const { isolates = [] } = agent.json<LiveObject>().at(-1) ?? {};
  assert.ok(isolates.length > 2);
  assert.deepEqual(isolates.filter(({ lives }) => lives > 1), []);
}
