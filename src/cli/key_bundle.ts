import { OutsideDataError } from "../core/errors.ts";
import { EXIT } from "../core/exit_codes.ts";
import { judgeCredentials, keyPaths, packTar, placeFiles, readText, refuseExisting } from "../keys/mod.ts";
import { joinPath } from "../settings/mod.ts";
import type { KeyBundleOptions } from "./keys_call.ts";
import { caPathsOf, keyPathsOf, type KeysHost, optionalText, printResult } from "./keys_context.ts";
import { mustOpenKey } from "./keys_password.ts";

/** `hearth key bundle`: one archive with what a device needs, laid out as its folder of certificates. */
export async function keyBundle(host: KeysHost, options: KeyBundleOptions): Promise<number> {
  const paths = keyPathsOf(host, options);
  const { files } = host.keys;
  const { wallMs } = host.clock();
  const out = joinPath(host.init.cwd, options.out ?? `${paths.stem}.tar`);
  if (!options.force) refuseExisting(files, [out], `archive of key "${paths.stem}"`);
  const cert = readText(files, paths.cert, "certificate");
  const key = readText(files, paths.key, "private key");
  const ca = optionalText(host, paths.ca, "CA certificate") ??
    readText(files, caPathsOf(host, options).cert, "CA certificate");
  const { plain } = mustOpenKey(host, key, { ...options, link: options.link ?? paths.stem });
  const { problems } = await judgeCredentials({ cert, key: plain, ca }, { wallMs, what: "certificate" });
  const errors = problems.filter(({ level }) => level === "error");
  if (errors.length > 0) throw new OutsideDataError(errors.map(({ text }) => text).join("\n"));
  // What is in the archive must stay inside the folder that it is unpacked in.
  if (options.link?.includes("/")) {
    throw new RangeError(`Cannot use link as it must be a plain name: found "${options.link}"`);
  }
  const { stem: link } = keyPaths(options.link ?? paths.stem, { certsDir: "/", cwd: "/" });
  const encoder = new TextEncoder();
  const archive = packTar([
    { name: `${link}/ca.crt`, content: encoder.encode(ca), mode: 0o644 },
    { name: `${link}/${link}.crt`, content: encoder.encode(cert), mode: 0o644 },
    { name: `${link}/private/${link}.pem`, content: encoder.encode(key), mode: 0o600 },
  ], wallMs);
  placeFiles(files, [{ path: out, content: archive, isPrivate: true }], { replace: options.force });
  printResult(host, options.json, { archive: out, link, bytes: archive.length }, [
    `packed ${out}: on the device, "hearth key install ${
      out.slice(out.lastIndexOf("/") + 1)
    }" places it for link "${link}"`,
    "It holds the private key: delete it when it is installed.",
  ]);
  return EXIT.ok;
}
