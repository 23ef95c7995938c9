import { EXIT } from "../core/exit_codes.ts";
import { folderOf, issueCa, issueRevocations, MODES, placeFiles, refuseExisting, sshPublicKey } from "../keys/mod.ts";
import type { CaCreateOptions } from "./keys_call.ts";
import { caPathsOf, infoLines, issueContext, type KeysHost, printResult, shownInfo } from "./keys_context.ts";

/** `hearth ca create`: the files of gwcert, with the key readable by its owner alone. */
export async function caCreate(host: KeysHost, options: CaCreateOptions): Promise<number> {
  const { commonName, days, kind, force, json } = options;
  const { files } = host.keys;
  const paths = caPathsOf(host, options);
  const made = [paths.key, paths.cert, paths.publicKey, paths.crl];
  if (!force) refuseExisting(files, made, `CA "${commonName}"`);
  const context = issueContext(host);
  const ca = await issueCa({ commonName, days, kind }, context);
  const crl = await issueRevocations([], ca, context.wallMs);
  files.makeFolder(paths.folder, MODES.privateFolder);
  placeFiles(files, [
    { path: paths.key, content: ca.key, isPrivate: true },
    { path: paths.cert, content: ca.cert, isPrivate: false },
    { path: paths.publicKey, content: sshPublicKey(ca.publicKey), isPrivate: false },
    { path: paths.crl, content: crl, isPrivate: false },
  ], { replace: force });
  files.makeFolder(paths.certs, MODES.privateFolder);
  const lines = [
    `made CA in ${paths.folder}`,
    ...infoLines(ca.info, context.wallMs),
    `Keep ${folderOf(paths.key)} off every device: who has it can sign keys.`,
  ];
  printResult(host, json, { certificate: shownInfo(ca.info, context.wallMs), files: made }, lines);
  return EXIT.ok;
}
