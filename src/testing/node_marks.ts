import type { ConnectionInput } from "../links/connection_port.ts";
import type { LinkSnapshot } from "../links/port.ts";
import type { FromStore } from "../store/port.ts";
import type { Marks } from "./marks.ts";
import type { LinkWatch } from "./link_watch.ts";
import type { SimulatedLife } from "./simulated_life.ts";
import type { StoreLedger } from "./store_ledger.ts";

/** What marks are read off. */
export interface MarkedNode {
  readonly name: string;
  readonly ledger: StoreLedger;
  readonly life: SimulatedLife | undefined;
  readonly watch: LinkWatch;
}

const DECODER = new TextDecoder();

function linkOf({ life }: MarkedNode): LinkSnapshot | undefined {
  return life?.proactor?.snapshot().links[0];
}

/** Marks in which state a process goes down. @param on Whether an output is on. */
export function markCrash(marks: Marks, node: MarkedNode, on: boolean): void {
  const { ledger, life } = node;
  const link = linkOf(node);
  if (link?.reuploading) marks.hit("crash_in_reupload");
  if (link !== undefined && link.inFlight > 0) marks.hit("crash_with_rows_in_flight");
  if ((life?.proactor?.snapshot().storeWaiting ?? 0) > 0) {
    marks.hit("crash_with_rows_uncommitted");
    if (node.name === "ltn") marks.hit("crash_of_receiver_with_inbox_uncommitted");
  }
  const between = [...ledger.stored].some((seq) => ledger.acked.has(ledger.events.get(seq)?.messageId ?? ""));
  if (between) marks.hit("crash_between_ack_and_delete");
  if (on) marks.hit("crash_with_outputs_on");
}

/** Marks what a message meets. */
export function markReceived(marks: Marks, input: ConnectionInput, node: Omit<MarkedNode, "life">): void {
  if (input.kind !== "message") return;
  if (node.watch.isUp && !node.watch.isSubscribed) marks.hit("message_before_suback");
  if (!input.topic.includes("event")) return;
  const [, id = ""] = /"MessageId":"([^"]+)"/.exec(DECODER.decode(input.bytes.subarray(0, 400))) ?? [];
  if (node.ledger.applied.has(id)) marks.hit("message_repeated");
}

/** Marks what a store says. */
export function markStore(marks: Marks, message: FromStore, node: MarkedNode): void {
  if (message.kind === "failed") marks.hit("store_failed");
  else if (message.kind === "rows" && message.rows.length > 0) marks.hit("rows_read_again");
  else if (message.kind === "evicted") {
    marks.hit("evicted");
    if ((linkOf(node)?.inFlight ?? 0) > 0) marks.hit("evicted_while_in_flight");
  }
}

/** Marks how the re-upload window of a link went on since the last look. @returns The window now. */
export function markWindow(marks: Marks, node: MarkedNode, before: number): number {
  const link = linkOf(node);
  if (link === undefined) return 0;
  if (link.heldBack > 0) marks.hit("stamps_held_back");
  if (before > 0 && link.window > before) marks.hit("window_grown");
  if (before > 1 && link.window < before) marks.hit("window_halved");
  return link.window;
}
