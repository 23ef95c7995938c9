import type { KeyKind, RevokeReason, Usage } from "../keys/key_limits.ts";
import type { SshRemote } from "../keys/ssh_remote.ts";

/** What every key command takes. Paths are as on the command line. */
export interface KeyOptions {
  readonly json: boolean;
  /** Folder of the CA; absent: the default of gwcert. */
  readonly caDir?: string;
}

/** Options that change files. */
export interface WriteOptions extends KeyOptions {
  readonly force: boolean;
}

/** Options of `hearth ca create`. */
export interface CaCreateOptions extends WriteOptions {
  readonly commonName: string;
  readonly days: number;
  readonly kind: KeyKind;
}

/** Where a key and what signs it lie. */
export interface KeyPlaceOptions extends KeyOptions {
  /** A name, or a path with folders. */
  readonly name: string;
  /** Folder of the keys' folders; absent: `certs` of the CA. */
  readonly certsDir?: string;
  readonly privateKeyPath?: string;
  readonly caCertificatePath?: string;
  readonly caPrivateKeyPath?: string;
}

/** Options of `hearth key add`. */
export interface KeyAddOptions extends KeyPlaceOptions, WriteOptions {
  /** Absent: the name. */
  readonly commonName?: string;
  readonly dns: readonly string[];
  readonly ip: readonly string[];
  /** Empty: client; with names also server. */
  readonly usages: readonly Usage[];
  readonly days: number;
  readonly kind: KeyKind;
}

/** What opens an encrypted private key. */
export interface PasswordOptions {
  /** File whose first line is the passphrase; absent: the setting of the link. */
  readonly passwordFile?: string;
  /** Env file with the setting; absent: the scada's own. */
  readonly envFile?: string;
}

/** Options of `hearth key renew`. */
export interface KeyRenewOptions extends KeyPlaceOptions, PasswordOptions {
  readonly days: number;
  /** Names instead of those of the old certificate, when there are any. */
  readonly dns: readonly string[];
  readonly ip: readonly string[];
  /** A new key instead of the one that it has. */
  readonly newKey?: KeyKind;
}

/** Options of `hearth key revoke`; either a key's name or a serial number. */
export interface KeyRevokeOptions extends Omit<KeyPlaceOptions, "name"> {
  readonly name?: string;
  /** Hexadecimal. */
  readonly serial?: string;
  readonly reason: RevokeReason;
}

/** Options of `hearth key bundle`. */
export interface KeyBundleOptions extends KeyPlaceOptions, WriteOptions, PasswordOptions {
  /** Absent: `NAME.tar` in the working folder. */
  readonly out?: string;
  /** Name of the link on the device; absent: the key's. */
  readonly link?: string;
}

/** Where the key of a link is placed, and as what. */
export interface LinkPlaceOptions extends PasswordOptions {
  readonly json: boolean;
  readonly force: boolean;
  /** Absent: `certs` in the configuration folder of the scada. */
  readonly certsDir?: string;
  /** Whether the certificate must be one for a server. */
  readonly server: boolean;
  /** Absent: as in the source. */
  readonly link?: string;
}

/** Options of `hearth key install`. */
export interface KeyInstallOptions extends LinkPlaceOptions {
  /** An archive of `key bundle`, or a key's folder. */
  readonly source: string;
}

/** Options of `hearth key fetch`. */
export interface KeyFetchOptions extends LinkPlaceOptions {
  /** Name of the key on the remote. */
  readonly name: string;
  /** Absent: what `HEARTH_KEY_REMOTE` says. */
  readonly remote?: SshRemote;
  readonly identity?: string;
  readonly knownHosts?: string;
  readonly sshConfig?: string;
  readonly remoteCaDir: string;
  readonly remoteCertsDir?: string;
  /** Folder of a device's keys on the remote, between the certificates' folder and the key's. */
  readonly keyName?: string;
  /** The program that makes the key on the remote. */
  readonly with: string;
  readonly dns: readonly string[];
  /** Which steps: all, the first half, or the second half. */
  readonly only?: "make" | "copy";
  /** Whether the remote's copy is deleted at the end. */
  readonly deletes: boolean;
  readonly dryRun: boolean;
  /** Longest time of one step, in seconds. */
  readonly timeoutS: number;
}

/** Options of `hearth key info`. */
export interface KeyInfoOptions extends KeyPlaceOptions, PasswordOptions {
  readonly files: boolean;
}

/** Options of `hearth tls check`. */
export interface TlsCheckOptions extends PasswordOptions {
  readonly json: boolean;
  readonly host: string;
  readonly port: number;
  /** Whether an MQTT CONNECT is sent after the handshake. */
  readonly isMqtt: boolean;
  /** Name of a link whose files are used. */
  readonly link?: string;
  readonly certsDir?: string;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly crl?: string;
}

/** A command line about keys that was understood. */
export type KeyCall =
  | { readonly name: "ca create"; readonly options: CaCreateOptions }
  | { readonly name: "ca info"; readonly options: KeyOptions }
  | { readonly name: "key add"; readonly options: KeyAddOptions }
  | { readonly name: "key ls"; readonly options: KeyOptions & { readonly certsDir?: string } }
  | { readonly name: "key info"; readonly options: KeyInfoOptions }
  | { readonly name: "key renew"; readonly options: KeyRenewOptions }
  | { readonly name: "key revoke"; readonly options: KeyRevokeOptions }
  | { readonly name: "key bundle"; readonly options: KeyBundleOptions }
  | { readonly name: "key install"; readonly options: KeyInstallOptions }
  | { readonly name: "key fetch"; readonly options: KeyFetchOptions }
  | { readonly name: "tls check"; readonly options: TlsCheckOptions };
