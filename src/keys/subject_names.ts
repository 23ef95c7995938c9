import { isIP, isIPv4 } from "node:net";
import type { JsonGeneralNames } from "./x509.ts";

/** Most characters of a common name: X.520 upper bound. */
export const COMMON_NAME_CHARACTERS_MAX = 64;
/** Most names in one certificate. */
export const NAMES_MAX = 100;
const DNS_CHARACTERS_MAX = 253;
// GridWorks names keys after links, so that the underscore is allowed as the reference allows it.
const DNS_LABEL = /^[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$/;

/** What a certificate says that its holder is. */
export interface SubjectNames {
  readonly dns: readonly string[];
  /** IPv4 or IPv6, without a zone. */
  readonly ips: readonly string[];
}

/** Whether a text can stand in a certificate as DNS name; "*" alone as the first label is a wildcard. */
export function isDnsName(text: string): boolean {
  if (text.length > DNS_CHARACTERS_MAX || isIP(text) !== 0) return false;
  const labels = text.split(".");
  if (labels[0] === "*" && labels.length > 2) labels.shift();
  return labels.every((label) => DNS_LABEL.test(label));
}

/** Whether a text can stand in a certificate as address. */
export function isAddress(text: string): boolean {
  return isIP(text) !== 0 && !text.includes("%");
}

/** Checks a common name. @returns It as it was. @throws {RangeError} If it is empty, too long or has control characters. */
export function checkedCommonName(text: string): string {
  // deno-lint-ignore no-control-regex
  if (text.trim() === text && text.length > 0 && !/[\u0000-\u001f\u007f]/.test(text)) {
    if (text.length <= COMMON_NAME_CHARACTERS_MAX) return text;
  }
  const must = `1 to ${COMMON_NAME_CHARACTERS_MAX} characters without spaces around them`;
  throw new RangeError(`Cannot use common name as it must have ${must}: found "${text}"`);
}

/**
 * Sorts what was asked for into names and addresses. An address among the names is taken as the address that it is; without
 * any, the common name is the one name.
 *
 * @throws {RangeError} If a text is neither, or there are more than `NAMES_MAX`.
 */
export function subjectNames(commonName: string, dns: readonly string[], ips: readonly string[]): SubjectNames {
  const wanted = dns.length + ips.length === 0 ? [commonName] : dns;
  const found = {
    dns: unique(wanted.filter((name) => isDnsName(name))),
    ips: unique([...wanted.filter(isAddress), ...ips].map(canonicalAddress)),
  };
  for (const name of wanted) {
    if (isDnsName(name) || isAddress(name)) continue;
    const hint = name === commonName && dns.length === 0 ? " (the common name; --dns gives another)" : "";
    throw new RangeError(`Cannot use name "${name}" as it must be a DNS name or an address: it is neither${hint}`);
  }
  for (const ip of ips) {
    if (!isAddress(ip)) throw new RangeError(`Cannot use address as it must be IPv4 or IPv6: found "${ip}"`);
  }
  const count = found.dns.length + found.ips.length;
  if (count > NAMES_MAX) throw new RangeError(`Cannot use names as there must be at most ${NAMES_MAX}: found ${count}`);
  return found;
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)];
}

/** One spelling of an address: IPv6 as RFC 5952 has it. */
export function canonicalAddress(text: string): string {
  if (!isAddress(text) || isIPv4(text)) return text;
  return new URL(`http://[${text}]`).hostname.slice(1, -1);
}

/** As the X.509 library takes them. */
export function generalNames({ dns, ips }: SubjectNames): JsonGeneralNames {
  return [
    ...dns.map((value) => ({ type: "dns" as const, value })),
    ...ips.map((value) => ({ type: "ip" as const, value })),
  ];
}

/**
 * Whether a certificate with these names is one of a host. A wildcard stands for exactly one label: RFC 6125 §6.4.3.
 *
 * @param host DNS name or address, as in a URL without brackets.
 */
export function namesMatch(names: SubjectNames, host: string): boolean {
  if (isIP(host) !== 0) return names.ips.map(canonicalAddress).includes(canonicalAddress(host));
  const wanted = host.toLowerCase().replace(/\.$/, "");
  return names.dns.map((name) => name.toLowerCase()).some((name) =>
    name === wanted || (name.startsWith("*.") && wanted.slice(wanted.indexOf(".")) === name.slice(1))
  );
}
