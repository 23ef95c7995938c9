import type { CertificateDates, CredentialsTold } from "../core/credentials.ts";
import { invariant } from "../core/invariant.ts";
import { type RecentSet, recentSet } from "../core/recent_set.ts";

/** Most connections whose certificates are remembered. */
export const CREDENTIAL_CONNECTIONS_MAX = 64;
/** Most certificates of one connection that are remembered; of a longer CA file the first count. */
export const CREDENTIAL_CERTIFICATES_MAX = 32;
/** Reasons of refusals that are told apart for one connection. */
export const REFUSAL_REASONS_MAX = 16;

/** A set of files that a connection did not take. */
export interface RefusedCredentials {
  readonly connection: string;
  readonly reason: string;
}

/** What the connections of one proactor use, as the shell told it. */
export interface CredentialBook {
  /** Remembers what a connection uses now; a refused set changes nothing. */
  told(told: CredentialsTold): void;
  /** Certificates in use, by connection. */
  readonly inUse: ReadonlyMap<string, readonly CertificateDates[]>;
  /** Refusals not yet taken: each reason once, until the connection has taken a set. */
  takeRefused(): readonly RefusedCredentials[];
}

/** The same reason reads otherwise a second later when it says what the clock says. */
const CLOCK_WORDS = /the clock says \S+/g;

/** Makes an empty book. */
export function credentialBook(): CredentialBook {
  const inUse = new Map<string, readonly CertificateDates[]>();
  const known = new Map<string, RecentSet<string>>();
  const waiting = new Map<string, RefusedCredentials>();

  function refused(connection: string, reason: string): void {
    const reasons = known.get(connection) ?? recentSet<string>(REFUSAL_REASONS_MAX);
    known.set(connection, reasons);
    checkCount(known.size);
    const kind = reason.replaceAll(CLOCK_WORDS, "");
    if (reasons.has(kind)) return;
    reasons.add(kind);
    // Nobody takes them before the store is open: only the newest of a connection waits.
    waiting.set(connection, { connection, reason });
  }

  return {
    inUse,
    told(told) {
      if (told.verdict === "refused") return refused(told.connection, told.reason);
      inUse.set(told.connection, told.certificates.slice(0, CREDENTIAL_CERTIFICATES_MAX));
      known.delete(told.connection);
      checkCount(inUse.size);
    },
    takeRefused() {
      const taken = [...waiting.values()];
      waiting.clear();
      return taken;
    },
  };
}

function checkCount(count: number): void {
  invariant(count <= CREDENTIAL_CONNECTIONS_MAX, `more than ${CREDENTIAL_CONNECTIONS_MAX} connections use TLS`);
}
