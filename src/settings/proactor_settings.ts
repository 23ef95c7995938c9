import { integerField, numberField } from "./field.ts";
import type { SettingValues } from "./load_settings.ts";

/** The longest wait that any setting here may ask for, in s: one day. */
const DAY_S = 86_400;

/** Bounds of the links, as the settings have them. */
export interface LinkBounds {
  /** Silence of the peer after which it is pinged, in ms. */
  readonly pollMs: number;
  readonly ackTimeoutMs: number;
  /** First size of the re-upload window, in rows. */
  readonly windowInitial: number;
  readonly windowRowsMax: number;
  readonly windowBytesMax: number;
}

/** Bounds of the store. */
export interface StoreBounds {
  /** Most bytes of pending events. */
  readonly capBytes: number;
  /** Lane 2 commits at this many rows, */
  readonly eventRowsMax: number;
  /** or when its oldest row has waited this long, in ms. */
  readonly eventWaitMs: number;
  /** Lane 3 (bulk and journal) commits when its oldest row has waited this long, in ms. */
  readonly bulkWaitMs: number;
  /** Longest age of a pending event, in ms for which the store has run; absent: no bound. */
  readonly ageMsMax?: number;
}

/** The settings that every proactor has. */
export function proactorFields() {
  return {
    PROACTOR__MQTT_LINK_POLL_SECONDS: numberField(60, { min: 0.1, max: DAY_S }),
    PROACTOR__ACK_TIMEOUT_SECONDS: numberField(5, { min: 0.1, max: 600 }),
    PROACTOR__NUM_INITIAL_EVENT_REUPLOADS: integerField(5, { min: 1, max: 256 }),
    PROACTOR__WINDOW_ROWS_MAX: integerField(256, { min: 1, max: 256 }),
    PROACTOR__WINDOW_BYTES_MAX: integerField(131_072, { min: 1_024, max: 131_072 }),
    PERSISTER__MAX_BYTES: integerField(524_288_000, { min: 65_536, max: 2 ** 40 }),
    STORE__EVENT_ROWS_MAX: integerField(64, { min: 1, max: 64 }),
    STORE__EVENT_WAIT_SECONDS: numberField(2, { min: 0, max: 2 }),
    STORE__BULK_WAIT_SECONDS: numberField(10, { min: 0, max: 10 }),
    /** 0: no bound. */
    STORE__AGE_DAYS_MAX: numberField(0, { min: 0, max: 3_650 }),
  };
}

/** Values of the settings that every proactor has. */
export type ProactorValues = SettingValues<ReturnType<typeof proactorFields>>;

function ms(seconds: number): number {
  return Math.round(seconds * 1_000);
}

/** Gathers the bounds of the links. */
export function linkBounds(values: ProactorValues): LinkBounds {
  return {
    pollMs: ms(values.PROACTOR__MQTT_LINK_POLL_SECONDS),
    ackTimeoutMs: ms(values.PROACTOR__ACK_TIMEOUT_SECONDS),
    windowInitial: Math.min(values.PROACTOR__NUM_INITIAL_EVENT_REUPLOADS, values.PROACTOR__WINDOW_ROWS_MAX),
    windowRowsMax: values.PROACTOR__WINDOW_ROWS_MAX,
    windowBytesMax: values.PROACTOR__WINDOW_BYTES_MAX,
  };
}

/** Gathers the bounds of the store. */
export function storeBounds(values: ProactorValues): StoreBounds {
  return {
    capBytes: values.PERSISTER__MAX_BYTES,
    eventRowsMax: values.STORE__EVENT_ROWS_MAX,
    eventWaitMs: ms(values.STORE__EVENT_WAIT_SECONDS),
    bulkWaitMs: ms(values.STORE__BULK_WAIT_SECONDS),
    ...(values.STORE__AGE_DAYS_MAX > 0 ? { ageMsMax: ms(values.STORE__AGE_DAYS_MAX * DAY_S) } : {}),
  };
}
