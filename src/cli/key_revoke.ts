import { OutsideDataError } from "../core/errors.ts";
import { EXIT } from "../core/exit_codes.ts";
import { certificateInfo, issueRevocations, judgeCredentials, placeFiles, readCertificates } from "../keys/mod.ts";
import { readRevocations, readText, type Revocation, revocationText } from "../keys/mod.ts";
import type { KeyRevokeOptions } from "./keys_call.ts";
import { caPathsOf, keyPathsOf, type KeysHost, optionalText, printResult, readCa } from "./keys_context.ts";

/** Serial number of the key's certificate, which must be one of this CA. */
async function serialOf(host: KeysHost, options: KeyRevokeOptions, ca: string): Promise<string> {
  if (options.serial !== undefined) return options.serial.replace(/^(?:00)+(?=.)/, "");
  const { cert } = keyPathsOf(host, { ...options, name: options.name ?? "" });
  const text = readText(host.keys.files, cert, "certificate");
  const own = readCertificates(text)[0];
  if (own === undefined) {
    throw new OutsideDataError(`Cannot revoke "${cert}" as it must be PEM: there is no certificate`);
  }
  const { problems } = await judgeCredentials({ cert: text, ca }, { wallMs: 0, what: "certificate" });
  const wrong = problems.find(({ level }) => level === "error");
  if (wrong !== undefined) throw new OutsideDataError(wrong.text);
  return (await certificateInfo(own)).serialNumber;
}

/** `hearth key revoke`: adds a certificate to the CA's list. A second time changes nothing. */
export async function keyRevoke(host: KeysHost, options: KeyRevokeOptions): Promise<number> {
  const { wallMs } = host.clock();
  const ca = readCa(host, options);
  const serialNumber = await serialOf(host, options, ca.cert);
  const { crl: path } = caPathsOf(host, options);
  const old = optionalText(host, path, "revocation list");
  const before = old === undefined ? [] : (await readRevocations(old, ca.cert)).entries;
  const known = before.find((entry) => entry.serialNumber === serialNumber);
  const entry: Revocation = known ?? { serialNumber, revokedMs: wallMs, reason: options.reason };
  const entries = known === undefined ? [...before, entry] : before;
  // Signed anew in any case: a list of gwcert ends after a day.
  const crl = await issueRevocations(entries, ca, wallMs);
  placeFiles(host.keys.files, [{ path, content: crl, isPrivate: false }], { replace: true });
  printResult(host, options.json, { crl: path, added: known === undefined, entry, revoked: entries.length }, [
    known === undefined ? `revoked ${revocationText(entry)}` : `nothing changes: ${revocationText(entry)}`,
    `list of ${entries.length} in ${path}; a broker reads it when it starts or reloads (mosquitto: crlfile)`,
  ]);
  return EXIT.ok;
}
