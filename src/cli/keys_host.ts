import type { KeyFiles } from "../keys/key_files.ts";

export type { FileStat, KeyFiles } from "../keys/key_files.ts";

/** A TLS server that is asked, and what is shown to it. */
export interface TlsQuestion {
  readonly host: string;
  readonly port: number;
  /** PEM texts. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  /** Whether an MQTT CONNECT follows the handshake, so that the answer is certain. */
  readonly isMqtt: boolean;
}

/** What a server shows before anything is checked. */
export type ShownChain =
  | { readonly kind: "shown"; /** DER, the server's own first. */ readonly chain: readonly Uint8Array<ArrayBuffer>[] }
  /** No TCP connection. */
  | { readonly kind: "unreached"; readonly because: string }
  /** TCP, but no handshake that shows certificates. */
  | { readonly kind: "no_tls"; readonly because: string };

/** What a server says to our certificates, checked as the agent does. */
export type TlsAnswer =
  /** @param code Return code of the CONNACK: 0 is accepted. */
  | { readonly kind: "connack"; readonly code: number }
  /** The handshake is done, and nothing came against it in time. */
  | { readonly kind: "silent" }
  /** Nothing was sent, as our files would end the handshake, or the process. */
  | { readonly kind: "not_asked"; readonly text: string }
  /** `text` is what the TLS stack says. */
  | { readonly kind: "refused"; readonly text: string };

/** Bounds of one run of ssh, and what it gets of the environment. */
export interface SshBounds {
  /** Longest run, ms. */
  readonly ms: number;
  /** Most bytes on its standard output. */
  readonly stdoutBytes: number;
  /** The user's agent and home; all other variables stay unseen. */
  readonly env: Readonly<Record<string, string>>;
}

/** How a run of ssh ended. */
export type SshEnd =
  /** @param code The remote command's, or 255 when ssh itself failed. */
  | { readonly kind: "ended"; readonly code: number; readonly stdout: Uint8Array<ArrayBuffer>; readonly stderr: string }
  /** It ran longer than it may, and was ended. */
  | { readonly kind: "late" }
  /** It wrote more than it may, and was ended. */
  | { readonly kind: "flooded" }
  /** It was ended by `stop()`, or by a signal. */
  | { readonly kind: "stopped" }
  /** There is no such program, or it must not run. */
  | { readonly kind: "not_started"; readonly because: string };

/** One run of ssh. */
export interface SshRun {
  /** Never rejects; the process is gone then. */
  readonly ended: Promise<SshEnd>;
  /** Ends it; does nothing when it has ended. */
  stop(): void;
}

/** What the key commands get of the world beside a clock. */
export interface KeyTools {
  readonly files: KeyFiles;
  randomBytes(count: number): Uint8Array;
  /** Never rejects. */
  showChain(host: string, port: number): Promise<ShownChain>;
  /** Never rejects. */
  askTls(question: TlsQuestion): Promise<TlsAnswer>;
  /** Starts the system's ssh, the one program that may be run. */
  startSsh(args: readonly string[], bounds: SshBounds): SshRun;
}
