import { isWallTrusted } from "../core/wall_clock.ts";

/** Key of a stored payload with stamps that must be put right before it is sent. It never goes on the wire. */
export const STAMP_MARK_KEY = "HearthStamp";

/** How the untrusted stamps of a payload were made: stamp minus `offsetMs` is monotonic time of the clock with this name. */
export interface StampMark {
  /** Boot and life whose monotonic time counts; "" when it is not known. */
  readonly clock: string;
  /** Wall clock minus monotonic time then, in ms. */
  readonly offsetMs: number;
}

/** What is known of wall clocks that were wrong. */
export interface WallClocks {
  /** How this life stamps, or stamped last, while its wall clock is not trusted. */
  mark(): StampMark;
  /** Wall clock minus monotonic time (ms) of a clock, once it was right; undefined when it never was. */
  offsetMs(clock: string): number | undefined;
}

/** A payload with right stamps. */
export interface RightStamps<Payload> {
  readonly payload: Payload;
  /** The clock was never right: the newest stamp is the moment of sending, the others keep their distance to it. */
  readonly isGuess: boolean;
}

// Names of the wire: TimeCreatedMs, SendTimeUnixMs, UnixTimeMs, ScadaReadTimeUnixMsList, SlotStartUnixS, …
const STAMP_KEY = /(?:UnixMs|UnixMsList|CreatedMs|TimeMs|UnixS)$/;

/** A report's slot may begin at 0: its board started in the first minutes of 1970. Elsewhere 0 means no time. */
const SLOT_KEY = "SlotStartUnixS";

/**
 * Changes every stamp in plain data.
 *
 * @param change Takes and gives ms since 1970, and is told the stamp's key; fields in seconds are rounded down.
 */
export function mapStamps<Value>(value: Value, change: (ms: number, key: string) => number): Value {
  return mapValue(value, "", change) as Value;
}

function mapValue(value: unknown, key: string, change: (ms: number, key: string) => number): unknown {
  if (typeof value === "number") {
    if (!STAMP_KEY.test(key)) return value;
    return key.endsWith("S") ? Math.floor(change(value * 1_000, key) / 1_000) : change(value, key);
  }
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => mapValue(item, key, change));
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, mapValue(item, name, change)]));
}

/** The newest stamp (ms) of a clock that is not trusted; undefined when there is none. 0 means no time, not 1970. */
export function newestUntrustedMs(payload: unknown): number | undefined {
  const newest = newestUntrusted(payload, "");
  return newest === -Infinity ? undefined : newest;
}

/** Looks at every event and message: it makes nothing. */
function newestUntrusted(value: unknown, key: string): number {
  if (typeof value === "number") {
    if (value === 0 || !STAMP_KEY.test(key)) return -Infinity;
    const ms = key.endsWith("S") ? value * 1_000 : value;
    return isWallTrusted(ms) ? -Infinity : ms;
  }
  if (typeof value !== "object" || value === null) return -Infinity;
  let newest = -Infinity;
  if (Array.isArray(value)) { for (const item of value) newest = Math.max(newest, newestUntrusted(item, key)); }
  else {
    const members = value as Readonly<Record<string, unknown>>;
    for (const name of Object.keys(members)) newest = Math.max(newest, newestUntrusted(members[name], name));
  }
  return newest;
}

/** Puts untrusted stamps right; the others stay. @param now The trusted wall clock, and what is known of other clocks. */
export function rightStamps<Payload>(
  payload: Payload,
  mark: StampMark,
  now: { readonly wallMs: number; readonly clocks: WallClocks },
): RightStamps<Payload> {
  const newest = newestUntrustedMs(payload);
  if (newest === undefined) return { payload, isGuess: false };
  const offsetMs = now.clocks.offsetMs(mark.clock);
  const byMs = offsetMs === undefined ? now.wallMs - newest : offsetMs - mark.offsetMs;
  function right(ms: number, key: string): number {
    return (ms === 0 && key !== SLOT_KEY) || isWallTrusted(ms) ? ms : Math.trunc(ms + byMs);
  }
  return { payload: mapStamps(payload, right), isGuess: offsetMs === undefined };
}

/** The payload as it is stored, with a mark when it has untrusted stamps. */
export function withStampMark<Payload extends object>(payload: Payload, clocks: WallClocks): Payload {
  if (newestUntrustedMs(payload) === undefined) return payload;
  return { ...payload, [STAMP_MARK_KEY]: clocks.mark() };
}

const MARK_TEXT = `"${STAMP_MARK_KEY}":`;

/** Whether the stamps of stored bytes must be put right: a text that quotes the mark may count, too. */
export function mayHaveStampMark(bytes: Uint8Array): boolean {
  return new TextDecoder().decode(bytes).includes(MARK_TEXT);
}

/** Takes the mark off a stored payload. */
export function takeStampMark(
  stored: Readonly<Record<string, unknown>>,
): { readonly payload: Readonly<Record<string, unknown>>; readonly mark: StampMark } | undefined {
  if (!Object.hasOwn(stored, STAMP_MARK_KEY)) return undefined;
  const { [STAMP_MARK_KEY]: found, ...payload } = stored;
  const { clock, offsetMs } = (found ?? {}) as Partial<StampMark>;
  return typeof clock === "string" && typeof offsetMs === "number" ? { payload, mark: { clock, offsetMs } } : undefined;
}
