import * as z from "zod";
import { OutsideDataError } from "../core/errors.ts";
import { joinPath, type XdgFolders } from "../settings/mod.ts";
import { SPEED_MAX, SPEED_MIN } from "./run_options.ts";

/** What a running demo tells other commands. */
export const DevRunFile = z.object({
  /** Of the embedded broker. */
  host: z.string(),
  port: z.int().min(1).max(65_535),
  /** Path of the layout. */
  layout: z.string().default(""),
  /** GNode alias of the scada. */
  scada: z.string(),
  /** House seconds a second. */
  speed: z.number().min(SPEED_MIN).max(SPEED_MAX),
});
/** @see DevRunFile */
export type DevRunFile = z.infer<typeof DevRunFile>;

/** Where the file of a running demo is: `dev.json`, in the user's run folder, else the state folder. */
export function devRunFilePath(xdg: XdgFolders): string {
  return joinPath(xdg.runtimeDir ?? xdg.stateHome, "hearth/dev.json");
}

/** Reads the file's text. @throws {OutsideDataError} If it is not what `hearth dev` writes. */
export function parseDevRunFile(text: string, path: string): DevRunFile {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new OutsideDataError(`Cannot read run file as it must be JSON: "${path}"`, { cause });
  }
  const parsed = DevRunFile.safeParse(json);
  if (parsed.success) return parsed.data;
  const found = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; ");
  throw new OutsideDataError(`Cannot read run file "${path}" as "hearth dev" must have written it: ${found}`);
}
