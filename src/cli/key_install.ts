import { OutsideDataError } from "../core/errors.ts";
import { EXIT } from "../core/exit_codes.ts";
import { keyModeProblems, keyPaths, readText, unpackTar } from "../keys/mod.ts";
import { joinPath } from "../settings/mod.ts";
import type { KeyInstallOptions } from "./keys_call.ts";
import { type KeysHost, printResult } from "./keys_context.ts";
import { judgeSource, type KeySource, linkPaths, placedLines, placedResult, placeSource } from "./keys_place.ts";

/** What a source holds, and the link that it was made for. */
interface Source extends KeySource {
  readonly link: string;
}

/** A folder of gwcert or ours: named after the key. */
function readFolder(host: KeysHost, folder: string): Source {
  const { files } = host.keys;
  const link = folder.slice(folder.lastIndexOf("/") + 1);
  const paths = keyPaths(`${folder}/${link}`, { certsDir: folder, cwd: "/" });
  return {
    link,
    ca: readText(files, paths.ca, "CA certificate"),
    cert: readText(files, paths.cert, "certificate"),
    key: readText(files, paths.key, "private key"),
    problems: keyModeProblems(paths.key, files.stat(paths.key)?.mode ?? 0),
  };
}

function readArchive(host: KeysHost, path: string, mode: number): Source {
  const all = unpackTar(host.keys.files.read(path));
  const link = /^([^/]+)\/ca\.crt$/.exec(all.find(({ name }) => name.endsWith("/ca.crt"))?.name ?? "")?.[1] ?? "";
  function text(name: string): string {
    const file = all.find((one) => one.name === name);
    if (file !== undefined) return new TextDecoder().decode(file.content);
    throw new OutsideDataError(
      `Cannot install "${path}" as it must be made by "hearth key bundle": "${name}" is not in it`,
    );
  }
  return {
    link,
    ca: text(`${link}/ca.crt`),
    cert: text(`${link}/${link}.crt`),
    key: text(`${link}/private/${link}.pem`),
    problems: keyModeProblems(path, mode),
  };
}

function readSource(host: KeysHost, source: string): Source {
  const path = joinPath(host.init.cwd, source).replace(/(?<=.)\/+$/, "");
  const found = host.keys.files.stat(path);
  if (found === undefined) {
    throw new OutsideDataError(`Cannot install "${path}" as it must be an archive or a folder: there is nothing`);
  }
  if (found.kind === "folder") return readFolder(host, path);
  readText(host.keys.files, path, "archive");
  return readArchive(host, path, found.mode);
}

/** `hearth key install`: nothing is placed when something is wrong. */
export async function keyInstall(host: KeysHost, options: KeyInstallOptions): Promise<number> {
  const { wallMs } = host.clock();
  const source = readSource(host, options.source);
  const paths = linkPaths(host, options.link ?? source.link, options);
  const judged = await judgeSource(host, source, { link: paths.stem, options });
  placeSource(host, source, { paths, force: options.force });
  printResult(host, options.json, placedResult(paths, judged, wallMs), placedLines(paths, judged, wallMs));
  return EXIT.ok;
}
