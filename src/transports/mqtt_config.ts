import type { TlsTexts } from "./tls_preflight.ts";
import type { LogRecord } from "../core/log.ts";

/** Client ids longer than this may be refused, bytes. Source: MQTT 3.1.1 §3.1.3.1. */
export const CLIENT_ID_LENGTH_MAX = 23;

/** Keep alive unless configured, s. Source: spec/proactor.md §2.3. */
export const KEEP_ALIVE_S = 60;

/** TCP, TLS and CONNACK together take at most this long unless configured, ms. */
export const CONNECT_TIMEOUT_MS = 20_000;

/**
 * Bytes that may wait for the socket before the connection is ended as stuck, unless configured. Once reading has stopped
 * (`CLOGGED_BYTES`) only what was already read is answered: a full queue of 1,024 messages with answers of 4 kB.
 */
export const UNSENT_BYTES_MAX = 4_194_304;

/** Bytes that wait for the socket from which on it is not read until they are gone: a peer that makes us answer must take it. */
export const CLOGGED_BYTES = 131_072;

/** The longest incoming packet taken, bytes: a report of a large house is below 1 MB. */
export const PACKET_BYTES_MAX = 16_777_216;

/** An asked disconnect may take this long to flush what was published before it, ms. */
export const CLOSE_TIMEOUT_MS = 1_000;

/** The question why a TLS broker closed may take this long, ms. */
export const EXPLAIN_TIMEOUT_MS = 3_000;

/** One MQTT connection. Texts of files are read and checked by the plan (`readTlsFiles`, `checkTls`). */
export interface MqttConnectionConfig {
  /** Name of the connection in effects and inputs. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** Unique at the broker, 1 to 23 bytes. */
  readonly clientId: string;
  /** Default 60 s; 1 to 65,535. */
  readonly keepAliveS?: number;
  /** Default 20,000 ms. */
  readonly connectTimeoutMs?: number;
  /** Without it neither user name nor password are sent. */
  readonly username?: string;
  readonly password?: string;
  readonly tls?: TlsTexts;
  /** Default 4 MiB. */
  readonly unsentBytesMax?: number;
}

/** What a connection needs from its shell. */
export interface ConnectionHost {
  /** Calls back once after `delayMs`, unless disposed. */
  after(delayMs: number, name: string, callback: () => void): Disposable;
  log(record: LogRecord): void;
  /** Wall clock, ms since 1970. Without it dates of certificates are left to the peer. */
  wallMs?(): number;
}
