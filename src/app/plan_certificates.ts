import { DAY_MS, EXPIRY_DAYS_WARNED, WALL_MS_TRUSTED } from "../keys/key_limits.ts";
import { certificateDates } from "../transports/certificate_dates.ts";
import type { TlsTexts } from "../transports/tls_preflight.ts";
import type { PlanBasis } from "./plan_basis.ts";

/** Lists the certificates of a link, and warns of those that end soon; one that has ended is the preflight's to tell. */
export function gatherCertificates(link: string, texts: TlsTexts, basis: PlanBasis): void {
  const wallMs = basis.host.wallMs();
  for (const { item, subject, notAfterMs } of certificateDates(texts)) {
    const daysLeft = Math.floor((notAfterMs - wallMs) / DAY_MS);
    const notAfter = new Date(notAfterMs).toISOString().replace(/\.\d+Z$/, "Z");
    basis.certificates.push({ link, item, subject, notAfter, daysLeft });
    if (wallMs < WALL_MS_TRUSTED || daysLeft < 0 || daysLeft >= EXPIRY_DAYS_WARNED) continue;
    const whose = item === "ca" ? "CA certificate" : "certificate";
    basis.warnings.push(`${link}: The ${whose} "${subject}" expires in ${daysLeft} days, at ${notAfter}`);
  }
}
