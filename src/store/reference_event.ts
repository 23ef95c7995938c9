import { errorText } from "../core/errors.ts";

/** Largest event file that is taken, in bytes; a larger one could never be sent. */
export const REFERENCE_BYTES_MAX = 8_388_608;

const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?([+-]\d\d:\d\d|Z)?$/;
const FILE_NAME = /^(.*)\.uid\[(.*)\]\.json$/;

/** One event of the reference's `event/` folder, or why the file is none. */
export type ReferenceEvent =
  | { readonly kind: "event"; readonly class: string; readonly messageId: string; readonly bytes: Uint8Array }
  | { readonly kind: "bad"; readonly why: string };

/** Whether a folder in `event/` is one of the reference's days: its name is an ISO time. */
export function isReferenceDay(name: string): boolean {
  return ISO_TIME.test(name);
}

/** The id in a file name such as `2026-11-21T09:24:21.489084+00:00.uid[ff66…].json`; undefined when it is another file. */
export function referenceId(name: string): string | undefined {
  const [, time, id] = FILE_NAME.exec(name) ?? [];
  return time !== undefined && ISO_TIME.test(time) ? id : undefined;
}

/**
 * Reads one file of the reference's event folder: the event's JSON without an envelope, kept byte by byte.
 *
 * Source: gridworks-proactor 4.1.0, `TimedRollingFilePersister`.
 */
export function readReferenceEvent(name: string, bytes: Uint8Array): ReferenceEvent {
  const id = referenceId(name);
  if (id === undefined) return bad("its name must be <ISO time>.uid[<id>].json");
  if (bytes.length === 0) return bad("it must hold an event: it is empty");
  if (bytes.length > REFERENCE_BYTES_MAX) {
    return bad(`it must be at most ${REFERENCE_BYTES_MAX} bytes: it has ${bytes.length}`);
  }
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch (thrown) {
    return bad(`it must be JSON in UTF-8: ${errorText(thrown)}`);
  }
  const { TypeName, MessageId } = (value ?? {}) as { readonly TypeName?: unknown; readonly MessageId?: unknown };
  if (typeof TypeName !== "string" || TypeName === "") return bad("its TypeName must be a text");
  if (MessageId !== id) return bad(`its MessageId must be the id in its name: found ${JSON.stringify(MessageId)}`);
  return { kind: "event", class: TypeName, messageId: id, bytes };
}

function bad(why: string): ReferenceEvent {
  return { kind: "bad", why };
}
