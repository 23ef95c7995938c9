import { appRequest, mapSettings } from "./app_settings.ts";
import type { AppSettings, AppSettingsInput } from "./app_settings.ts";
import { booleanField, choiceField, integerField, numberField, textField, timeZoneField } from "./field.ts";
import { loadSettings } from "./load_settings.ts";
import type { SettingsLoad } from "./load_settings.ts";
import { mqttLinkFields, mqttLinkSettings } from "./mqtt_link_settings.ts";
import type { MqttLinkSettings } from "./mqtt_link_settings.ts";
import { pathFields, resolvePaths } from "./paths.ts";
import { linkBounds, proactorFields, storeBounds } from "./proactor_settings.ts";

/** Prefix of the settings of `hearth run`. */
export const SCADA_PREFIX = "SCADA_";
/** The longest admin take-over, in s: 24 h. Source: gridworks-scada `AdminLinkSettings`. */
export const ADMIN_TIMEOUT_S_MAX = 86_400;

/** What the house does at all. */
export type SystemMode = "Heating" | "Standby" | "MonitorOnly";

/** The admin link. */
export interface AdminLinkSettings extends MqttLinkSettings {
  readonly enabled: boolean;
  /** Name under which the admin client publishes, for example "admin". */
  readonly name: string;
  /** The longest take-over, in ms. */
  readonly timeoutMsMax: number;
}

/** The settings of the house agent. */
export interface ScadaSettings extends AppSettings {
  /** Upstream, to the LTN. */
  readonly gridworksMqtt: MqttLinkSettings;
  /** To a second scada of the same house; absent unless it is enabled. */
  readonly localMqtt?: MqttLinkSettings;
  readonly admin: AdminLinkSettings;
  readonly reportMs: number;
  readonly snapshotMs: number;
  /** Fraction of the nameplate power at which a change of power is sent at once, 0 to 1. */
  readonly powerReportingThreshold: number;
  readonly timeZone: string;
  readonly latitude: number;
  readonly longitude: number;
  readonly isSimulated: boolean;
  readonly systemMode: SystemMode;
}

/** The fields under `SCADA_`. */
export function scadaFields() {
  return {
    ...pathFields("scada"),
    ...proactorFields(),
    ...mqttLinkFields("GRIDWORKS_MQTT"),
    ...mqttLinkFields("LOCAL_MQTT"),
    ...mqttLinkFields("ADMIN"),
    LOCAL_MQTT__ENABLED: booleanField(false),
    ADMIN__ENABLED: booleanField(false),
    ADMIN__NAME: textField("admin"),
    ADMIN__MAX_TIMEOUT_SECONDS: integerField(ADMIN_TIMEOUT_S_MAX, { min: 1, max: ADMIN_TIMEOUT_S_MAX }),
    SECONDS_PER_REPORT: integerField(300, { min: 1, max: 3_600 }),
    SECONDS_PER_SNAPSHOT: integerField(30, { min: 1, max: 3_600 }),
    ASYNC_POWER_REPORTING_THRESHOLD: numberField(0.02, { min: 0, max: 1 }),
    TIMEZONE_STR: timeZoneField("America/New_York"),
    LATITUDE: numberField(45.6573, { min: -90, max: 90 }),
    LONGITUDE: numberField(-68.7098, { min: -180, max: 180 }),
    IS_SIMULATED: booleanField(false),
    SYSTEM_MODE: choiceField<SystemMode>("Heating", ["Heating", "Standby", "MonitorOnly"]),
  };
}

/** Settings of the reference's scada that nothing here reads yet. */
export const SCADA_UNUSED: readonly string[] = [
  "LOGGING__*",
  "PAHO_LOGGING",
  "PROACTOR__NUM_INFLIGHT_EVENTS",
  "PICO_CYCLER_STATE_LOGGING",
  "POWER_METER_LOGGING_LEVEL",
  "CONTRACT_REP_LOGGING_LEVEL",
  "RELAY_MULTIPLEXER_LOGGING_LEVEL",
  "ALPHA",
  "BETA",
  "GAMMA",
  "HP_MAX_KW_EL",
  "HP_MAX_KW_TH",
  "INTERMEDIATE_POWER",
  "INTERMEDIATE_RSWT",
  "DD_POWER",
  "DD_RSWT",
  "DD_DELTA_T",
  "MAX_EWT_F",
  "COP_*",
  "HP_TURN_ON_MINUTES",
  "SHORT_CYCLE_BUFFER",
  "LOAD_OVERESTIMATION_PERCENT",
  "OIL_BOILER_BACKUP",
  "SEASONAL_STORAGE_MODE",
  "WHITEWIRE_THRESHOLD_WATTS",
  "HP_MODEL",
];

/** Reads the settings of the house agent. Source: gridworks-scada `scada_app_settings.py`. */
export function scadaSettings(input: AppSettingsInput): SettingsLoad<ScadaSettings> {
  const load = loadSettings(appRequest(input, SCADA_PREFIX, { fields: scadaFields(), unused: SCADA_UNUSED }));
  return mapSettings(load, function gather(values): ScadaSettings {
    const paths = resolvePaths(values, input.xdg, input.cwd);
    const folders = { paths, cwd: input.cwd };
    return {
      paths,
      links: linkBounds(values),
      store: storeBounds(values),
      gridworksMqtt: mqttLinkSettings("GRIDWORKS_MQTT", values, folders),
      ...(values.LOCAL_MQTT__ENABLED ? { localMqtt: mqttLinkSettings("LOCAL_MQTT", values, folders) } : {}),
      admin: {
        ...mqttLinkSettings("ADMIN", values, folders),
        enabled: values.ADMIN__ENABLED,
        name: values.ADMIN__NAME,
        timeoutMsMax: values.ADMIN__MAX_TIMEOUT_SECONDS * 1_000,
      },
      reportMs: values.SECONDS_PER_REPORT * 1_000,
      snapshotMs: values.SECONDS_PER_SNAPSHOT * 1_000,
      powerReportingThreshold: values.ASYNC_POWER_REPORTING_THRESHOLD,
      timeZone: values.TIMEZONE_STR,
      latitude: values.LATITUDE,
      longitude: values.LONGITUDE,
      isSimulated: values.IS_SIMULATED,
      systemMode: values.SYSTEM_MODE,
    };
  });
}
