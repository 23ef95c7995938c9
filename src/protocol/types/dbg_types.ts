import * as z from "zod";
import { eventSchema } from "./link_types.ts";
import { int, text, typeName } from "./primitives.ts";

const LEVEL_NAMES: Readonly<Record<string, number>> = {
  NOTSET: 0,
  DEBUG: 10,
  INFO: 20,
  WARN: 30,
  WARNING: 30,
  ERROR: 40,
  CRITICAL: 50,
  FATAL: 50,
};

function toLevel(value: unknown): unknown {
  return typeof value === "string" ? LEVEL_NAMES[value.toUpperCase()] ?? value : value;
}

const level = z.preprocess(toLevel, int);

/** Levels of the reference's loggers, 10 (debug) to 50 (critical), or their names; -1 leaves one as it is. `io_loop` has no effect. */
export const DbgLevels = z.object({
  message_summary: level.default(30),
  lifecycle: level.default(20),
  comm_event: level.default(20),
  io_loop: level.default(20),
});

/** Asks a proactor to log more or less, and to show its subscriptions. Source: spec/proactor.md §1.5, §4. */
export const ProactorDbg = z.object({
  Levels: DbgLevels.default({ message_summary: -1, lifecycle: -1, comm_event: -1, io_loop: 20 }),
  Command: z.preprocess(
    (value) => value === "show_subscriptions" ? value : null,
    z.literal("show_subscriptions").nullable(),
  ),
  TypeName: typeName("gridworks.proactor.dbg"),
});

/**
 * Answers `ProactorDbg`. `Path` shows which of its parts were carried out, as eight hexadecimal digits of bits: 1 a level was
 * set, 2 subscriptions were shown, 4 there was no command. `Count` is the number of levels that were set, 0 to 3.
 */
export const ProactorDbgEvent = eventSchema("gridworks.event.proactor.dbg", {
  Command: ProactorDbg,
  Path: text,
  Count: int,
  Msg: text.default(""),
});

/** @see DbgLevels */
export type DbgLevels = z.infer<typeof DbgLevels>;
/** @see ProactorDbg */
export type ProactorDbg = z.infer<typeof ProactorDbg>;
/** @see ProactorDbgEvent */
export type ProactorDbgEvent = z.infer<typeof ProactorDbgEvent>;
