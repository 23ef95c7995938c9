import { EXIT } from "../core/exit_codes.ts";
import { OutsideDataError } from "../core/errors.ts";
import { certificateInfo, issueLeaf, type KeyFiles, placeFiles, readCertificates, readText } from "../keys/mod.ts";
import { readRevocations, revocationText, subjectNames, type Usage } from "../keys/mod.ts";
import { keyFiles, printLeaf } from "./key_add.ts";
import type { KeyRenewOptions } from "./keys_call.ts";
import { caPathsOf, issueContext, keyPathsOf, type KeysHost, optionalText, readCa } from "./keys_context.ts";
import { mustOpenKey } from "./keys_password.ts";

/** Ending of what was in use before. */
const PREVIOUS = ".previous";

function keepPrevious(files: KeyFiles, paths: readonly { readonly path: string; readonly isPrivate: boolean }[]): void {
  const kept = paths.filter(({ path }) => files.stat(path) !== undefined)
    .map(({ path, isPrivate }) => ({ path: `${path}${PREVIOUS}`, content: files.read(path), isPrivate }));
  placeFiles(files, kept, { replace: true });
}

/** A key that was revoked must not live on in a new certificate, which no list names. */
async function refuseRevoked(
  host: KeysHost,
  { options, serialNumber, ca }: {
    readonly options: KeyRenewOptions;
    readonly serialNumber: string;
    readonly ca: string;
  },
): Promise<void> {
  const crl = optionalText(host, caPathsOf(host, options).crl, "revocation list");
  if (crl === undefined) return;
  const { entries } = await readRevocations(crl, ca);
  const found = entries.find((entry) => entry.serialNumber === serialNumber);
  if (found === undefined) return;
  const must = "a revoked key must be replaced (--new-key)";
  throw new OutsideDataError(`Cannot renew key "${options.name}" as ${must}: ${revocationText(found)}`);
}

/** `hearth key renew`: a new certificate for the same names, uses and key; or also a new key. */
export async function keyRenew(host: KeysHost, options: KeyRenewOptions): Promise<number> {
  const paths = keyPathsOf(host, options);
  const { files } = host.keys;
  const own = readCertificates(readText(files, paths.cert, "certificate"))[0];
  if (own === undefined) {
    throw new OutsideDataError(`Cannot renew "${paths.cert}" as it must be PEM with a certificate: there is none`);
  }
  const old = await certificateInfo(own);
  const ca = readCa(host, options);
  if (options.newKey === undefined) await refuseRevoked(host, { options, serialNumber: old.serialNumber, ca: ca.cert });
  const commonName = old.commonName === "" ? paths.stem : old.commonName;
  const hasNames = options.dns.length + options.ip.length > 0;
  const names = hasNames ? [options.dns, options.ip] as const : [old.dns, old.ips] as const;
  const known = old.usages?.filter((usage): usage is Usage => usage === "client" || usage === "server") ?? [];
  const leaf = await issueLeaf(
    {
      commonName,
      names: subjectNames(commonName, ...names),
      // A certificate of gwcert does not say what it is for: the new one may do both.
      usages: known.length > 0 ? known : ["client", "server"],
      days: options.days,
      key: options.newKey ??
        mustOpenKey(host, readText(files, paths.key, "private key"), { ...options, link: paths.stem }).plain,
    },
    ca,
    issueContext(host),
  );
  // A key that stays is not written again: it may be in a form that its owner chose.
  const placed = keyFiles(paths, leaf, ca.cert).filter(({ path }) =>
    options.newKey !== undefined || path !== paths.key
  );
  keepPrevious(files, placed.filter(({ path }) => path === paths.cert || path === paths.key));
  placeFiles(files, placed, { replace: true });
  printLeaf(host, { json: options.json, verb: "renewed", paths, leaf });
  return EXIT.ok;
}
