import type { CertificateDates, CredentialsTold } from "../core/credentials.ts";
import { invariant } from "../core/invariant.ts";
import { type ProblemLimit, problemLimit } from "./problems.ts";

/** Most connections whose certificates are remembered. */
export const CREDENTIAL_CONNECTIONS_MAX = 64;
/** Most certificates of one connection that are remembered; of a longer CA file the first count. */
export const CREDENTIAL_CERTIFICATES_MAX = 32;

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
  /**
   * Refusals not yet taken. Who fails twice is told twice, but what puts bad files there again and again is held back:
   * each reason is given once in `PROBLEM_REPEAT_MS` (as a rate limit of problems counts it), or until a set was taken.
   *
   * @param nowMs Monotonic.
   */
  takeRefused(nowMs: number): readonly RefusedCredentials[];
}

/** The same reason reads otherwise a second later when it says what the clock says. */
const CLOCK_WORDS = /the clock says \S+/g;

/** Makes an empty book. */
export function credentialBook(): CredentialBook {
  const inUse = new Map<string, readonly CertificateDates[]>();
  const limits = new Map<string, ProblemLimit>();
  const waiting = new Map<string, RefusedCredentials>();

  function isNews({ connection, reason }: RefusedCredentials, nowMs: number): boolean {
    const limit = limits.get(connection) ?? problemLimit();
    limits.set(connection, limit);
    return limit.admit(reason.replaceAll(CLOCK_WORDS, ""), nowMs) !== undefined;
  }

  return {
    inUse,
    told(told) {
      const { connection } = told;
      if (told.verdict === "refused") {
        // Nobody takes them before the store is open: only the newest of a connection waits.
        waiting.set(connection, { connection, reason: told.reason });
        return checkCount(waiting.size);
      }
      inUse.set(connection, told.certificates.slice(0, CREDENTIAL_CERTIFICATES_MAX));
      limits.delete(connection);
      checkCount(inUse.size);
    },
    takeRefused(nowMs) {
      const taken = [...waiting.values()].filter((refused) => isNews(refused, nowMs));
      waiting.clear();
      return taken;
    },
  };
}

function checkCount(count: number): void {
  invariant(count <= CREDENTIAL_CONNECTIONS_MAX, `more than ${CREDENTIAL_CONNECTIONS_MAX} connections use TLS`);
}
