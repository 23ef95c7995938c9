import type { CredentialsTold } from "../core/credentials.ts";
import type { ShellConnection } from "../host/proactor_shell.ts";
import type { ConnectionInput } from "../links/connection_port.ts";
import { joined, tlsMisfit } from "../transports/judge_tls.ts";
import { CLIENT_ID_LENGTH_MAX, type ConnectionHost } from "../transports/mqtt_config.ts";
import { mqttConnection } from "../transports/mqtt_connection.ts";
import { rotatingConnection } from "../transports/rotating_connection.ts";
import { tlsMark } from "../transports/tls_mark.ts";
import { readTlsFiles } from "../transports/tls_preflight.ts";
import type { ConnectionPlan } from "./proactor_init.ts";

/** To whom a connection tells its news. */
export interface ConnectionNews {
  heard(input: ConnectionInput): void;
  told(told: CredentialsTold): void;
}

/**
 * Opens the connection of a plan; one over TLS follows its files when they are replaced. Files that cannot be read now,
 * as they are being replaced while a worker gets a new life, are waited for: the house goes on without the link.
 */
export function openConnection(plan: ConnectionPlan, news: ConnectionNews, host: ConnectionHost): ShellConnection {
  const { tls: files, passphrase, checkHostname = true, tlsPollMs, ...config } = plan;
  const emit = (input: ConnectionInput) => news.heard(input);
  const clientId = newClientId();
  if (files === undefined) return mqttConnection({ ...config, clientId }, emit, host);
  const { texts, problems } = readTlsFiles(files);
  if (!checkHostname) {
    const fields = { connection: plan.name, host: plan.host };
    host.log({ level: "warn", event: "connection.hostname_unchecked", fields });
  }
  const tls = { ...(texts ?? { ca: "" }), checkHostname, ...(passphrase === undefined ? {} : { passphrase }) };
  const unread = texts === undefined ? { unread: joined(problems) } : {};
  return rotatingConnection({ ...config, clientId, tls, ...unread }, emit, {
    host,
    open: (own, heard) => mqttConnection(own, heard, host),
    mark: () => tlsMark(files),
    read: () => readTlsFiles(files),
    check: (set) => tlsMisfit(set, Date.now()),
    newClientId,
    tell: (told) => news.told(told),
    ...(tlsPollMs === undefined ? {} : { pollMs: tlsPollMs }),
  });
}

function newClientId(): string {
  return crypto.randomUUID().slice(0, CLIENT_ID_LENGTH_MAX);
}
