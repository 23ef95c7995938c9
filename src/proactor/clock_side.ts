import type { CertificateDates, CredentialsTold } from "../core/credentials.ts";
import { errorText } from "../core/errors.ts";
import { type ClockNews, clockWatch, isoText, LAST_KNOWN_KEY } from "./clock_watch.ts";
import { credentialBook } from "./credential_book.ts";
import type { ExpiryLevel } from "./expiry_table.ts";
import { EXPIRY_KEY, type ExpiryNotice, expiryWatch, SUBJECT_TEXT_MAX } from "./expiry_watch.ts";
import type { Recorder } from "./recorder.ts";
import type { StoreSide } from "./store_side.ts";
import type { ProactorTimers } from "./timers.ts";
import type { ProactorWorld } from "./world.ts";

/** Certificates are looked at this often at least, in ms of real time. */
export const EXPIRY_LOOK_MS = 86_400_000;
/** Timer of the next look at the certificates. */
export const EXPIRY_TIMER = "proactor.expiry";

/** What depends on the wall clock being right: the last known time, dates of certificates, tries that wait for it. */
export interface ClockSide {
  /** Takes a kept value. @returns Whether it was ours. */
  restore(key: string, text: string): boolean;
  /** No time before this one (ms since 1970) is now, as far as is known; 0 when nothing is. */
  readonly lastKnownMs: number;
  /** Before actors and links start. */
  start(): void;
  /** The periodic turn. */
  tick(): void;
  told(told: CredentialsTold): void;
  /** The timer `EXPIRY_TIMER` fired. */
  expiryDue(): void;
  stop(): void;
  /** Why a peer may refuse us, for people; "" when the clock is not suspected. */
  doubt(): string;
}

/** What it needs. */
export interface ClockSideParts {
  readonly world: ProactorWorld;
  readonly store: Pick<StoreSide, "keep">;
  readonly timers: Pick<ProactorTimers, "start">;
  readonly recorder: Pick<Recorder, "notice" | "problem">;
  /** The clock was set: whatever waits because of it may try at once. */
  stepped(): void;
}

/** Makes the clock side of one proactor. */
export function clockSide(parts: ClockSideParts): ClockSide {
  return new ProactorClockSide(parts);
}

class ProactorClockSide implements ClockSide {
  readonly #parts: ClockSideParts;
  readonly #clock;
  readonly #book = credentialBook();
  readonly #expiry = expiryWatch();
  #runs = false;

  constructor(parts: ClockSideParts) {
    this.#parts = parts;
    this.#clock = clockWatch(parts.world);
  }

  get lastKnownMs(): number {
    return this.#clock.lastKnownMs;
  }

  restore(key: string, text: string): boolean {
    if (key !== LAST_KNOWN_KEY && key !== EXPIRY_KEY) return false;
    try {
      if (key === LAST_KNOWN_KEY) this.#clock.restore(text);
      else this.#expiry.restore(text);
    } catch (error) {
      const summary = `Cannot restore kept value "${key}" as it must be what was kept`;
      this.#parts.recorder.problem(`kept/${key}`, summary, errorText(error));
    }
    return true;
  }

  start(): void {
    this.#runs = true;
    this.#moved(this.#clock.look());
    this.#sayRefused();
    this.#judge();
    this.#keep(false);
  }

  tick(): void {
    const news = this.#clock.look();
    this.#moved(news);
    if (news.moved === "right" || news.steppedMs !== undefined) this.#judge();
    if (news.steppedMs !== undefined) {
      this.#log("warn", "clock.stepped", { byMs: news.steppedMs });
      this.#parts.stepped();
    }
    this.#keep(false);
  }

  told(told: CredentialsTold): void {
    this.#book.told(told);
    if (!this.#runs) return;
    this.#sayRefused();
    this.#judge();
  }

  expiryDue(): void {
    this.#judge();
  }

  stop(): void {
    this.#runs = false;
    this.#keep(true);
  }

  doubt(): string {
    return this.#clock.doubt();
  }

  #moved({ moved, isBelieved, steppedMs }: ClockNews): void {
    if (moved === undefined) return;
    const { foundText } = this.#clock;
    if (moved === "behind") return this.#log("warn", "clock.behind", { found: foundText });
    if (foundText === "") return;
    this.#log("info", "clock.right", { found: foundText });
    const by = steppedMs === undefined ? "" : ` by ${Math.round(steppedMs / 1_000)} s`;
    const how = isBelieved ? "nobody set it for a day" : `it was set${by}`;
    const now = isoText(this.#parts.world.realWallMs());
    const details = `${foundText}; ${how} and says ${now}`;
    this.#parts.recorder.notice("warning", "The wall clock was wrong until now", details);
  }

  #judge(): void {
    const { recorder, store, timers, world } = this.#parts;
    if (!this.#clock.isRight) return;
    const wallMs = world.realWallMs();
    const { notices, untilNextMs } = this.#expiry.judge(this.#book.inUse, wallMs);
    for (const notice of notices) {
      const isNear = notice.level === "day_1" || notice.level === "expired";
      recorder.notice(isNear ? "error" : "warning", summaryOf(notice), detailsOf(notice.certificate, wallMs));
    }
    const said = this.#expiry.takeKept();
    if (said !== undefined) store.keep(said);
    timers.start(EXPIRY_TIMER, Math.min(EXPIRY_LOOK_MS, untilNextMs), "real");
  }

  #sayRefused(): void {
    for (const { connection, reason } of this.#book.takeRefused(this.#parts.world.realMs())) {
      const summary =
        `Cannot use the TLS files of connection "${connection}" as they must be good: what was in use stays`;
      this.#parts.recorder.notice("error", summary, reason);
    }
  }

  #keep(isLast: boolean): void {
    const kept = this.#clock.takeKept(isLast);
    if (kept !== undefined) this.#parts.store.keep(kept);
  }

  #log(level: "info" | "warn", event: `clock.${string}`, fields: Readonly<Record<string, string | number>>): void {
    this.#parts.world.effect({ kind: "log", record: { level, event, fields } });
  }
}

const LEVEL_TEXTS: Readonly<Record<ExpiryLevel, string>> = {
  days_30: "ends within 30 days",
  days_7: "ends within 7 days",
  day_1: "ends within a day",
  expired: "has expired",
};

function summaryOf({ level, connection, certificate: { item, subject } }: ExpiryNotice): string {
  const what = item === "ca" ? "CA certificate" : "Certificate";
  return `${what} "${subject.slice(0, SUBJECT_TEXT_MAX)}" of connection "${connection}" ${LEVEL_TEXTS[level]}`;
}

function detailsOf({ notBeforeMs, notAfterMs }: CertificateDates, wallMs: number): string {
  const dates = `valid from ${isoText(notBeforeMs)} to ${isoText(notAfterMs)}`;
  return `${dates}, the clock says ${isoText(wallMs)}: renew it, and put the new files where the old ones are`;
}
