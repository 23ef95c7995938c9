import type { EnvironmentError } from "../core/errors.ts";
import type { FromStore } from "./port.ts";

type Evicted = readonly Extract<FromStore, { kind: "evicted" }>[];

/**
 * What commits answer. Something that people should know fails the answer of one commit that is durable: so it is told as
 * any failure is, and the commit that comes again, and changes nothing, has the answer.
 */
export interface CommitAnswer {
  /** One of each code waits at most. */
  alarm(alarm: EnvironmentError | undefined): void;
  /** The answer of a durable commit. @throws {EnvironmentError} An alarm, each once. */
  give(evicted: Evicted): Evicted;
}

/** Makes the answers of one engine. */
export function commitAnswer(): CommitAnswer {
  const alarms: EnvironmentError[] = [];
  let untold: Evicted = [];
  return {
    alarm(alarm) {
      if (alarm === undefined || alarms.some(({ code }) => code === alarm.code)) return;
      alarms.push(alarm);
    },
    give(evicted) {
      const all = [...untold, ...evicted];
      const alarm = alarms.shift();
      untold = alarm === undefined ? [] : all;
      if (alarm !== undefined) throw alarm;
      return all;
    },
  };
}
