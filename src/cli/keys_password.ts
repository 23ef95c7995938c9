import { OutsideDataError } from "../core/errors.ts";
import { isEncryptedKey, plainPrivateKey, readText } from "../keys/mod.ts";
import { joinPath, prefixedTexts } from "../settings/mod.ts";
import type { PasswordOptions } from "./keys_call.ts";
import type { KeysHost } from "./keys_context.ts";
import { settingsInput } from "./read_settings.ts";

/** Applications whose links may have an encrypted key: prefix of the settings, and name of the folder. */
const APPS = [["SCADA_", "scada"], ["LTN_", "ltn"]] as const;

/** A private key that was looked at. */
export interface OpenedKey {
  /** Plain PEM; absent when the key is encrypted and nothing opens it. */
  readonly plain?: string;
  /** What the operator should know. */
  readonly warnings: readonly string[];
}

/** Name of the setting that opens a link's key. */
function settingOf(link: string): string {
  return `${link.toUpperCase()}__TLS__KEYFILE_PASSWORD`;
}

function setPassword(host: KeysHost, link: string, envFile: string | undefined): string | undefined {
  for (const [prefix, app] of APPS) {
    const found = prefixedTexts(settingsInput(host, app, envFile), prefix).get(settingOf(link))?.text;
    if (found !== undefined && found !== "") return found;
  }
  return undefined;
}

/**
 * Opens a private key: a plain one as it is, an encrypted one with --password-file, else with the setting
 * `TLS__KEYFILE_PASSWORD` of its link, of the environment or the env file.
 *
 * @param how Without a link there is no setting.
 * @throws {OutsideDataError} If the passphrase does not open it.
 */
export function openKey(
  host: KeysHost,
  key: string,
  { link, passwordFile, envFile }: PasswordOptions & { readonly link?: string },
): OpenedKey {
  if (!isEncryptedKey(key)) return { plain: key, warnings: [] };
  const what = link === undefined ? "the private key" : `the private key of "${link}"`;
  const set = link === undefined ? undefined : setPassword(host, link, envFile);
  if (passwordFile === undefined) {
    return set === undefined ? { warnings: [] } : { plain: plainPrivateKey(key, set, what), warnings: [] };
  }
  const path = joinPath(host.init.cwd, passwordFile);
  const [password = ""] = readText(host.keys.files, path, "passphrase").split(/\r?\n/);
  const plain = plainPrivateKey(key, password, what);
  if (link === undefined || set === password) return { plain, warnings: [] };
  const found = set === undefined ? "it is not set" : "it is set to another passphrase";
  const text = `The agent opens ${what} with SCADA_${settingOf(link)}: ${found}`;
  return { plain, warnings: [text] };
}

/** The same, when a key that stays shut is of no use. @throws {OutsideDataError} Then, too. */
export function mustOpenKey(
  host: KeysHost,
  key: string,
  how: PasswordOptions & { readonly link: string },
): Required<OpenedKey> {
  const { plain, warnings } = openKey(host, key, how);
  if (plain !== undefined) return { plain, warnings };
  const ways = `--password-file, or the setting SCADA_${settingOf(how.link)}`;
  throw new OutsideDataError(
    `Cannot use the private key of "${how.link}" as an encrypted one must come with its passphrase (${ways}): there is none`,
  );
}
