import { strict as assert } from "node:assert";
import { stepMachine } from "../../src/core/table_machine.ts";
import { LINK_TABLE, type LinkInput } from "../../src/links/link_table.ts";
import type { LinksContext, LinkState } from "../../src/links/port.ts";
import { linkProblems, PROBLEM_PERIOD_MS, PROBLEM_TEXT_MAX } from "../../src/links/problems.ts";
import { scadaSettings, xdgFolders } from "../../src/settings/mod.ts";
import type { UnitScenario } from "./scenario.ts";

const STATES: readonly LinkState[] = [
  "not_started",
  "connecting",
  "awaiting_setup_and_peer",
  "awaiting_setup",
  "awaiting_peer",
  "active",
  "stopped",
];

const INPUTS: readonly LinkInput[] = [
  "start_called",
  "mqtt_connected",
  "mqtt_connect_failed",
  "mqtt_disconnected",
  "mqtt_suback_pending",
  "mqtt_suback_complete",
  "message_from_peer",
  "response_timeout",
  "stop_called",
];

/** The legal transitions: state, input, next. */
const LEGAL: readonly (readonly [LinkState, LinkInput, LinkState])[] = [
  ["not_started", "start_called", "connecting"],
  ["connecting", "mqtt_connected", "awaiting_setup_and_peer"],
  ["connecting", "mqtt_connect_failed", "connecting"],
  ["awaiting_setup_and_peer", "mqtt_suback_pending", "awaiting_setup_and_peer"],
  ["awaiting_setup_and_peer", "mqtt_suback_complete", "awaiting_peer"],
  ["awaiting_setup_and_peer", "message_from_peer", "awaiting_setup"],
  ["awaiting_setup_and_peer", "mqtt_disconnected", "connecting"],
  ["awaiting_setup", "mqtt_suback_pending", "awaiting_setup"],
  ["awaiting_setup", "mqtt_suback_complete", "active"],
  ["awaiting_setup", "message_from_peer", "awaiting_setup"],
  ["awaiting_setup", "mqtt_disconnected", "connecting"],
  ["awaiting_peer", "message_from_peer", "active"],
  ["awaiting_peer", "response_timeout", "awaiting_peer"],
  ["awaiting_peer", "mqtt_disconnected", "connecting"],
  ["active", "message_from_peer", "active"],
  ["active", "response_timeout", "awaiting_peer"],
  ["active", "mqtt_disconnected", "connecting"],
];

function transitions(): void {
  for (const state of STATES) {
    for (const input of INPUTS) {
      const to = input === "stop_called" ? "stopped" : LEGAL.find(([from, by]) => from === state && by === input)?.[2];
      const expected = to === undefined ? { kind: "refused", from: state } : { kind: "moved", from: state, to };
      assert.deepEqual(stepMachine(LINK_TABLE, state, input), expected, `${state} ${input}`);
    }
  }
}

function boundedProblems(): void {
  const recorded: { readonly TypeName: string; readonly [key: string]: unknown }[] = [];
  const ctx: Partial<LinksContext> & { nowMs: number } = {
    nowMs: 0,
    log() {},
    record: (payload) => void recorded.push(payload),
  };
  const problems = linkProblems();
  function many(kind: string, count: number): void {
    const text = { summary: kind, details: "x".repeat(2 * PROBLEM_TEXT_MAX) };
    for (let made = 0; made < count; made++) problems.problem(kind, text, ctx as LinksContext);
  }
  many("a", 10);
  many("b", 1);
  ctx.nowMs = PROBLEM_PERIOD_MS;
  many("a", 1);
  const long = "x".repeat(PROBLEM_TEXT_MAX);
  const told = recorded.map(({ TypeName, Summary, Details }) => [TypeName, Summary, Details]);
  const type = "gridworks.event.problem";
  assert.deepEqual(told, [[type, "a", long], [type, "b", long], [type, "a", `${long}\n9 more since the last`]]);
}

function tlsPaths(): void {
  const env = {
    SCADA_GRIDWORKS_MQTT__TLS__PATHS__CA_CERT_PATH: "/keys/ca.crt",
    SCADA_GRIDWORKS_MQTT__TLS__PATHS__PRIVATE_KEY_PATH: "/keys/own.pem",
  };
  const load = scadaSettings({ env, xdg: xdgFolders({ HOME: "/home/pi" }), cwd: "/srv" });
  assert.equal(load.kind, "settings");
  if (load.kind !== "settings") return;
  assert.deepEqual(load.settings.gridworksMqtt.tls, {
    caCertPath: "/keys/ca.crt",
    certPath: "/home/pi/.config/gridworks/scada/certs/gridworks_mqtt/gridworks_mqtt.crt",
    checkHostname: true,
    pollMs: 10_000,
    privateKeyPath: "/keys/own.pem",
  });
}

function paths(): void {
  const env = { SCADA_PATHS__NAME: "house2", SCADA_PATHS__HARDWARE_LAYOUT: "/etc/house2.json" };
  const xdg = xdgFolders({ HOME: "/home/pi", XDG_CONFIG_HOME: "/conf", XDG_STATE_HOME: "/state" });
  const load = scadaSettings({ env, xdg, cwd: "/srv" });
  assert.equal(load.kind, "settings");
  if (load.kind !== "settings") return;
  const { configDir, dataDir, stateDir, hardwareLayout, certsDir } = load.settings.paths;
  assert.deepEqual({ configDir, dataDir, stateDir, hardwareLayout, certsDir }, {
    configDir: "/conf/gridworks/house2",
    dataDir: "/home/pi/.local/share/gridworks/house2",
    stateDir: "/state/gridworks/house2",
    hardwareLayout: "/etc/house2.json",
    certsDir: "/conf/gridworks/house2/certs",
  });
}

/** Scenarios of the reference's unit tests that are rules: link states, problems, TLS paths and folders. */
export const RULE_SCENARIOS: readonly UnitScenario[] = [
  { name: "Each state of a link answers each input as the reference does, or refuses and stays", run: transitions },
  {
    name: "Problems are bounded in number and length, and what was held back is counted (corrected)",
    run: boundedProblems,
  },
  { name: "Explicit TLS paths are kept, and only those that are not set are derived (corrected)", run: tlsPaths },
  { name: "Folders follow the name, the XDG variables and explicit paths", run: paths },
];
