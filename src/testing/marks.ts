import { LINK_TABLE, type LinkInput, type LinkState } from "../links/mod.ts";

/** What a world must reach now and then, beside the moves of a link: a state that no seed reaches is a state that no check has seen. */
export const STORY_MARKS = [
  "message_before_suback",
  "message_repeated",
  "crash_in_reupload",
  "crash_with_rows_in_flight",
  "crash_with_rows_uncommitted",
  "crash_between_ack_and_delete",
  "crash_of_receiver_with_inbox_uncommitted",
  "crash_with_outputs_on",
  "crash_at_a_commit",
  "start_with_pending_rows",
  "start_without_clock",
  "stopped_in_order",
  "stopped_without_the_store",
  "store_failed",
  "store_refused_at_the_start",
  "evicted",
  "evicted_while_in_flight",
  "rows_read_again",
  "lease_lapsed",
  "bus_replaced_with_outputs_on",
  "window_grown",
  "window_halved",
  "stamps_held_back",
  "garbage_on_a_link_that_is_active",
  "ack_repeated",
  "crash_in_a_state",
  "suback_refused",
  "subacks_apart",
] as const;

/** The name of the mark of a move. */
function moveMark(from: string, input: string): `link.${string}` {
  return `link.${from}.${input}`;
}

/** Moves that no running process makes: a link that never started is not stopped, and a stop ends the process. */
const NO_MOVES: ReadonlySet<string> = new Set([moveMark("not_started", "stop_called")]);

/** Every move of the link table that changes the state. */
export const MOVE_MARKS: readonly string[] = (Object.keys(LINK_TABLE) as LinkState[]).flatMap((from) =>
  (Object.entries(LINK_TABLE[from]) as [LinkInput, LinkState][])
    .filter(([, to]) => to !== from)
    .map(([input]) => moveMark(from, input))
    .filter((mark) => !NO_MOVES.has(mark))
);

/** All marks. */
export const MARKS: readonly string[] = [...STORY_MARKS, ...MOVE_MARKS];

/** How often a world has reached what it must reach now and then. */
export interface Marks {
  hit(mark: (typeof STORY_MARKS)[number]): void;
  /** A move of a link. */
  moved(from: string, input: string): void;
  /** Times by mark, in the order of `MARKS`; also those that are 0. */
  counts(): Readonly<Record<string, number>>;
}

/** Makes marks of which none was reached. */
export function makeMarks(): Marks {
  const counts = new Map<string, number>(MARKS.map((mark) => [mark, 0]));
  function add(mark: string): void {
    const before = counts.get(mark);
    if (before !== undefined) counts.set(mark, before + 1);
  }
  return {
    hit: add,
    moved: (from, input) => add(moveMark(from, input)),
    counts: () => Object.fromEntries(counts),
  };
}
