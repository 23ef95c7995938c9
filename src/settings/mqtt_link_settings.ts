import {
  booleanField,
  choiceField,
  fixedField,
  integerField,
  numberField,
  optionalTextField,
  secretField,
  textField,
} from "./field.ts";
import type { AnyField, FieldValue } from "./field.ts";
import { joinPath } from "./paths.ts";
import type { AppPaths, TlsPaths } from "./paths.ts";

/** Highest TCP port. */
const PORT_MAX = 65_535;
/** Highest keep-alive of MQTT 3.1.1, in s. */
const KEEPALIVE_S_MAX = 65_535;
/** How often TLS files are looked at unless configured, in s. */
const TLS_POLL_S = 10;
/** Bounds of that period, in s: up to an hour. */
const TLS_POLL_S_MIN = 0.1;
const TLS_POLL_S_MAX = 3_600;

/** Who is at the other end: decides whether the extra header keys of Hearth are used. */
export type LinkPeer = "python" | "hearth";

/** The TLS files of a link, and how they are used. */
export interface LinkTls extends TlsPaths {
  /** Whether the broker's certificate must name the host that was asked for; its chain is checked in any case. */
  readonly checkHostname: boolean;
  /** How often the files are looked at for a change, in ms, 100 to 3,600,000. */
  readonly pollMs: number;
  /** Opens an encrypted private key. */
  readonly keyPassword?: string;
}

/** One MQTT link as the settings have it. */
export interface MqttLinkSettings {
  /** Name of the link, for example "gridworks_mqtt". */
  readonly link: string;
  readonly host: string;
  /** The port that is used: that of TLS when TLS is on. */
  readonly port: number;
  readonly keepaliveS: number;
  readonly username?: string;
  readonly password?: string;
  /** Absent when TLS is off. */
  readonly tls?: LinkTls;
  readonly peer: LinkPeer;
}

function linkTails() {
  return {
    HOST: textField("localhost"),
    PORT: integerField(1883, { min: 1, max: PORT_MAX }),
    KEEPALIVE: integerField(60, { min: 1, max: KEEPALIVE_S_MAX }),
    BIND_ADDRESS: fixedField("", "the runtime cannot bind a client socket to an address"),
    BIND_PORT: fixedField("0", "the runtime cannot bind a client socket to a port"),
    USERNAME: optionalTextField(),
    PASSWORD: secretField(),
    PEER: choiceField<LinkPeer>("python", ["python", "hearth"]),
    TLS__USE_TLS: booleanField(true),
    TLS__PORT: integerField(8883, { min: 1, max: PORT_MAX }),
    TLS__PATHS__CA_CERT_PATH: optionalTextField(),
    TLS__PATHS__CERT_PATH: optionalTextField(),
    TLS__PATHS__PRIVATE_KEY_PATH: optionalTextField(),
    TLS__CERT_REQS: fixedField("2", "the broker's certificate is always checked"),
    TLS__CIPHERS: fixedField("", "the runtime chooses the TLS ciphers"),
    TLS__KEYFILE_PASSWORD: secretField(),
    TLS__CHECK_HOSTNAME: booleanField(true),
    TLS__POLL_SECONDS: numberField(TLS_POLL_S, { min: TLS_POLL_S_MIN, max: TLS_POLL_S_MAX }),
  } satisfies Record<string, AnyField>;
}

type LinkTails = ReturnType<typeof linkTails>;

/** The fields of one link, under its name in upper case. */
export type MqttLinkFields<Name extends string> = {
  readonly [Tail in keyof LinkTails as `${Name}__${Tail & string}`]: LinkTails[Tail];
};

/** Values of the fields of one link. */
export type MqttLinkValues<Name extends string> = {
  readonly [Tail in keyof LinkTails as `${Name}__${Tail & string}`]: FieldValue<LinkTails[Tail]>;
};

/**
 * The settings of one MQTT link; TLS is on unless somebody turns it off.
 *
 * @param name The link's name in upper case, for example "GRIDWORKS_MQTT".
 * Source: gridworks-proactor `config/mqtt.py`.
 */
export function mqttLinkFields<Name extends string>(name: Name): MqttLinkFields<Name> {
  const entries = Object.entries(linkTails()).map(([tail, field]) => [`${name}__${tail}`, field]);
  return Object.fromEntries(entries) as MqttLinkFields<Name>;
}

/** Certificate files of a link: explicit paths stay, the others lie in the link's own folder. */
function linkTls(link: string, values: Pick<LinkValues, TlsTail>, folders: LinkFolders): LinkTls {
  const own = joinPath(folders.paths.certsDir, link);
  function path(explicit: string | undefined, fallback: string): string {
    return explicit === undefined ? joinPath(own, fallback) : joinPath(folders.cwd, explicit);
  }
  return {
    caCertPath: path(values.TLS__PATHS__CA_CERT_PATH, "ca.crt"),
    certPath: path(values.TLS__PATHS__CERT_PATH, `${link}.crt`),
    privateKeyPath: path(values.TLS__PATHS__PRIVATE_KEY_PATH, `private/${link}.pem`),
    checkHostname: values.TLS__CHECK_HOSTNAME,
    pollMs: Math.round(values.TLS__POLL_SECONDS * 1_000),
    ...(values.TLS__KEYFILE_PASSWORD === undefined ? {} : { keyPassword: values.TLS__KEYFILE_PASSWORD }),
  };
}

type LinkValues = { readonly [Tail in keyof LinkTails]: FieldValue<LinkTails[Tail]> };
type TlsTail =
  | "TLS__PATHS__CA_CERT_PATH"
  | "TLS__PATHS__CERT_PATH"
  | "TLS__PATHS__PRIVATE_KEY_PATH"
  | "TLS__KEYFILE_PASSWORD"
  | "TLS__CHECK_HOSTNAME"
  | "TLS__POLL_SECONDS";

/** What relative paths of a link count from. */
export interface LinkFolders {
  readonly paths: AppPaths;
  /** Absolute. */
  readonly cwd: string;
}

/** Gathers the values of one link. @param name As it was given to `mqttLinkFields`. */
export function mqttLinkSettings<Name extends string>(
  name: Name,
  values: MqttLinkValues<Name>,
  folders: LinkFolders,
): MqttLinkSettings {
  const prefix = `${name}__`;
  const own = Object.fromEntries(
    Object.entries(values).filter(([tail]) => tail.startsWith(prefix)).map(([tail, value]) => [
      tail.slice(prefix.length),
      value,
    ]),
  ) as unknown as LinkValues;
  const link = name.toLowerCase();
  return {
    link,
    host: own.HOST,
    port: own.TLS__USE_TLS ? own.TLS__PORT : own.PORT,
    keepaliveS: own.KEEPALIVE,
    ...(own.USERNAME === undefined ? {} : { username: own.USERNAME }),
    ...(own.PASSWORD === undefined ? {} : { password: own.PASSWORD }),
    ...(own.TLS__USE_TLS ? { tls: linkTls(link, own, folders) } : {}),
    peer: own.PEER,
  };
}
