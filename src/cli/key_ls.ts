import { errorText } from "../core/errors.ts";
import { EXIT } from "../core/exit_codes.ts";
import { type CertificateInfo, certificateInfo, isoSeconds, keyPaths, readCertificates } from "../keys/mod.ts";
import { readRevocations, readText } from "../keys/mod.ts";
import { joinPath } from "../settings/mod.ts";
import type { KeyOptions } from "./keys_call.ts";
import { caPathsOf, dateState, daysLeft, type KeysHost, optionalText, printResult, usageText } from "./keys_context.ts";
import { tableLines } from "./table_lines.ts";

interface KeyRow {
  readonly name: string;
  readonly subject: string;
  readonly names: readonly string[];
  readonly for: string;
  readonly key: string;
  readonly notAfter: string;
  readonly daysLeft: number | null;
  /** "ok", "expires soon", "expired", "not yet valid", "revoked", "no private key here", or why it cannot be read. */
  readonly state: string;
}

/** Serial numbers that the CA has revoked; none when its list cannot be read, which `ca info` tells. */
async function revokedSerials(host: KeysHost, options: KeyOptions): Promise<ReadonlySet<string>> {
  const paths = caPathsOf(host, options);
  try {
    const cert = optionalText(host, paths.cert, "CA certificate");
    const crl = optionalText(host, paths.crl, "revocation list");
    if (cert === undefined || crl === undefined) return new Set();
    return new Set((await readRevocations(crl, cert)).entries.map((entry) => entry.serialNumber));
  } catch (thrown) {
    host.print("stderr", `warning: ${errorText(thrown)}\n`);
    return new Set();
  }
}

function row(name: string, info: CertificateInfo, { wallMs, state }: { wallMs: number; state: string }): KeyRow {
  return {
    name,
    subject: info.subject,
    names: [...info.dns, ...info.ips],
    for: usageText(info),
    key: info.key,
    notAfter: isoSeconds(info.notAfterMs),
    daysLeft: daysLeft(info, wallMs),
    state,
  };
}

async function keyRow(host: KeysHost, name: string, place: { certsDir: string; revoked: ReadonlySet<string> }) {
  const { files } = host.keys;
  const { wallMs } = host.clock();
  const paths = keyPaths(name, { certsDir: place.certsDir, cwd: host.init.cwd });
  try {
    const own = readCertificates(readText(files, paths.cert, "certificate"))[0];
    if (own === undefined) throw new Error(`Cannot read certificate "${paths.cert}" as it must be PEM: it is not`);
    const info = await certificateInfo(own);
    // gwcert's `ca add-key` puts the key beside the certificate.
    const hasKey = [paths.key, `${paths.folder}/${paths.stem}.pem`].some((path) => files.stat(path) !== undefined);
    const byDate = dateState(info, wallMs);
    const state = place.revoked.has(info.serialNumber)
      ? "revoked"
      : byDate === "ok" && !hasKey
      ? "no private key here"
      : byDate;
    return row(name, info, { wallMs, state });
  } catch (thrown) {
    const unknown = { subject: "", names: [], for: "", key: "", notAfter: "", daysLeft: null };
    return { name, ...unknown, state: errorText(thrown) };
  }
}

/** `hearth key ls`: every key with its end, the one that ends first on top. */
export async function keyLs(
  host: KeysHost,
  options: KeyOptions & { readonly certsDir?: string },
): Promise<number> {
  const certsDir = options.certsDir === undefined
    ? caPathsOf(host, options).certs
    : joinPath(host.init.cwd, options.certsDir);
  const revoked = await revokedSerials(host, options);
  const names = host.keys.files.list(certsDir).filter((name) =>
    host.keys.files.stat(`${certsDir}/${name}`)?.kind === "folder"
  );
  const rows = await Promise.all(names.map((name) => keyRow(host, name, { certsDir, revoked })));
  const sorted = rows.toSorted((a, b) => (a.daysLeft ?? -Infinity) - (b.daysLeft ?? -Infinity));
  printResult(
    host,
    options.json,
    { certsDir, keys: sorted },
    sorted.length === 0 ? [`no keys in ${certsDir}`] : tableLines(
      ["name", "names", "for", "key", "until", "days", "state"],
      sorted.map((key) => [
        key.name,
        key.names.join(","),
        key.for,
        key.key,
        key.notAfter,
        `${key.daysLeft ?? ""}`,
        key.state,
      ]),
    ),
  );
  return EXIT.ok;
}
