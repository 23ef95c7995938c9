/** Exit codes of `hearth`; the README's table is made from this one. */
export const EXIT = {
  ok: 0,
  /** A bug of ours, or a worker that could not be replaced. */
  failure: 1,
  /** The command line is wrong. */
  usage: 2,
  /** Settings, layout or certificates are wrong; `hearth check` lists every problem. */
  configuration: 3,
  /** Disk, network or kernel refused at start. */
  environment: 4,
  /** The agent (or LTN, or store) fell silent: outputs were made safe, the store committed. */
  silent: 5,
  /** The peer refused or did not answer a command in time. */
  refused: 6,
} as const;

/** Name of an exit code. */
export type ExitName = keyof typeof EXIT;
