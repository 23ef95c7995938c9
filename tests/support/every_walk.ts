/** Plays every walk of `depth` events, each event in each place. @returns How many there were. */
export function everyWalk<Event>(
  { events, depth }: { readonly events: readonly Event[]; readonly depth: number },
  play: (walk: readonly Event[]) => void,
): number {
  let walks = 0;
  const walk: Event[] = [];
  function visit(): void {
    if (walk.length === depth) {
      play(walk);
      walks++;
      return;
    }
    for (const event of events) {
      walk.push(event);
      visit();
      walk.pop();
    }
  }
  visit();
  return walks;
}
