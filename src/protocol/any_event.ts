import type * as z from "zod";
import type { JsonObject } from "./envelope_header.ts";
import { AnyEvent } from "./types/link_types.ts";

/** Reads an event of any type, as its schema does. @param payload An object that `JSON.parse` made. */
export function readAnyEvent(payload: JsonObject): z.ZodSafeParseResult<AnyEvent> {
  const data = anyEventAsSent(payload);
  return data === undefined ? AnyEvent.safeParse(payload) : { success: true, data };
}

/** Undefined unless the schema takes everything unchanged: it takes several times as long. The order of keys is the schema's. */
function anyEventAsSent(payload: JsonObject): AnyEvent | undefined {
  const { MessageId, TimeCreatedMs, Src, TypeName, ...rest } = payload;
  if (typeof MessageId !== "string" || typeof Src !== "string" || typeof TypeName !== "string") return undefined;
  // The schema leaves such a key out.
  if (Object.hasOwn(payload, "__proto__")) return undefined;
  if (TimeCreatedMs === undefined) return { MessageId, Src, TypeName, ...rest };
  if (!Number.isSafeInteger(TimeCreatedMs)) return undefined;
  return { MessageId, TimeCreatedMs: TimeCreatedMs as number, Src, TypeName, ...rest };
}
