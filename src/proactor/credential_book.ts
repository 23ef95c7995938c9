import type { CertificateDates, CredentialsTold } from "../core/credentials.ts";
import { invariant } from "../core/invariant.ts";

/** Most connections whose certificates are remembered. */
export const CREDENTIAL_CONNECTIONS_MAX = 64;
/** Most certificates of one connection that are remembered; of a longer CA file the first count. */
export const CREDENTIAL_CERTIFICATES_MAX = 32;

/** What the connections of one proactor use, as the shell told it. */
export interface CredentialBook {
  /** Remembers what a connection uses now; a refused set changes nothing. */
  told(told: CredentialsTold): void;
  /** Certificates in use, by connection. */
  readonly inUse: ReadonlyMap<string, readonly CertificateDates[]>;
}

/** Makes an empty book. */
export function credentialBook(): CredentialBook {
  const inUse = new Map<string, readonly CertificateDates[]>();
  return {
    inUse,
    told(told) {
      if (told.verdict === "refused") return;
      inUse.set(told.connection, told.certificates.slice(0, CREDENTIAL_CERTIFICATES_MAX));
      invariant(
        inUse.size <= CREDENTIAL_CONNECTIONS_MAX,
        `more than ${CREDENTIAL_CONNECTIONS_MAX} connections use TLS`,
      );
    },
  };
}
