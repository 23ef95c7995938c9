import { DatabaseSync } from "node:sqlite";
import type { Certificates, Credentials } from "./certificates.ts";
import { repositoryPath } from "./hearth_process.ts";

/** How the agent or the LTN reaches its broker. */
export interface BrokerPlace {
  readonly port: number;
  /** With it the link speaks TLS and shows `client`, else the good client certificate. */
  readonly certificates?: Pick<Certificates, "caPath" | "client">;
  readonly client?: Pick<Credentials, "certPath" | "keyPath">;
}

type Env = Readonly<Record<string, string>>;

function linkEnv(prefix: string, { port, certificates, client = certificates?.client }: BrokerPlace): Env {
  const common = { [`${prefix}__HOST`]: "127.0.0.1", [`${prefix}__PEER`]: "hearth" };
  if (certificates === undefined) {
    return { ...common, [`${prefix}__TLS__USE_TLS`]: "false", [`${prefix}__PORT`]: `${port}` };
  }
  return {
    ...common,
    [`${prefix}__TLS__PORT`]: `${port}`,
    [`${prefix}__TLS__PATHS__CA_CERT_PATH`]: certificates.caPath,
    [`${prefix}__TLS__PATHS__CERT_PATH`]: client?.certPath ?? "",
    [`${prefix}__TLS__PATHS__PRIVATE_KEY_PATH`]: client?.keyPath ?? "",
  };
}

function proactorEnv(prefix: string): Env {
  return {
    [`${prefix}PATHS__HARDWARE_LAYOUT`]: repositoryPath("layouts/simple_house.json"),
    [`${prefix}PROACTOR__MQTT_LINK_POLL_SECONDS`]: "2",
    [`${prefix}PROACTOR__ACK_TIMEOUT_SECONDS`]: "2",
    [`${prefix}STORE__EVENT_WAIT_SECONDS`]: "0.2",
  };
}

/** Environment of `hearth run` for the simulated simple house: an event a second, short waits. */
export function runEnv(broker: BrokerPlace): Env {
  return {
    ...proactorEnv("SCADA_"),
    ...linkEnv("SCADA_GRIDWORKS_MQTT", broker),
    SCADA_IS_SIMULATED: "true",
    SCADA_SECONDS_PER_REPORT: "1",
    SCADA_SECONDS_PER_SNAPSHOT: "1",
  };
}

/** Environment of `hearth ltn` for the same house. */
export function ltnEnv(broker: BrokerPlace): Env {
  return { ...proactorEnv("LTN_"), ...linkEnv("LTN_SCADA_MQTT", broker) };
}

/** Text of an env file. */
export function envFileText(env: Env): string {
  return Object.entries(env).map(([name, value]) => `${name}=${value}\n`).join("");
}

/** The store of `hearth run` below the folder of its process. */
export function runStorePath(folder: string): string {
  return `${folder}/data/gridworks/scada/event/scada.sqlite`;
}

/** The store of `hearth ltn` below the folder of its process. */
export function ltnStorePath(folder: string): string {
  return `${folder}/data/gridworks/ltn/event/ltn.sqlite`;
}

function rows(path: string, sql: string): Record<string, unknown>[] {
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    return db.prepare(sql).all() as Record<string, unknown>[];
  } finally {
    db.close();
  }
}

/** Message ids of what a stopped LTN applied, in order. */
export function inboxIds(path: string): readonly string[] {
  return rows(path, "SELECT message_id AS id FROM inbox ORDER BY n").map(({ id }) => String(id));
}

/** Message ids and types of the events that wait in a stopped agent's store. */
export function pendingEvents(path: string): readonly { readonly id: string; readonly type: string }[] {
  return rows(path, "SELECT message_id AS id, class AS type FROM events ORDER BY seq")
    .map(({ id, type }) => ({ id: String(id), type: String(type) }));
}

/** How many events of a type an agent generated in all its lives. */
export function generatedOf(path: string, type: string): number {
  const [row] = rows(path, `SELECT ifnull(sum(generated), 0) AS n FROM counters WHERE class='${type}'`);
  return Number(row?.["n"]);
}

/** Texts of the events of a type that wait in a stopped agent's store. */
export function pendingTexts(path: string, type: string): readonly string[] {
  return rows(path, `SELECT bytes FROM events WHERE class='${type}' ORDER BY seq`)
    .map(({ bytes }) => new TextDecoder().decode(bytes as Uint8Array));
}

/** Account of an agent's events, from its stopped store. */
export function accountOf(path: string): { generated: number; acked: number; pending: number; tombstoned: number } {
  const [row] = rows(
    path,
    `SELECT sum(generated) AS generated, sum(acked) AS acked, sum(tombstoned) AS tombstoned,
      (SELECT count(*) FROM events) AS pending FROM counters`,
  );
  const { generated, acked, pending, tombstoned } = row!;
  return {
    generated: Number(generated),
    acked: Number(acked),
    pending: Number(pending),
    tombstoned: Number(tombstoned),
  };
}
