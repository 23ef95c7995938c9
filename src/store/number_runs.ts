/**
 * Whole numbers as runs, in which each is one more than that before it: one statement deletes all rows of a run.
 *
 * @returns First and last number of each run, in the order given.
 */
export function numberRuns(numbers: readonly number[]): readonly (readonly [first: number, last: number])[] {
  const runs: [number, number][] = [];
  let run: [number, number] | undefined;
  for (const number of numbers) {
    if (run !== undefined && number === run[1] + 1) run[1] = number;
    else runs.push(run = [number, number]);
  }
  return runs;
}
