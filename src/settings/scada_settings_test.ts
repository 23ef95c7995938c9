import { strict as assert } from "node:assert";
import { ltnSettings } from "./ltn_settings.ts";
import { xdgFolders } from "./paths.ts";
import { scadaSettings } from "./scada_settings.ts";

const XDG = xdgFolders({ HOME: "/home/pi" });

Deno.test("xdgFolders() ignores a relative XDG variable", () => {
  assert.deepEqual(
    xdgFolders({ HOME: "/home/pi", XDG_CONFIG_HOME: "conf", XDG_DATA_HOME: "/d", XDG_RUNTIME_DIR: "/run/u" }),
    {
      configHome: "/home/pi/.config",
      dataHome: "/d",
      stateHome: "/home/pi/.local/state",
      runtimeDir: "/run/u",
    },
  );
});

Deno.test("scadaSettings() has TLS on and the reference's paths when nothing is set", () => {
  const load = scadaSettings({ env: {}, xdg: XDG, cwd: "/srv" });
  assert.equal(load.kind, "settings");
  if (load.kind !== "settings") return;
  assert.deepEqual(load.settings.paths, {
    configDir: "/home/pi/.config/gridworks/scada",
    dataDir: "/home/pi/.local/share/gridworks/scada",
    stateDir: "/home/pi/.local/state/gridworks/scada",
    eventDir: "/home/pi/.local/share/gridworks/scada/event",
    logDir: "/home/pi/.local/state/gridworks/scada/log",
    certsDir: "/home/pi/.config/gridworks/scada/certs",
    hardwareLayout: "/home/pi/.config/gridworks/scada/hardware-layout.json",
    dotenv: "/home/pi/.config/gridworks/scada/.env",
  });
  assert.deepEqual(load.settings.gridworksMqtt, {
    link: "gridworks_mqtt",
    host: "localhost",
    port: 8_883,
    keepaliveS: 60,
    tls: {
      caCertPath: "/home/pi/.config/gridworks/scada/certs/gridworks_mqtt/ca.crt",
      certPath: "/home/pi/.config/gridworks/scada/certs/gridworks_mqtt/gridworks_mqtt.crt",
      privateKeyPath: "/home/pi/.config/gridworks/scada/certs/gridworks_mqtt/private/gridworks_mqtt.pem",
      checkHostname: true,
      pollMs: 10_000,
    },
    peer: "python",
  });
  assert.deepEqual(load.settings.links, {
    pollMs: 60_000,
    ackTimeoutMs: 5_000,
    windowInitial: 5,
    windowRowsMax: 256,
    windowBytesMax: 131_072,
  });
  assert.deepEqual(load.settings.store, {
    capBytes: 524_288_000,
    eventRowsMax: 64,
    eventWaitMs: 2_000,
    bulkWaitMs: 10_000,
  });
  assert.equal(load.settings.localMqtt, undefined);
  assert.equal(load.settings.admin.enabled, false);
});

Deno.test("scadaSettings() keeps explicit TLS paths and uses the clear port when TLS is off", () => {
  const load = scadaSettings({
    env: {
      SCADA_GRIDWORKS_MQTT__TLS__PATHS__CA_CERT_PATH: "certs/own-ca.crt",
      SCADA_ADMIN__TLS__USE_TLS: "false",
      SCADA_ADMIN__PORT: "1885",
      SCADA_ADMIN__ENABLED: "true",
      SCADA_PATHS__NAME: "house2",
    },
    xdg: XDG,
    cwd: "/srv",
  });
  assert.equal(load.kind, "settings");
  if (load.kind !== "settings") return;
  assert.equal(load.settings.gridworksMqtt.tls?.caCertPath, "/srv/certs/own-ca.crt");
  assert.equal(
    load.settings.gridworksMqtt.tls?.certPath,
    "/home/pi/.config/gridworks/house2/certs/gridworks_mqtt/gridworks_mqtt.crt",
  );
  assert.deepEqual(load.settings.admin, {
    link: "admin",
    host: "localhost",
    port: 1_885,
    keepaliveS: 60,
    peer: "python",
    enabled: true,
    name: "admin",
    timeoutMsMax: 86_400_000,
  });
});

Deno.test("scadaSettings() refuses what the runtime cannot honour", () => {
  const load = scadaSettings({
    env: {
      SCADA_ADMIN__TLS__CERT_REQS: "0",
      SCADA_ADMIN__TLS__KEYFILE_PASSWORD: "hush",
      SCADA_ADMIN__TLS__CIPHERS: "AES128",
      SCADA_ADMIN__BIND_PORT: "0",
    },
    xdg: XDG,
    cwd: "/srv",
  });
  assert.equal(load.kind, "problems");
  if (load.kind !== "problems") return;
  assert.deepEqual(load.problems.map((problem) => problem.message), [
    'Cannot honour SCADA_ADMIN__TLS__CERT_REQS (environment) as it must be "2", as the broker\'s certificate is always checked: found "0"',
    'Cannot honour SCADA_ADMIN__TLS__CIPHERS (environment) as it must be nothing, as the runtime chooses the TLS ciphers: found "AES128"',
  ]);
});

Deno.test("ltnSettings() reads its own prefix only", () => {
  const load = ltnSettings({
    env: { LTN_SCADA_MQTT__HOST: "broker", SCADA_NONSENSE: "1", LTN_SCADA_MQTT__PEER: "HEARTH" },
    xdg: XDG,
    cwd: "/srv",
  });
  assert.equal(load.kind, "settings");
  if (load.kind !== "settings") return;
  assert.equal(load.settings.scadaMqtt.host, "broker");
  assert.equal(load.settings.scadaMqtt.peer, "hearth");
  assert.equal(load.settings.paths.dataDir, "/home/pi/.local/share/gridworks/ltn");
  assert.deepEqual(load.warnings, []);
});

Deno.test("scadaSettings() reads how a link uses its certificates", () => {
  const env = { SCADA_ADMIN__TLS__CHECK_HOSTNAME: "false", SCADA_ADMIN__TLS__POLL_SECONDS: "0.5" };
  const load = scadaSettings({ env, xdg: XDG, cwd: "/srv" });
  assert.equal(load.kind, "settings");
  if (load.kind !== "settings") return;
  const { checkHostname, pollMs } = load.settings.admin.tls!;
  assert.deepEqual({ checkHostname, pollMs }, { checkHostname: false, pollMs: 500 });
  assert.equal(load.settings.gridworksMqtt.tls?.checkHostname, true);
});
