import type { LoadSettingsRequest, SettingFields, SettingsLoad } from "./load_settings.ts";
import type { AppPaths, XdgFolders } from "./paths.ts";
import type { LinkBounds, StoreBounds } from "./proactor_settings.ts";
import type { SettingTexts } from "./setting_source.ts";

/** What the settings of an application are read from: texts and folders, all handed in. */
export interface AppSettingsInput extends SettingTexts {
  readonly xdg: XdgFolders;
  /** Absolute; relative paths count from it. */
  readonly cwd: string;
}

/** What the settings of every application hold. */
export interface AppSettings {
  readonly paths: AppPaths;
  readonly links: LinkBounds;
  readonly store: StoreBounds;
}

/** The request for an application's fields, over what was handed in. */
export function appRequest<const Fields extends SettingFields>(
  input: AppSettingsInput,
  prefix: string,
  own: { readonly fields: Fields; readonly unused: readonly string[] },
): LoadSettingsRequest<Fields> {
  const { env, dotenvText, dotenvPath } = input;
  return { prefix, env, dotenvText, dotenvPath, ...own };
}

/** Turns the flat values of a load into an application's settings; problems pass through. */
export function mapSettings<Values, Settings>(
  load: SettingsLoad<Values>,
  map: (values: Values) => Settings,
): SettingsLoad<Settings> {
  return load.kind === "problems" ? load : { ...load, settings: map(load.settings) };
}
