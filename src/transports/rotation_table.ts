/**
 * What a connection does about its TLS files.
 *
 * - `in_use`: the files are what the connection uses.
 * - `changing`: they were just replaced; others may follow.
 * - `doubtful`: they keep still, but do not fit together; the missing part may follow.
 * - `unfit`: they do not fit together, and that was told; as dates pass they may fit later.
 * - `trying`: they fit, and a second connection asks the broker about them while the first one lives.
 * - `next`: they fit, and the next connect uses them, as there is no connection.
 * - `spare`: they fit, but were refused or could not be tried; the next connect uses the old set, and the one after a refusal these.
 */
export type RotationState = "in_use" | "changing" | "doubtful" | "unfit" | "trying" | "next" | "spare";

/** What happens to a rotation: a look at the files, a judgement on them, or news of a connection. */
export type RotationInput =
  /** The files are others than at the last look. */
  | "changed"
  /** They kept still: they hold what is in use, do not fit, or fit while the connection is up or down. */
  | "known"
  | "misfit"
  | "fit_up"
  | "fit_down"
  /** The broker's answer to the new set. `unreached`: none came. */
  | "accepted"
  | "refused"
  | "unreached"
  /** The broker's answer to the set in use, at a connect. */
  | "old_accepted"
  | "old_refused"
  /** The connection was lost. */
  | "lost"
  /** It is time to try once more. */
  | "again";

/**
 * What a rotation does. `try`: asks the broker by a second connection; `abandon` ends that. `take`: the connection is
 * replaced in order. `tell_refused`: once for each content. `judge`: the files are checked once more. `await_again`: starts
 * the wait for `again`, which comes only while the connection is up.
 */
export type RotationEffect = "try" | "abandon" | "take" | "tell_refused" | "await_again" | "judge";

/** Where an input leads to, and what is done then. */
export type RotationCell = readonly [RotationState, ...RotationEffect[]];

/** The state in which a rotation is made: nobody has looked at the files since the connection's set was read. */
export const ROTATION_INITIAL: RotationState = "changing";

/** The table; an input without a cell changes nothing. */
export const ROTATION_TABLE: Readonly<
  Record<RotationState, Readonly<Partial<Record<RotationInput, RotationCell>>>>
> = {
  in_use: { changed: ["changing"] },
  changing: {
    changed: ["changing"],
    known: ["in_use"],
    misfit: ["doubtful"],
    fit_up: ["trying", "try"],
    fit_down: ["next"],
  },
  doubtful: {
    changed: ["changing"],
    known: ["in_use"],
    misfit: ["unfit", "tell_refused", "await_again"],
    fit_up: ["trying", "try"],
    fit_down: ["next"],
  },
  unfit: {
    changed: ["changing"],
    known: ["in_use"],
    misfit: ["unfit", "await_again"],
    fit_up: ["trying", "try"],
    fit_down: ["next"],
    old_accepted: ["unfit", "await_again"],
    old_refused: ["unfit", "judge"],
    lost: ["unfit", "judge"],
    again: ["unfit", "judge"],
  },
  trying: {
    changed: ["changing", "abandon"],
    accepted: ["in_use", "take"],
    refused: ["spare", "tell_refused", "await_again"],
    unreached: ["spare", "await_again"],
    lost: ["next", "abandon"],
  },
  next: {
    changed: ["changing"],
    accepted: ["in_use"],
    refused: ["spare", "tell_refused"],
    unreached: ["next"],
    old_accepted: ["trying", "try"],
    old_refused: ["next"],
    lost: ["next"],
  },
  spare: {
    changed: ["changing"],
    accepted: ["in_use"],
    old_accepted: ["spare", "await_again"],
    old_refused: ["next"],
    lost: ["spare"],
    again: ["trying", "try"],
  },
};

/** The pure step of a rotation. @returns Undefined when the input changes nothing. */
export function stepRotation(from: RotationState, input: RotationInput): RotationCell | undefined {
  return ROTATION_TABLE[from][input];
}
