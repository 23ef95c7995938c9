/**
 * Asserts what must be true, in production too.
 *
 * @throws {Error} "Invariant broken: …" when `condition` is false: a bug of ours.
 */
export function invariant(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(`Invariant broken: ${message}`);
}

/** Ends an exhaustive switch. @throws {Error} Always: a case is missing. */
export function assertNever(value: never): never {
  throw new Error(`Invariant broken: unexpected ${JSON.stringify(value)}`);
}
