import { appRequest, mapSettings } from "./app_settings.ts";
import type { AppSettings, AppSettingsInput } from "./app_settings.ts";
import { loadSettings } from "./load_settings.ts";
import type { SettingsLoad } from "./load_settings.ts";
import { mqttLinkFields, mqttLinkSettings } from "./mqtt_link_settings.ts";
import type { MqttLinkSettings } from "./mqtt_link_settings.ts";
import { pathFields, resolvePaths } from "./paths.ts";
import { linkBounds, proactorFields, storeBounds } from "./proactor_settings.ts";

/** Prefix of the settings of `hearth ltn`. */
export const LTN_PREFIX = "LTN_";

/** The settings of the LTN. */
export interface LtnSettings extends AppSettings {
  /** Downstream, to the house agent. */
  readonly scadaMqtt: MqttLinkSettings;
}

/** The fields under `LTN_`. */
export function ltnFields() {
  return { ...pathFields("ltn"), ...proactorFields(), ...mqttLinkFields("SCADA_MQTT") };
}

/** Settings of the reference's LTN that nothing here reads yet. */
export const LTN_UNUSED: readonly string[] = [
  "LOGGING__*",
  "PAHO_LOGGING",
  "PROACTOR__NUM_INFLIGHT_EVENTS",
  "C_TO_F",
  "SAVE_EVENTS",
  "DASHBOARD__*",
  "TIMEZONE_STR",
  "LATITUDE",
  "LONGITUDE",
  "IS_SIMULATED",
  "FUEL_SUBSTITUTION",
  "FUEL_SUB_USD_PER_MWH",
  "HP_MODEL",
  "CONTRACT_REP_LOGGING_LEVEL",
  "FLO_*",
  "MONITOR_ONLY",
  "SEASONAL_STORAGE_MODE",
  "CREATE_GRAPH_MINUTE",
];

/** Reads the settings of the LTN. Source: gridworks-scada `atn_app_settings.py`. */
export function ltnSettings(input: AppSettingsInput): SettingsLoad<LtnSettings> {
  const load = loadSettings(appRequest(input, LTN_PREFIX, { fields: ltnFields(), unused: LTN_UNUSED }));
  return mapSettings(load, function gather(values): LtnSettings {
    const paths = resolvePaths(values, input.xdg, input.cwd);
    return {
      paths,
      links: linkBounds(values),
      store: storeBounds(values),
      scadaMqtt: mqttLinkSettings("SCADA_MQTT", values, { paths, cwd: input.cwd }),
    };
  });
}
