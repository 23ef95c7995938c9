import { Command, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { CA_DAYS_DEFAULT, DAYS_MAX, type KeyKind, LEAF_DAYS_DEFAULT } from "../keys/key_limits.ts";
import { REVOKE_REASONS, type RevokeReason, RSA_BITS_MAX, RSA_BITS_MIN, RSA_BITS_STEP } from "../keys/key_limits.ts";
import { addKeyFetch } from "./keys_fetch_options.ts";
import {
  ENV_FILE_HELP,
  FORCE_HELP,
  type Found,
  JSON_HELP,
  more,
  PASSWORD_HELP,
  present,
  whole,
} from "./keys_option_parts.ts";

/** Port of MQTT over TLS. */
const MQTTS_PORT = 8_883;
const HTTPS_PORT = 443;
const PORT_MAX = 65_535;
const SERIAL_DIGITS_MAX = 64;

const EXITS =
  "\nExit codes: 0 done; 2 the command line is wrong; 3 a file is missing, wrong, or would be overwritten; 4 disk.";
const TLS_EXITS = "\nExit codes: 0 the link works; 2 the command line is wrong; 3 a local file is missing or wrong;" +
  "\n4 nothing answers; 6 the server's certificate does not fit, or it refuses ours.";
const CA_DIR_HELP = "folder of the CA (default: $XDG_DATA_HOME/gridworks/ca)";

function days(text: string): number {
  return whole(text, { min: 1, max: DAYS_MAX, what: "days" });
}

function bits(text: string): number {
  const value = whole(text, { min: RSA_BITS_MIN, max: RSA_BITS_MAX, what: "RSA bits" });
  if (value % RSA_BITS_STEP === 0) return value;
  throw new InvalidArgumentError(
    `Cannot read RSA bits as they must be a multiple of ${RSA_BITS_STEP}: found "${text}"`,
  );
}

function reason(text: string): RevokeReason {
  if (Object.hasOwn(REVOKE_REASONS, text)) return text as RevokeReason;
  const known = Object.keys(REVOKE_REASONS).join(", ");
  throw new InvalidArgumentError(`Cannot read reason as it must be one of ${known}: found "${text}"`);
}

function serial(text: string): string {
  const digits = text.replaceAll(":", "").toLowerCase();
  if (/^[0-9a-f]+$/.test(digits) && digits.length <= SERIAL_DIGITS_MAX) return digits;
  throw new InvalidArgumentError(`Cannot read serial number as it must be hexadecimal: found "${text}"`);
}

interface KindOptions {
  readonly ec?: true | undefined;
  readonly rsa?: number | true | undefined;
  readonly keySize?: number | undefined;
}

function keyKind({ rsa, keySize }: KindOptions): KeyKind {
  const size = typeof rsa === "number" ? rsa : keySize;
  return rsa === undefined && keySize === undefined ? { kind: "ec" } : { kind: "rsa", bits: size ?? RSA_BITS_MIN };
}

function ec() {
  return new Option("--ec", "key on the curve P-256, which is the default").conflicts(["rsa", "keySize"]);
}

function basic(name: string, summary: string, exits = EXITS) {
  return new Command(name).description(summary).option("--json", JSON_HELP, false).addHelpText("after", exits);
}

function withCa(name: string, summary: string) {
  return basic(name, summary).option("--ca-dir <path>", CA_DIR_HELP);
}

/** Adds the kinds of keys; their types are `KindOptions`, which the action names. */
function kinded<Kinded>(command: Kinded): Kinded {
  (command as Command).addOption(ec())
    .option("--rsa [bits]", `RSA key of ${RSA_BITS_MIN} to ${RSA_BITS_MAX} bits`, bits)
    .addOption(new Option("--key-size <bits>", "as --rsa <bits>").argParser(bits).hideHelp());
  return command;
}

function placed(command: Command<[], ReturnType<ReturnType<typeof withCa>["opts"]>>) {
  return command.argument("<name>", "name of the key, or a path with folders")
    .option("--certs-dir <path>", "folder of the keys (default: certs of the CA)")
    .option("--private-key-path <path>", "the private key, when it is not private/NAME.pem")
    .option("--ca-certificate-path <path>", "the CA's certificate, when it is not in the CA's folder")
    .option("--ca-private-key-path <path>", "the CA's key, when it is not in the CA's folder");
}

function addCa(program: Command, found: Found): void {
  const ca = new Command("ca").description("make and look at the CA that signs keys");
  ca.addCommand(
    kinded(withCa("create", "make a CA: certificate, key, and a list of revoked certificates"))
      .argument("<common-name>", 'its name, for example "House CA"')
      .option("--days <n>", `days that it holds, 1 to ${DAYS_MAX}`, days, CA_DAYS_DEFAULT)
      .addOption(new Option("--valid-days <n>", "as --days").argParser(days).hideHelp())
      .option("--force", `${FORCE_HELP}; every key of the old CA is worthless then`, false)
      .action((commonName, options) => {
        const { ec: _ec, rsa, keySize, validDays, ...rest } = options as typeof options & KindOptions;
        found({
          name: "ca create",
          options: present({ ...rest, commonName, days: validDays ?? rest.days, kind: keyKind({ rsa, keySize }) }),
        });
      }),
  );
  ca.addCommand(
    withCa("info", "print the CA's files, certificate and revoked certificates")
      .action((options) => found({ name: "ca info", options: present(options) })),
  );
  program.addCommand(ca);
}

const USAGE_HELP = `
Without --client and --server the certificate is for a client, and with --dns or --ip also for a server.
Without --dns and --ip its name is the common name.`;

function addKeyAdd(key: Command, found: Found): void {
  key.addCommand(
    kinded(placed(withCa("add", "make a key, and its certificate signed by the CA")))
      .option("--common-name <name>", "common name, which a broker takes for the user (default: NAME)")
      .option("--dns <name>", "DNS name of the host; may be repeated", more, [])
      .option("--ip <address>", "address of the host; may be repeated", more, [])
      .option("--client", "for a client", false)
      .option("--server", "for a server", false)
      .option("--days <n>", `days that it holds, 1 to ${DAYS_MAX}`, days, LEAF_DAYS_DEFAULT)
      .addOption(new Option("--valid-days <n>", "as --days").argParser(days).hideHelp())
      .option("--force", FORCE_HELP, false)
      .addHelpText("after", USAGE_HELP)
      .action((name, options) => {
        const { client, server, validDays, ec: _ec, rsa, keySize, ...rest } = options as typeof options & KindOptions;
        const usages = [...(client ? ["client" as const] : []), ...(server ? ["server" as const] : [])];
        found({
          name: "key add",
          options: present({ ...rest, name, usages, days: validDays ?? rest.days, kind: keyKind({ rsa, keySize }) }),
        });
      }),
  );
}

function addKeyLook(key: Command, found: Found): void {
  key.addCommand(
    withCa("ls", "list the keys with names, end and state")
      .option("--certs-dir <path>", "folder of the keys (default: certs of the CA)")
      .action((options) => found({ name: "key ls", options: present(options) })),
  );
  key.addCommand(
    placed(withCa("info", "print what a certificate says, and what is wrong with it or its key"))
      .option("--files", "also print its files with their permissions", false)
      .option("--password-file <path>", PASSWORD_HELP)
      .option("--env-file <path>", ENV_FILE_HELP)
      .action((name, options) => found({ name: "key info", options: present({ ...options, name }) })),
  );
}

function addKeyChange(key: Command, found: Found): void {
  key.addCommand(
    kinded(placed(withCa("renew", "make a new certificate for the same key and names; the old one stays as .previous")))
      .option("--dns <name>", "DNS name, instead of the names it has; may be repeated", more, [])
      .option("--ip <address>", "address, instead of the names it has; may be repeated", more, [])
      .option("--days <n>", `days that it holds from now, 1 to ${DAYS_MAX}`, days, LEAF_DAYS_DEFAULT)
      .option("--new-key", "make a new key, too", false)
      .option("--password-file <path>", PASSWORD_HELP)
      .option("--env-file <path>", ENV_FILE_HELP)
      .action((name, options) => {
        const { newKey, ec: isEc, rsa, keySize, ...rest } = options as typeof options & KindOptions;
        const asked = newKey || isEc !== undefined || rsa !== undefined || keySize !== undefined;
        const kind = asked ? { newKey: keyKind({ rsa, keySize }) } : {};
        found({ name: "key renew", options: present({ ...rest, ...kind, name }) });
      }),
  );
  const revoke = withCa("revoke", "put a certificate on the CA's list of revoked ones, which brokers read")
    .argument("[name]", "name of the key, or a path with folders")
    .option("--certs-dir <path>", "folder of the keys (default: certs of the CA)")
    .option("--ca-certificate-path <path>", "the CA's certificate, when it is not in the CA's folder")
    .option("--ca-private-key-path <path>", "the CA's key, when it is not in the CA's folder")
    .option("--serial <hex>", "serial number, when the certificate is lost", serial)
    .option("--reason <word>", Object.keys(REVOKE_REASONS).join(", "), reason, "unspecified" as const);
  revoke.action((name, options) => {
    if ((name === undefined) === (options.serial === undefined)) {
      const must = "it must be told a name or --serial, and not both";
      return revoke.error(`error: Cannot revoke as ${must}: found ${name === undefined ? "neither" : "both"}`);
    }
    found({ name: "key revoke", options: present({ ...options, name }) });
  });
  key.addCommand(revoke);
}

function addKeyMove(key: Command, found: Found): void {
  key.addCommand(
    placed(withCa("bundle", "pack CA certificate, certificate and key of a device into one archive"))
      .option("--link <name>", "name of the link on the device, for example gridworks_mqtt (default: NAME)")
      .option("--out <path>", "the archive (default: NAME.tar)")
      .option("--password-file <path>", PASSWORD_HELP)
      .option("--env-file <path>", ENV_FILE_HELP)
      .option("--force", FORCE_HELP, false)
      .action((name, options) => found({ name: "key bundle", options: present({ ...options, name }) })),
  );
  key.addCommand(
    basic("install", "check an archive or a key's folder, and place its files where the agent reads them")
      .argument("<source>", 'archive of "hearth key bundle", or a key\'s folder')
      .option("--certs-dir <path>", "certificates of the links (default: $XDG_CONFIG_HOME/gridworks/scada/certs)")
      .option("--link <name>", "name of the link (default: as in the source)")
      .option("--server", "it is for a broker: the certificate must be one for a server", false)
      .option("--password-file <path>", PASSWORD_HELP)
      .option("--env-file <path>", ENV_FILE_HELP)
      .option("--force", FORCE_HELP, false)
      .action((source, options) => found({ name: "key install", options: present({ ...options, source }) })),
  );
}

function server(text: string): { readonly host: string; readonly port: number; readonly isMqtt: boolean } {
  const parts = /^(?:(mqtts|https|tls):\/\/)?(\[[0-9A-Fa-f:.]+\]|[^\s:/[\]]+)(?::(\d+))?\/?$/.exec(text);
  const port = Number(parts?.[3] ?? (parts?.[1] === "https" ? HTTPS_PORT : MQTTS_PORT));
  if (parts !== null && port >= 1 && port <= PORT_MAX) {
    return { host: parts[2]!.replace(/^\[|\]$/g, ""), port, isMqtt: (parts[1] ?? "mqtts") === "mqtts" };
  }
  throw new InvalidArgumentError(`Cannot read server as it must be like mqtts://broker.example:8883: found "${text}"`);
}

function addTls(program: Command, found: Found): void {
  const tls = new Command("tls").description("look at the TLS of a broker");
  tls.addCommand(
    basic(
      "check",
      "ask a broker for its certificates, check them, and see if it accepts ours, with the reason",
      TLS_EXITS,
    )
      .argument("<url>", "mqtts://host:port, https://host:port, or host:port", server)
      .option("--link <name>", "use the files of this link, as the agent does")
      .option("--certs-dir <path>", "certificates of the links (default: $XDG_CONFIG_HOME/gridworks/scada/certs)")
      .option("--ca <path>", "CA certificate")
      .option("--cert <path>", "client certificate")
      .option("--key <path>", "private key of the client certificate")
      .option("--password-file <path>", PASSWORD_HELP)
      .option("--env-file <path>", ENV_FILE_HELP)
      .option("--crl <path>", "list of revoked certificates, for our own and the server's")
      .action((url, options) => found({ name: "tls check", options: present({ ...options, ...url }) })),
  );
  program.addCommand(tls);
}

/** Adds `ca`, `key` and `tls`. */
export function addKeyCommands(program: Command, found: Found): void {
  addCa(program, found);
  const key = new Command("key").description("make, renew, revoke, pack, install and fetch keys and certificates");
  addKeyAdd(key as Command, found);
  addKeyLook(key as Command, found);
  addKeyChange(key as Command, found);
  addKeyMove(key as Command, found);
  addKeyFetch(key as Command, found);
  program.addCommand(key);
  addTls(program, found);
}
