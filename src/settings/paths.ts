import { optionalTextField, textField } from "./field.ts";
import type { SettingValues } from "./load_settings.ts";

/** The XDG base folders of the user that runs us. */
export interface XdgFolders {
  readonly configHome: string;
  readonly dataHome: string;
  readonly stateHome: string;
  /** Absent where no session manager made one. */
  readonly runtimeDir?: string;
}

/** The folders and files of one application. */
export interface AppPaths {
  readonly configDir: string;
  readonly dataDir: string;
  readonly stateDir: string;
  readonly eventDir: string;
  readonly logDir: string;
  readonly certsDir: string;
  readonly hardwareLayout: string;
  /** `<configDir>/.env`. */
  readonly dotenv: string;
}

/** The certificate files of one link. */
export interface TlsPaths {
  readonly caCertPath: string;
  readonly certPath: string;
  readonly privateKeyPath: string;
}

/**
 * XDG folders from the environment: an XDG variable counts only when it is absolute, else the default under HOME.
 *
 * Source: XDG Base Directory Specification 0.8.
 */
export function xdgFolders(env: Readonly<Record<string, string | undefined>>): XdgFolders {
  const home = env["HOME"] ?? "/";
  function folder(name: string, fallback: string): string {
    const given = env[name];
    return given !== undefined && given.startsWith("/") ? given : joinPath(home, fallback);
  }
  const runtimeDir = env["XDG_RUNTIME_DIR"];
  return {
    configHome: folder("XDG_CONFIG_HOME", ".config"),
    dataHome: folder("XDG_DATA_HOME", ".local/share"),
    stateHome: folder("XDG_STATE_HOME", ".local/state"),
    ...(runtimeDir !== undefined && runtimeDir.startsWith("/") ? { runtimeDir } : {}),
  };
}

/** Joins two parts of a POSIX path; an absolute second part stands for itself. */
export function joinPath(base: string, rest: string): string {
  if (rest.startsWith("/")) return rest;
  return `${base.replace(/\/+$/, "")}/${rest.replace(/^(?:\.\/)+/, "")}`;
}

/** The PATHS__ settings. @param name Folder of the application under the base, for example "scada". */
export function pathFields(name: string) {
  return {
    PATHS__BASE: textField("gridworks"),
    PATHS__NAME: textField(name),
    PATHS__RELATIVE_PATH: optionalTextField(),
    PATHS__DATA_HOME: optionalTextField(),
    PATHS__STATE_HOME: optionalTextField(),
    PATHS__CONFIG_HOME: optionalTextField(),
    PATHS__DATA_DIR: optionalTextField(),
    PATHS__CONFIG_DIR: optionalTextField(),
    PATHS__STATE_DIR: optionalTextField(),
    PATHS__CERTS_DIR: optionalTextField(),
    PATHS__EVENT_DIR: optionalTextField(),
    PATHS__LOG_DIR: optionalTextField(),
    PATHS__HARDWARE_LAYOUT: optionalTextField(),
  };
}

/** Values of the PATHS__ settings. */
export type PathValues = SettingValues<ReturnType<typeof pathFields>>;

/**
 * The paths that hold: explicit ones stay as they are, the others follow from base, name and the XDG folders.
 *
 * @param cwd Absolute folder that relative paths count from.
 * Source: gridworks-proactor `config/paths.py`.
 */
export function resolvePaths(values: PathValues, xdg: XdgFolders, cwd: string): AppPaths {
  const relative = values.PATHS__RELATIVE_PATH ?? `${values.PATHS__BASE}/${values.PATHS__NAME}`;
  function from(explicit: string | undefined, fallback: string): string {
    return explicit === undefined ? fallback : joinPath(cwd, explicit);
  }
  function home(explicit: string | undefined, fallback: string): string {
    return joinPath(from(explicit, fallback), relative);
  }
  const configDir = from(values.PATHS__CONFIG_DIR, home(values.PATHS__CONFIG_HOME, xdg.configHome));
  const dataDir = from(values.PATHS__DATA_DIR, home(values.PATHS__DATA_HOME, xdg.dataHome));
  const stateDir = from(values.PATHS__STATE_DIR, home(values.PATHS__STATE_HOME, xdg.stateHome));
  return {
    configDir,
    dataDir,
    stateDir,
    eventDir: from(values.PATHS__EVENT_DIR, joinPath(dataDir, "event")),
    logDir: from(values.PATHS__LOG_DIR, joinPath(stateDir, "log")),
    certsDir: from(values.PATHS__CERTS_DIR, joinPath(configDir, "certs")),
    hardwareLayout: from(values.PATHS__HARDWARE_LAYOUT, joinPath(configDir, "hardware-layout.json")),
    dotenv: joinPath(configDir, ".env"),
  };
}

/** Where an application's env file is looked for when none is named. @param name For example "scada". */
export function defaultDotenvPath(name: string, xdg: XdgFolders): string {
  return joinPath(xdg.configHome, `gridworks/${name}/.env`);
}
