import type { KeyKind, RevokeReason, Usage } from "../keys/key_limits.ts";

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

/** Options of `hearth key renew`. */
export interface KeyRenewOptions extends KeyPlaceOptions {
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
export interface KeyBundleOptions extends KeyPlaceOptions, WriteOptions {
  /** Absent: `NAME.tar` in the working folder. */
  readonly out?: string;
  /** Name of the link on the device; absent: the key's. */
  readonly link?: string;
}

/** Options of `hearth key install`. */
export interface KeyInstallOptions extends WriteOptions {
  /** An archive of `key bundle`, or a key's folder. */
  readonly source: string;
  /** Absent: `certs` in the configuration folder of the scada. */
  readonly certsDir?: string;
  /** Whether the certificate must be one for a server. */
  readonly server: boolean;
  /** Absent: as in the source. */
  readonly link?: string;
}

/** Options of `hearth tls check`. */
export interface TlsCheckOptions {
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
  /** File whose first line opens an encrypted key. */
  readonly passphraseFile?: string;
  readonly crl?: string;
}

/** A command line about keys that was understood. */
export type KeyCall =
  | { readonly name: "ca create"; readonly options: CaCreateOptions }
  | { readonly name: "ca info"; readonly options: KeyOptions }
  | { readonly name: "key add"; readonly options: KeyAddOptions }
  | { readonly name: "key ls"; readonly options: KeyOptions & { readonly certsDir?: string } }
  | { readonly name: "key info"; readonly options: KeyPlaceOptions & { readonly files: boolean } }
  | { readonly name: "key renew"; readonly options: KeyRenewOptions }
  | { readonly name: "key revoke"; readonly options: KeyRevokeOptions }
  | { readonly name: "key bundle"; readonly options: KeyBundleOptions }
  | { readonly name: "key install"; readonly options: KeyInstallOptions }
  | { readonly name: "tls check"; readonly options: TlsCheckOptions };
