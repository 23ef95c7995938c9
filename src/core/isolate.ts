import type { OpenFd } from "./bus_parts.ts";

/**
 * The messages between the launcher and a worker, and the plan it starts from: plain data, so that a derived application
 * starts through the same launcher with its own worker modules and grants.
 */

/** Exact permissions of one worker; what is not named is refused. */
export interface Grants {
  /** "host:port" or "host". */
  readonly net?: readonly string[];
  readonly read?: readonly string[];
  readonly write?: readonly string[];
  /** Full path of the one library. */
  readonly ffi?: readonly string[];
  readonly sys?: readonly string[];
  /** Full paths of programs; whoever may start one may do what its user may. */
  readonly run?: readonly string[];
}

/** What the launcher does about a worker that reports an error, ends, or falls silent. */
export type Supervision =
  /** Error or end: replaced in place as a new life. Silent: outputs safe, store committed, process exits. */
  | "replace_or_exit"
  /** Error, end or silent: replaced with back-off, capped. */
  | "replace"
  /** Ends the command: its exit code is the process's. */
  | "foreground";

/** One worker of a plan. */
export interface WorkerPlan {
  /** Unique in the plan, for example "agent", "store", "bus-i2c1". */
  readonly name: string;
  /** Name of the entry in the launcher's table of modules, for example "agent". */
  readonly entry: string;
  readonly grants: Grants;
  readonly supervision: Supervision;
  /** A worker without a beat for this long (ms, from ready on) is silent; 0 for never. */
  readonly silentMs: number;
  /** Used heap from which on the worker is replaced in order, in bytes; absent: the launcher's default. */
  readonly heapMaxBytes?: number;
  /** Whether it is told of every isolate's memory, each second. */
  readonly watchesIsolates?: boolean;
  /** Plain data handed over with `init`. */
  readonly init: unknown;
}

/** One message channel between two workers of a plan. */
export interface PortPlan {
  readonly a: string;
  readonly b: string;
}

/** All that the launcher needs for a command. */
export interface RunPlan {
  readonly workers: readonly WorkerPlan[];
  readonly ports: readonly PortPlan[];
  /** Orderly stop this long after every worker is ready; absent: run until a signal. */
  readonly exitAfterMs?: number;
  /** Files that only one process at a time may hold: it does not start while another one does. */
  readonly locks?: readonly string[];
}

/** What the first worker of a command gets with `init`: it has neither arguments nor environment of its own. */
export interface CommandInit {
  /** First word of the command line; "" when there is none. */
  readonly command: string;
  /** Every argument, the command included. */
  readonly args: readonly string[];
  /** The part of the environment that the launcher's table names. */
  readonly env: Readonly<Record<string, string>>;
  /** Working directory, for relative paths; "" when it cannot be read. */
  readonly cwd: string;
  readonly isTerminal: boolean;
}

/** One isolate as the launcher last heard of it. */
export interface IsolateRow {
  /** Name of its worker; "main" is the launcher itself. */
  readonly name: string;
  /** Used part of its own heap, in bytes; 0 before its first beat. */
  readonly heapUsedBytes: number;
  /** Lives so far, from 1: more than 1 says that it was replaced. */
  readonly lives: number;
}

/** Memory of the process. Resident memory exists for the whole only: the isolates share what is not heap. */
export interface ProcessMemory {
  readonly rssBytes: number;
  readonly isolates: readonly IsolateRow[];
}

/** Launcher to worker. */
export type ToWorker =
  /** First message. `ports` by the peer's worker name. `boot` is a UUID of this process start. */
  | {
    readonly kind: "init";
    readonly name: string;
    readonly boot: string;
    readonly life: number;
    readonly init: unknown;
    readonly ports: Readonly<Record<string, MessagePort>>;
    /** Exact file descriptors that a dead predecessor left open, in the order in which it opened them (bus workers). */
    readonly oldFds: readonly OpenFd[];
  }
  /** A peer was replaced: this port belongs to its new life; the old port is dead. */
  | { readonly kind: "port"; readonly peer: string; readonly peerLife: number; readonly port: MessagePort }
  /** Only to workers whose plan has `watchesIsolates`. */
  | { readonly kind: "isolates"; readonly memory: ProcessMemory }
  /** Make everything safe and durable, then answer `stopped`. */
  | { readonly kind: "stop" };

/** Worker to launcher. */
export type FromWorker =
  | { readonly kind: "ready" }
  /** `doing` names the last actor or part that ran. @see design: heartbeats. */
  | { readonly kind: "beat"; readonly doing: string; readonly heapUsedBytes: number }
  | { readonly kind: "stopped" }
  | { readonly kind: "error"; readonly message: string; readonly stack: string }
  /** The command is over (cli, view): the process exits with this code. */
  | { readonly kind: "exit"; readonly code: number }
  /** A plan or a list of problems, from the plan worker. */
  | { readonly kind: "planned"; readonly plan: RunPlan }
  | { readonly kind: "fd"; readonly change: "opened" | "closed"; readonly fd: OpenFd }
  | { readonly kind: "print"; readonly stream: "stdout" | "stderr"; readonly text: string };
