/** Dates of one certificate that a connection uses. */
export interface CertificateDates {
  /** The CA's, or our own. */
  readonly item: "ca" | "cert";
  /** For people, for example "CN=scada". */
  readonly subject: string;
  /** ms since 1970. */
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/**
 * What the shell says when it has read the TLS files of a connection: at the start, and after each change of a file.
 * A refused set changes nothing: the connection goes on with what it had.
 */
export type CredentialsTold =
  | { readonly verdict: "in_use"; readonly connection: string; readonly certificates: readonly CertificateDates[] }
  | { readonly verdict: "refused"; readonly connection: string; readonly reason: string };
