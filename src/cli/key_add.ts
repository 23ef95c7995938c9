import { EXIT } from "../core/exit_codes.ts";
import { type IssuedLeaf, issueLeaf, type KeyPaths, type Placed, placeFiles, refuseExisting } from "../keys/mod.ts";
import { sshPublicKey, subjectNames, type Usage } from "../keys/mod.ts";
import type { KeyAddOptions } from "./keys_call.ts";
import { infoLines, issueContext, keyPathsOf, type KeysHost, printResult, readCa, shownInfo } from "./keys_context.ts";

/** The files of a key, the private one first: what is public shows that it is there. */
export function keyFiles(paths: KeyPaths, leaf: IssuedLeaf, ca: string): readonly Placed[] {
  return [
    { path: paths.key, content: leaf.key, isPrivate: true },
    { path: paths.publicKey, content: sshPublicKey(leaf.publicKey), isPrivate: false },
    { path: paths.csr, content: leaf.csr, isPrivate: false },
    { path: paths.ca, content: ca, isPrivate: false },
    { path: paths.cert, content: leaf.cert, isPrivate: false },
  ];
}

/** What the certificate is for: what was asked, else a client, and with names of its own also a server. */
export function usagesOf({ usages, dns, ip }: Pick<KeyAddOptions, "usages" | "dns" | "ip">): readonly Usage[] {
  if (usages.length > 0) return usages;
  return dns.length + ip.length > 0 ? ["client", "server"] : ["client"];
}

/** Says what was made. */
export function printLeaf(
  host: KeysHost,
  { json, verb, paths, leaf }: {
    readonly json: boolean;
    readonly verb: string;
    readonly paths: KeyPaths;
    readonly leaf: IssuedLeaf;
  },
): void {
  const { wallMs } = host.clock();
  const warnings = leaf.isShortened
    ? ["The CA ends before the days that were asked for: the certificate ends with it"]
    : [];
  printResult(host, json, {
    name: paths.stem,
    certificate: shownInfo(leaf.info, wallMs),
    files: { cert: paths.cert, key: paths.key, ca: paths.ca, csr: paths.csr, publicKey: paths.publicKey },
    warnings,
  }, [
    `${verb} key "${paths.stem}" in ${paths.folder}`,
    ...infoLines(leaf.info, wallMs),
    ...warnings.map((text) => `warning: ${text}`),
  ]);
}

/** `hearth key add`: key, request, certificate and a copy of the CA's certificate, laid out as gwcert does. */
export async function keyAdd(host: KeysHost, options: KeyAddOptions): Promise<number> {
  const paths = keyPathsOf(host, options);
  const { files } = host.keys;
  const made = [paths.key, paths.publicKey, paths.csr, paths.cert];
  if (!options.force) refuseExisting(files, made, `key "${paths.stem}"`);
  const commonName = options.commonName ?? paths.stem;
  const ca = readCa(host, options);
  const leaf = await issueLeaf(
    {
      commonName,
      names: subjectNames(commonName, options.dns, options.ip),
      usages: usagesOf(options),
      days: options.days,
      key: options.kind,
    },
    ca,
    issueContext(host),
  );
  // The copy of the CA's certificate is no secret and always that of the CA that signed.
  const placed = keyFiles(paths, leaf, ca.cert);
  const copy = placed.filter(({ path }) => path === paths.ca);
  placeFiles(files, placed.filter(({ path }) => path !== paths.ca), { replace: options.force });
  placeFiles(files, copy, { replace: true });
  printLeaf(host, { json: options.json, verb: "made", paths, leaf });
  return EXIT.ok;
}
