/** How a planned failure ends: "lost": nothing was written; "written": it was, but the answer is an error. */
export type FailedCommit = "lost" | "written";

/** Faults of a disk in tests. */
export interface DiskFaults {
  /** Lets the n-th commit from now on fail (1 is the next) with a code such as "SQLITE_FULL". Several may be planned. */
  failCommit(n: number, code: string, how?: FailedCommit): void;
  /** Every commit fails with this code until `heal`. */
  breakDown(code: string): void;
  /** Forgets all planned failures. */
  heal(): void;
  /** The code of `breakDown`, until `heal`. */
  readonly broken: string | undefined;
  /** Commits tried so far, failed ones too. */
  readonly commits: number;
  /** Failures that came to pass. */
  readonly failures: number;
  /** Counts one commit. @returns The failure planned for it. */
  next(): { readonly code: string; readonly how: FailedCommit } | undefined;
}

/** Makes the faults of one disk: none yet. */
export function diskFaults(): DiskFaults {
  const planned = new Map<number, { readonly code: string; readonly how: FailedCommit }>();
  let broken: string | undefined;
  let commits = 0, failures = 0;
  return {
    failCommit: (n, code, how = "lost") => void planned.set(commits + n, { code, how }),
    breakDown: (code) => void (broken = code),
    heal() {
      planned.clear();
      broken = undefined;
    },
    get broken() {
      return broken;
    },
    get commits() {
      return commits;
    },
    get failures() {
      return failures;
    },
    next() {
      commits++;
      const fault = planned.get(commits) ?? (broken === undefined ? undefined : { code: broken, how: "lost" as const });
      planned.delete(commits);
      if (fault) failures++;
      return fault;
    },
  };
}
