import { runTask, type SeedEars, type SimAnswer, type SimTask } from "./sim_task.ts";

/** How tasks are run. */
export interface PoolOptions {
  /** Workers; 1 runs everything here. */
  readonly jobs: number;
  /** Who is told of each seed while it runs; only with one job. */
  readonly ears?: SeedEars;
  /** Told of every answer, in the order of the tasks. */
  readonly answered: (answer: SimAnswer) => void;
}

/**
 * Runs tasks until there are no more; the next task is asked for when a worker is free.
 *
 * @throws {Error} If a worker breaks.
 */
export async function runTasks(tasks: Iterator<SimTask>, options: PoolOptions): Promise<void> {
  const { jobs, ears } = options;
  const tell = inOrder(options.answered);
  let taken = 0;
  function take(): { readonly index: number; readonly task: SimTask } | undefined {
    const next = tasks.next();
    return next.done ? undefined : { index: taken++, task: next.value };
  }
  async function work(): Promise<void> {
    const worker = new Worker(new URL("./sim_worker.ts", import.meta.url), { type: "module" });
    try {
      for (let next = take(); next !== undefined; next = take()) tell(next.index, await ask(worker, next.task));
    } finally {
      worker.terminate();
    }
  }
  if (jobs > 1) return void await Promise.all(Array.from({ length: jobs }, work));
  for (let next = take(); next !== undefined; next = take()) tell(next.index, runTask(next.task, ears));
}

/** Brings answers into the order of their tasks: what a run prints does not depend on which worker was faster. */
function inOrder(answered: (answer: SimAnswer) => void): (index: number, answer: SimAnswer) => void {
  const early = new Map<number, SimAnswer>();
  let due = 0;
  return (index, answer) => {
    early.set(index, answer);
    for (let next = early.get(due); next !== undefined; next = early.get(due)) {
      early.delete(due++);
      answered(next);
    }
  };
}

function ask(worker: Worker, task: SimTask): Promise<SimAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<SimAnswer>();
  worker.onmessage = ({ data }: MessageEvent<SimAnswer>) => resolve(data);
  worker.onerror = ({ message }) => reject(new Error(`Cannot run ${JSON.stringify(task)} in a worker: ${message}`));
  worker.postMessage(task);
  return promise;
}
