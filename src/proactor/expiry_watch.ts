import type { CertificateDates } from "../core/credentials.ts";
import type { KeepRow } from "../store/port.ts";
import { EXPIRY_TABLE, type ExpiryLevel, type ExpiryState, stepExpiry, untilNextLevel } from "./expiry_table.ts";

/** Key under which it is kept what was said of which certificate. */
export const EXPIRY_KEY = "tls/expiry";
/** Certificates that are no longer used and still known: files that go to and fro are not spoken of anew. */
export const EXPIRY_UNUSED_MAX = 32;
/** Characters of a subject that count, and are shown. */
export const SUBJECT_TEXT_MAX = 200;

/** Something to be said of a certificate, once. */
export interface ExpiryNotice {
  readonly level: ExpiryLevel;
  readonly connection: string;
  readonly certificate: CertificateDates;
}

/** What was said of the certificates of one proactor. */
export interface ExpiryWatch {
  /** Takes what an earlier life kept. @throws {TypeError} If it is not what `takeKept` gave. */
  restore(text: string): void;
  /** Looks at all certificates in use, by connection. @param wallMs A clock that is right. */
  judge(
    inUse: ReadonlyMap<string, readonly CertificateDates[]>,
    wallMs: number,
  ): { readonly notices: readonly ExpiryNotice[]; readonly untilNextMs: number };
  /** What to keep, when it has changed. */
  takeKept(): KeepRow | undefined;
}

/** Makes the watch of one life. */
export function expiryWatch(): ExpiryWatch {
  // Those spoken of last come last.
  let said = new Map<string, ExpiryState>();
  let keptText = "[]";
  return {
    restore(text) {
      said = readSaid(text);
      keptText = text;
    },
    judge(inUse, wallMs) {
      const notices: ExpiryNotice[] = [];
      const used = new Map<string, ExpiryState>();
      let untilNextMs = Infinity;
      for (const [connection, certificates] of inUse) {
        for (const certificate of certificates) {
          const name = nameOf(connection, certificate);
          const step = stepExpiry(used.get(name) ?? said.get(name) ?? "unsaid", certificate, wallMs);
          used.set(name, step.state);
          if (step.level !== undefined) notices.push({ level: step.level, connection, certificate });
          untilNextMs = Math.min(untilNextMs, untilNextLevel(certificate, wallMs));
        }
      }
      const unused = [...said].filter(([name]) => !used.has(name)).slice(-EXPIRY_UNUSED_MAX);
      said = new Map([...unused, ...[...used].filter(([, state]) => state !== "unsaid")]);
      return { notices, untilNextMs };
    },
    takeKept() {
      const text = JSON.stringify([...said]);
      if (text === keptText) return undefined;
      keptText = text;
      return { key: EXPIRY_KEY, version: 1, value: text, expiresWallMs: 0 };
    },
  };
}

/** A renewed certificate has other dates, so that it has another name. */
function nameOf(connection: string, { item, subject, notBeforeMs, notAfterMs }: CertificateDates): string {
  return [connection, item, notBeforeMs, notAfterMs, subject.slice(0, SUBJECT_TEXT_MAX)].join(" ");
}

function readSaid(text: string): Map<string, ExpiryState> {
  const value: unknown = JSON.parse(text);
  const must = "they must be pairs of a name and a state";
  if (!Array.isArray(value)) throw new TypeError(`Cannot restore what was said of certificates as ${must}: no list`);
  return new Map(value.map((pair): [string, ExpiryState] => {
    const [name, state] = Array.isArray(pair) ? pair as unknown[] : [];
    if (typeof name === "string" && typeof state === "string" && Object.hasOwn(EXPIRY_TABLE, state)) {
      return [name, state as ExpiryState];
    }
    throw new TypeError(`Cannot restore what was said of certificates as ${must}: ${JSON.stringify(pair)}`);
  }));
}
