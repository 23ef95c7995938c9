/** A proactor of the Python package in a process of its own, started by `peer.py`. */
import { fileURLToPath } from "node:url";
import type { BrokerPlace } from "../support/hearth_house.ts";
import { followProcess, type HearthEnd, type HearthProcess } from "../support/hearth_process.ts";
import { pythonBaseEnv } from "./python_environment.ts";

/** The child records events and sends them up to a parent; the package's own names. */
export type PeerRole = "parent" | "child";

/** Names of the two ends, from the layout that Hearth runs with. */
export interface HouseNames {
  readonly scada: string;
  readonly ltn: string;
}

/** How a peer is started. */
export interface PeerOptions {
  readonly python: string;
  readonly place: BrokerPlace;
  /** Home and XDG folders. */
  readonly folder: string;
  readonly names: HouseNames;
  /** In s. */
  readonly ackTimeoutS: number;
}

/** An object on the standard output of `peer.py`. */
export type PeerLine =
  | { readonly kind: "activated" | "deactivated"; readonly time: number }
  | {
    readonly kind: "event";
    readonly id: string;
    readonly type: string;
    readonly src: string;
    /** False: a type that the package does not have. */
    readonly known: boolean;
  }
  | { readonly kind: "recorded"; readonly id: string; readonly type: string; readonly own: boolean }
  | { readonly kind: "sent"; readonly id: string; readonly type: string }
  | { readonly kind: "acked" | "sent_ack"; readonly id: string }
  | { readonly kind: "message"; readonly type: string }
  | {
    readonly kind: "status";
    readonly state: string;
    readonly pending: number;
    readonly inFlight: number;
    readonly timeouts: number;
  };

/** A command to `peer.py`. */
export interface PeerCommand {
  /** "record": as events of its own; "send": straight to the peer. */
  readonly do: "record" | "send";
  readonly count: number;
  readonly type: string;
}

/** A running peer. */
export interface PythonPeer extends AsyncDisposable {
  lines<Kind extends PeerLine["kind"]>(kind: Kind): readonly Extract<PeerLine, { readonly kind: Kind }>[];
  /** Newest state that it told. */
  status(): Extract<PeerLine, { readonly kind: "status" }> | undefined;
  tell(command: PeerCommand): Promise<void>;
  until: HearthProcess["until"];
  stop(): Promise<HearthEnd>;
}

const SCRIPT = fileURLToPath(new URL("peer.py", import.meta.url));
const LINK_OF: Readonly<Record<PeerRole, PeerRole>> = { parent: "child", child: "parent" };

/** The package looks for its keys in a folder of its own and overwrites explicit paths. */
function layKeys(folder: string, role: PeerRole, { certificates }: BrokerPlace): void {
  if (certificates === undefined) return;
  const link = LINK_OF[role];
  const certs = `${folder}/config/gridworks/${role}/certs/${link}`;
  Deno.mkdirSync(`${certs}/private`, { recursive: true });
  Deno.copyFileSync(certificates.caPath, `${certs}/ca.crt`);
  Deno.copyFileSync(certificates.client.certPath, `${certs}/${link}.crt`);
  Deno.copyFileSync(certificates.client.keyPath, `${certs}/private/${link}.pem`);
}

function environment(role: PeerRole, { place, folder, names, ackTimeoutS }: PeerOptions): Record<string, string> {
  const link = `PROACTOR_APP_${LINK_OF[role].toUpperCase()}`;
  const isTls = place.certificates !== undefined;
  return {
    ...pythonBaseEnv(folder),
    INTEROP_SCADA: names.scada,
    INTEROP_LTN: names.ltn,
    [`${link}__HOST`]: "127.0.0.1",
    [`${link}__TLS__USE_TLS`]: `${isTls}`,
    [`${link}__${isTls ? "TLS__PORT" : "PORT"}`]: `${place.port}`,
    PROACTOR_APP_PROACTOR__ACK_TIMEOUT_SECONDS: `${ackTimeoutS}`,
  };
}

/** Starts the package's dummy parent or child. */
export function startPeer(role: PeerRole, options: PeerOptions): PythonPeer {
  layKeys(options.folder, role, options.place);
  const child = new Deno.Command(options.python, {
    args: [SCRIPT, role],
    cwd: options.folder,
    clearEnv: true,
    env: environment(role, options),
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  return new Peer(child, `Python ${role}`);
}

class Peer implements PythonPeer {
  readonly #process: HearthProcess;
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;

  constructor(child: Deno.ChildProcess, name: string) {
    this.#process = followProcess(child, name);
    this.#stdin = child.stdin.getWriter();
  }

  lines<Kind extends PeerLine["kind"]>(kind: Kind): readonly Extract<PeerLine, { readonly kind: Kind }>[] {
    type Line = Extract<PeerLine, { readonly kind: Kind }>;
    return this.#process.json<PeerLine>().filter((line): line is Line => line.kind === kind);
  }

  status(): Extract<PeerLine, { readonly kind: "status" }> | undefined {
    return this.lines("status").at(-1);
  }

  async tell(command: PeerCommand): Promise<void> {
    await this.#stdin.write(new TextEncoder().encode(JSON.stringify(command) + "\n"));
  }

  until<Found>(what: string, look: () => Found | undefined | false, deadlineMs?: number): Promise<Found> {
    return this.#process.until(what, look, deadlineMs);
  }

  async stop(): Promise<HearthEnd> {
    const end = await this.#process.stop();
    await this.#stdin.close().catch(() => undefined);
    return end;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
    await this.#stdin.close().catch(() => undefined);
  }
}
