import { OutsideDataError } from "../core/errors.ts";
import { type CaTexts, isoSeconds, openCa } from "./issue.ts";
import { signingAlgorithm } from "./key_kind.ts";
import { REVOKE_REASONS, type RevokeReason } from "./key_limits.ts";
import { firstPemBlock, pemText } from "./pem.ts";
import { Extension, X509Certificate, X509Crl, X509CrlGenerator } from "./x509.ts";

/** One revoked certificate. */
export interface Revocation {
  /** Hexadecimal, lower case. */
  readonly serialNumber: string;
  /** ms since 1970. */
  readonly revokedMs: number;
  /** Absent when the list does not say, or says one that we never write. */
  readonly reason?: RevokeReason;
}

/** A list of revoked certificates. */
export interface RevocationList {
  readonly issuer: string;
  /** ms since 1970. */
  readonly madeMs: number;
  /** ms since 1970; a broker that has an older list refuses everybody. */
  readonly nextMs?: number;
  readonly entries: readonly Revocation[];
}

/** Object identifier of the number of a list. */
const CRL_NUMBER = "2.5.29.20";

/** Reads a list. @throws {OutsideDataError} If it is none, or not of this CA. */
export async function readRevocations(pem: string, caPem: string): Promise<RevocationList> {
  const ca = new X509Certificate(firstPemBlock("CERTIFICATE", caPem, "CA certificate"));
  const list = new X509Crl(firstPemBlock("X509 CRL", pem, "revocation list"));
  if (list.issuer !== ca.subject || !await list.verify({ publicKey: ca.publicKey })) {
    const must = `it must be signed by the CA "${ca.subject}"`;
    throw new OutsideDataError(`Cannot use revocation list of "${list.issuer}" as ${must}: it is not`);
  }
  return {
    issuer: list.issuer,
    madeMs: list.thisUpdate.getTime(),
    ...(list.nextUpdate === undefined ? {} : { nextMs: list.nextUpdate.getTime() }),
    entries: list.entries.map((entry) => ({
      serialNumber: entry.serialNumber.toLowerCase(),
      revokedMs: entry.revocationDate.getTime(),
      ...reasonOf(entry.reason),
    })),
  };
}

function reasonOf(number: number | undefined): { readonly reason?: RevokeReason } {
  const found = Object.entries(REVOKE_REASONS).find(([, value]) => value === number);
  return found === undefined ? {} : { reason: found[0] as RevokeReason };
}

/**
 * Signs a list. It holds as long as the CA does: brokers refuse everybody when their list is too old, so that a list that
 * nobody renews must not end by itself.
 *
 * @throws {OutsideDataError} If the CA cannot sign.
 */
export async function issueRevocations(
  entries: readonly Revocation[],
  ca: CaTexts,
  wallMs: number,
): Promise<string> {
  const { certificate, info, key } = await openCa(ca, wallMs);
  const list = await X509CrlGenerator.create({
    issuer: certificate.subjectName,
    thisUpdate: new Date(Math.floor(wallMs / 1_000) * 1_000),
    nextUpdate: new Date(info.notAfterMs),
    signingKey: key,
    signingAlgorithm: signingAlgorithm(certificate.publicKey.algorithm),
    extensions: [new Extension(CRL_NUMBER, false, derInteger(wallMs))],
    entries: entries.map(({ serialNumber, revokedMs, reason }) => ({
      serialNumber,
      revocationDate: new Date(revokedMs),
      ...(reason === undefined || reason === "unspecified" ? {} : { reason: REVOKE_REASONS[reason] }),
    })),
  });
  return pemText("X509 CRL", list.rawData);
}

/** Greater with each list, as RFC 5280 §5.2.3 asks: the time is. */
function derInteger(value: number): Uint8Array<ArrayBuffer> {
  let hex = Math.trunc(value).toString(16);
  if (hex.length % 2 === 1) hex = `0${hex}`;
  if (parseInt(hex.slice(0, 2), 16) >= 0x80) hex = `00${hex}`;
  const bytes = hex.match(/../g)!.map((pair) => parseInt(pair, 16));
  return new Uint8Array([0x02, bytes.length, ...bytes]);
}

/** For people. */
export function revocationText({ serialNumber, revokedMs, reason }: Revocation): string {
  return `${serialNumber} revoked at ${isoSeconds(revokedMs)}${reason === undefined ? "" : ` (${reason})`}`;
}
