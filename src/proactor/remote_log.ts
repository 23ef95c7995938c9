import type { LogLevel, LogRecord } from "../core/log.ts";
import type { Message } from "../core/message.ts";
import { type ProactorDbg, proactorDbgEvent } from "../protocol/mod.ts";
import type { LinkSnapshot } from "../links/port.ts";
import type { ProactorWorld } from "./world.ts";

/** How long levels hold that a peer asked for, in ms of real time: nobody comes back to set them right. */
export const ASKED_MS = 3_600_000;
/** Most records a minute that are written only because a peer asked for them. */
export const ASKED_RECORDS_MAX = 600;
/** Most commands of peers that are answered a minute: each answer is a row of the store. */
export const ANSWERS_MAX = 60;

const MINUTE_MS = 60_000;
const RANKS: Readonly<Record<LogLevel, number>> = { debug: 10, info: 20, warn: 30, error: 40 };

/** Loggers of the reference that a command may set. */
const LOGGERS = ["message_summary", "lifecycle", "comm_event"] as const;
type Logger = (typeof LOGGERS)[number];

/** What peers may ask of a proactor's log. Source: spec/proactor.md §1.5. */
export interface RemoteLog {
  /** @returns The record as it goes on; undefined when the peer asked for silence. Warnings and errors always go on. */
  gate(record: LogRecord): LogRecord | undefined;
  /** A message came: one line for it while a peer asks for that. */
  received(link: string, message: Message): void;
  /** Carries out a command. @returns The event that answers it; undefined when there were too many. */
  take(command: ProactorDbg, links: readonly LinkSnapshot[]): ReturnType<typeof proactorDbgEvent> | undefined;
}

/** Counts up to so many a minute. */
function perMinute(max: number): (nowMs: number) => boolean {
  let minute = -1;
  let count = 0;
  return function mayPass(nowMs) {
    const now = Math.floor(nowMs / MINUTE_MS);
    if (now !== minute) count = 0;
    minute = now;
    return ++count <= max;
  };
}

function loggerOf(event: string): Logger {
  if (event === "proactor.message") return "message_summary";
  return event.startsWith("link.") ? "comm_event" : "lifecycle";
}

/** Makes what peers may ask of a log; nobody has asked yet. @param world Where the log goes, and the time. */
export function remoteLog(world: Pick<ProactorWorld, "realMs" | "effect">): RemoteLog {
  const asked = new Map<Logger, number>();
  const mayWrite = perMinute(ASKED_RECORDS_MAX);
  const mayAnswer = perMinute(ANSWERS_MAX);
  let untilMs = 0;

  function levelOf(logger: Logger): number | undefined {
    if (asked.size > 0 && world.realMs() >= untilMs) asked.clear();
    return asked.get(logger);
  }
  function gate(record: LogRecord): LogRecord | undefined {
    const level = asked.size === 0 ? undefined : levelOf(loggerOf(record.event));
    if (level === undefined) return record;
    if (RANKS[record.level] < level) return RANKS[record.level] >= RANKS.warn ? record : undefined;
    return mayWrite(world.realMs()) ? { ...record, wanted: true } : record;
  }
  function write(record: LogRecord): void {
    if (mayWrite(world.realMs())) world.effect({ kind: "log", record: { ...record, wanted: true } });
  }
  return {
    gate,
    received(link, { type, src, messageId }) {
      const level = asked.size === 0 ? undefined : levelOf("message_summary");
      if (level === undefined || level > RANKS.info) return;
      write({ level: "info", event: "proactor.message", fields: { link, type, src, messageId } });
    },
    take(command, links) {
      let count = 0;
      for (const logger of LOGGERS) {
        const level = command.Levels[logger];
        if (level < 0) continue;
        asked.set(logger, level);
        untilMs = world.realMs() + ASKED_MS;
        count++;
      }
      if (!mayAnswer(world.realMs())) return undefined;
      if (command.Command === "show_subscriptions") {
        const fields = Object.fromEntries(links.map(({ name, state }) => [name, state]));
        write({ level: "info", event: "link.subscriptions", fields });
      }
      return proactorDbgEvent({ command, count });
    },
  };
}
