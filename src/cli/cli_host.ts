import type { CommandInit, RunPlan } from "../core/isolate.ts";
import type { StoreInspection } from "../store/inspect.ts";
import type { CommandCall, PlannedApp } from "./run_options.ts";
import type { AdminSessionContext } from "./admin_session.ts";
import type { KeyTools } from "./keys_host.ts";
import type { MqttLinkSettings } from "../settings/mod.ts";
import type { ConnectionInput } from "../links/connection_port.ts";

/** A certificate that a link is configured with. */
export interface PlannedCertificate {
  readonly link: string;
  /** The link's own with its chain, or its CA's. */
  readonly item: "ca" | "cert";
  /** For example "CN=scada". */
  readonly subject: string;
  /** ISO 8601, whole seconds. */
  readonly notAfter: string;
  /** Whole days until then by the wall clock; below 0 when it has ended. */
  readonly daysLeft: number;
}

/** What making a plan gave. Every text is a whole message for people. */
export type PlanOutcome =
  & { readonly warnings: readonly string[]; readonly certificates?: readonly PlannedCertificate[] }
  & (
    | { readonly kind: "plan"; readonly plan: RunPlan }
    | { readonly kind: "problems"; readonly problems: readonly string[] }
  );

/** What a plan is made from. */
export interface PlanRequest {
  readonly app: PlannedApp;
  /** Env file and layout named on the command line. */
  readonly envFile?: string;
  readonly layout?: string;
  readonly init: CommandInit;
}

/** Makes the plan of a program: settings, layout and certificates are checked, every problem is reported. */
export type PlanMaker = (request: PlanRequest) => Promise<PlanOutcome>;

/** The context of an admin session without the effects that the command itself carries out. */
export type AdminClock = Pick<AdminSessionContext, "nowMs" | "wallMs" | "newId">;

/** A connection of an admin session, opened by the host. */
export interface AdminPipe extends Disposable {
  effect: AdminSessionContext["connection"];
}

/** All that commands get of the world. `src/app/cli.ts` makes the real one. */
export interface CliHost {
  readonly init: CommandInit;
  print(stream: "stdout" | "stderr", text: string): void;
  /** Text of a file; undefined when there is none. @throws {EnvironmentError} When it cannot be read. */
  readText(path: string): string | undefined;
  readonly plan: PlanMaker;
  /** Opens a store for reading. @throws {EnvironmentError} With SQLite's code. */
  inspect(path: string): StoreInspection;
  clock(): AdminClock;
  /** Calls back once after `delayMs`, unless disposed. */
  after(delayMs: number, name: string, callback: () => void): Disposable;
  /** @param emit Called with what the connection says. @throws {OutsideDataError} When a TLS file is wrong. */
  connect(link: MqttLinkSettings, emit: (input: ConnectionInput) => void): AdminPipe;
  /** Files, randomness, TLS and ssh of the key commands. */
  readonly keys: KeyTools;
  /** The callback is called when the operator stops the command. */
  onStop(callback: () => void): void;
}

/** One command line that was understood. @see CommandCall */
export type CallOf<Name extends CommandCall["name"]> = Extract<CommandCall, { readonly name: Name }>;
