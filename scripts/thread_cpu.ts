/** Processor time and wake-ups of each thread of a process, as Linux tells them in /proc. */

/** What one thread did in a time. */
export interface ThreadUse {
  /** Name as the runtime gives it: its main thread bears the program's name, workers "worker-2" and so on. */
  readonly name: string;
  /** In percent of one core. */
  readonly cpuPercent: number;
  /** Voluntary switches: how often it waited. */
  readonly wakesPerS: number;
}

/** What the threads of a process have used so far, by thread id. */
export type ThreadTimes = ReadonlyMap<
  string,
  { readonly name: string; readonly cpuNs: number; readonly wakes: number }
>;

/** Reads the times of all threads that a process has now. @throws {Deno.errors.NotFound} When there is no such process. */
export function threadTimes(pid: number): ThreadTimes {
  const times = new Map<string, { name: string; cpuNs: number; wakes: number }>();
  for (const { name: id } of Deno.readDirSync(`/proc/${pid}/task`)) {
    const folder = `/proc/${pid}/task/${id}`;
    try {
      const wakes = /^voluntary_ctxt_switches:\s+(\d+)/m.exec(Deno.readTextFileSync(`${folder}/status`))?.[1];
      times.set(id, {
        name: Deno.readTextFileSync(`${folder}/comm`).trim(),
        cpuNs: Number(Deno.readTextFileSync(`${folder}/schedstat`).split(" ")[0]),
        wakes: Number(wakes),
      });
    } catch (error) {
      // A thread may end between the listing and the look.
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return times;
}

/** What the threads did between two looks, the busiest first. @param elapsedMs Greater than 0. */
export function threadUse(before: ThreadTimes, after: ThreadTimes, elapsedMs: number): readonly ThreadUse[] {
  return [...after].map(([id, { name, cpuNs, wakes }]) => ({
    name,
    cpuPercent: (cpuNs - (before.get(id)?.cpuNs ?? 0)) / 1e6 / elapsedMs * 100,
    wakesPerS: (wakes - (before.get(id)?.wakes ?? 0)) / elapsedMs * 1_000,
  })).sort((a, b) => b.cpuPercent - a.cpuPercent);
}
