/** A real mosquitto on a free loopback port, for integration tests. */
import { setTimeout as sleep } from "node:timers/promises";

/** How the broker listens. */
export interface MosquittoOptions {
  /** Default: a free port. */
  readonly port?: number;
  /** Paths of PEM files; with it the listener speaks TLS only. */
  readonly tls?: { readonly caPath: string; readonly certPath: string; readonly keyPath: string };
  /** Clients must show a certificate of the CA; the user is its common name. */
  readonly requireCertificate?: boolean;
  /** A file made by mosquitto_passwd; without it, and without certificates, anybody may connect. */
  readonly passwordFile?: string;
  /** Lines of an ACL file, for example "topic readwrite a/#". */
  readonly acl?: readonly string[];
  /** Further lines of the configuration. */
  readonly more?: readonly string[];
}

/** A running broker. */
export interface Mosquitto extends AsyncDisposable {
  readonly port: number;
  /** Orderly, by SIGTERM. */
  stop(): Promise<void>;
  /** At once, by SIGKILL. */
  kill(): Promise<void>;
  /** Stops it if it runs and starts it again on the same port. */
  restart(): Promise<void>;
  /** Sends a signal to the broker's own process, for example SIGSTOP. */
  signal(signal: Deno.Signal): void;
  /** What it wrote since its start. */
  log(): Promise<string>;
}

const START_TIMEOUT_MS = 10_000;
const POLL_MS = 20;
/** A port may be taken between asking for it and the broker's bind. */
const PORT_TRIES = 5;

/** A port of 127.0.0.1 that was free a moment ago. */
export function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/**
 * Starts a broker and waits until it accepts connections.
 *
 * @throws {Error} If mosquitto is missing, or does not accept connections within 10 s: with its log.
 */
export async function startMosquitto(options: MosquittoOptions = {}): Promise<Mosquitto> {
  const folder = await Deno.makeTempDir({ prefix: "hearth-mosquitto-" });
  const broker = new Broker(folder, options);
  for (let tries = 1;; tries++) {
    try {
      await broker.start();
      return broker;
    } catch (thrown) {
      if (options.port === undefined && tries < PORT_TRIES && broker.isPortTaken) {
        broker.port = freePort();
        continue;
      }
      await broker[Symbol.asyncDispose]();
      throw thrown;
    }
  }
}

class Broker implements Mosquitto {
  port: number;
  isPortTaken = false;
  readonly #folder: string;
  readonly #options: MosquittoOptions;
  #process: Deno.ChildProcess | undefined;
  #hasEnded = false;

  constructor(folder: string, options: MosquittoOptions) {
    this.#folder = folder;
    this.#options = options;
    this.port = options.port ?? freePort();
  }

  async start(): Promise<void> {
    const path = `${this.#folder}/mosquitto.conf`;
    await Deno.writeTextFile(path, await this.#configuration());
    this.#process = spawn(path, `${this.#folder}`);
    this.#hasEnded = false;
    const own = this.#process;
    void own.status.then(() => this.#hasEnded = this.#process === own || this.#hasEnded);
    for (let waitedMs = 0; waitedMs < START_TIMEOUT_MS; waitedMs += POLL_MS) {
      if (this.#hasEnded) break;
      if (await accepts(this.port)) {
        await sleep(POLL_MS);
        // Another process may own the port, and ours be about to say so.
        if (!this.#hasEnded) return;
        break;
      }
      await sleep(POLL_MS);
    }
    const log = await this.log();
    this.isPortTaken = log.includes("Address already in use");
    await this.kill();
    throw new Error(`Cannot start mosquitto on port ${this.port} as it must accept connections: ${log}`);
  }

  async stop(): Promise<void> {
    await this.#end("SIGTERM");
  }

  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  signal(signal: Deno.Signal): void {
    this.#process?.kill(signal);
  }

  async log(): Promise<string> {
    try {
      return await Deno.readTextFile(`${this.#folder}/mosquitto.log`);
    } catch (thrown) {
      if (thrown instanceof Deno.errors.NotFound) return "";
      throw thrown;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await Deno.remove(this.#folder, { recursive: true }).catch((thrown) => {
      if (!(thrown instanceof Deno.errors.NotFound)) throw thrown;
    });
  }

  async #end(signal: Deno.Signal): Promise<void> {
    const own = this.#process;
    this.#process = undefined;
    if (own === undefined) return;
    if (!this.#hasEnded) {
      try {
        own.kill(signal);
      } catch (thrown) {
        // It ended by itself between the look and the signal.
        if (!(thrown instanceof TypeError) && !(thrown instanceof Deno.errors.NotFound)) throw thrown;
      }
    }
    await own.status;
  }

  async #configuration(): Promise<string> {
    const { tls, requireCertificate = false, passwordFile, acl, more = [] } = this.#options;
    const lines = [`listener ${this.port} 127.0.0.1`, "log_type all", "connection_messages true"];
    lines.push(`log_dest file ${this.#folder}/mosquitto.log`);
    // As root mosquitto becomes user "mosquitto", who could not read the test's keys.
    if (Deno.uid() === 0) lines.push("user root");
    if (tls !== undefined) lines.push(`cafile ${tls.caPath}`, `certfile ${tls.certPath}`, `keyfile ${tls.keyPath}`);
    if (requireCertificate) lines.push("require_certificate true", "use_identity_as_username true");
    lines.push(`allow_anonymous ${passwordFile === undefined && !requireCertificate}`);
    if (passwordFile !== undefined) lines.push(`password_file ${passwordFile}`);
    if (acl !== undefined) {
      const path = `${this.#folder}/acl`;
      await Deno.writeTextFile(path, acl.join("\n") + "\n", { mode: 0o600 });
      lines.push(`acl_file ${path}`);
    }
    return [...lines, ...more].join("\n") + "\n";
  }
}

function spawn(configuration: string, folder: string): Deno.ChildProcess {
  const args = ["-c", configuration];
  // Debian keeps it in /usr/sbin, which is not in every user's PATH.
  for (const command of ["mosquitto", "/usr/sbin/mosquitto"]) {
    try {
      return new Deno.Command(command, { args, cwd: folder, stdin: "null", stdout: "null", stderr: "null" }).spawn();
    } catch (thrown) {
      if (!(thrown instanceof Deno.errors.NotFound)) throw thrown;
    }
  }
  throw new Error("Cannot start mosquitto as it must be installed (apt-get install mosquitto): no such command");
}

async function accepts(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return true;
  } catch (thrown) {
    if (thrown instanceof Deno.errors.ConnectionRefused) return false;
    throw thrown;
  }
}

/** Writes a password file by mosquitto_passwd. @returns Its path. */
export async function makePasswordFile(folder: string, user: string, password: string): Promise<string> {
  const path = `${folder}/passwords`;
  const args = ["-b", "-c", path, user, password];
  const { success, stderr } = await new Deno.Command("mosquitto_passwd", { args, stdout: "null" }).output();
  if (!success) throw new Error(`Cannot make password file "${path}": ${new TextDecoder().decode(stderr)}`);
  return path;
}
