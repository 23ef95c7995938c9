import type { ShellClock } from "../host/proactor_shell.ts";
import type { LinkConfig, LinksConfig } from "../links/port.ts";
import type { TlsFiles } from "../transports/tls_preflight.ts";
import type { ViewInit } from "./view_init.ts";

/** One connection of a proactor worker: plain data; certificates are read by the worker, under its read grant. */
export interface ConnectionPlan {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly keepAliveS: number;
  readonly username?: string;
  readonly password?: string;
  readonly tls?: TlsFiles;
  /** Opens an encrypted private key. */
  readonly passphrase?: string;
  /** Whether the broker's certificate must name `host`. Default true. */
  readonly checkHostname?: boolean;
  /** How often the files of `tls` are looked at for a change, in ms. Default 10,000. */
  readonly tlsPollMs?: number;
}

/** What the plan hands to an agent or LTN worker. */
export interface ProactorInit {
  readonly longName: string;
  readonly clock: ShellClock;
  readonly connections: readonly ConnectionPlan[];
  readonly links: readonly LinkConfig[];
  readonly bounds: Omit<LinksConfig, "ownLongName" | "links">;
  readonly inbound: Readonly<Record<string, string>>;
  readonly routes: Readonly<Record<string, string>>;
  readonly peers: Readonly<Record<string, string>>;
  /** Worker name of the store. */
  readonly store: string;
  /** Worker names of the buses. */
  readonly buses: readonly string[];
  /** Worker name of the live view, if there is one. */
  readonly view?: string;
  /** What it writes itself, as there is no live view. */
  readonly lines?: ViewInit;
  /** Least level that is logged. */
  readonly logLevel: "debug" | "info" | "warn" | "error";
}

/** What the agent gets beside it. */
export interface AgentInit extends ProactorInit {
  /** The JSON value of the layout, already found good. */
  readonly layout: unknown;
  readonly reportMs: number;
  readonly snapshotMs: number;
  readonly powerReportingThreshold: number;
  readonly timeZone: string;
  readonly adminTimeoutMsMax: number;
}
