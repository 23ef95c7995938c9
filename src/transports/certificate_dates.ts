import type { X509Certificate } from "node:crypto";
import type { CertificateDates } from "../core/credentials.ts";
import { pemCertificates, subjectOf, type TlsTexts } from "./tls_preflight.ts";

/** Dates of one set: our own certificate with its chain first, then the CAs; what cannot be read is left out. */
export function certificateDates(tls: TlsTexts): readonly CertificateDates[] {
  const own = tls.cert === undefined ? [] : pemCertificates("cert", tls.cert).found;
  return [
    ...own.map((certificate) => datesOf("cert", certificate)),
    ...pemCertificates("ca", tls.ca).found.map((certificate) => datesOf("ca", certificate)),
  ];
}

function datesOf(item: CertificateDates["item"], certificate: X509Certificate): CertificateDates {
  return {
    item,
    subject: subjectOf(certificate),
    notBeforeMs: Date.parse(certificate.validFrom),
    notAfterMs: Date.parse(certificate.validTo),
  };
}
