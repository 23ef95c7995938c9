import type { PlannedCertificate } from "../cli/cli_host.ts";
import { errorText } from "../core/errors.ts";
import { loadLayout } from "../layout/mod.ts";
import type { SettingsLoad } from "../settings/mod.ts";
import SIMPLE_HOUSE from "../../layouts/simple_house.json" with { type: "json" };

/** What a plan needs of the world: reading files, a free port, the time. */
export interface PlanHost {
  readText(path: string): string | undefined;
  /**
   * The processor, and the first C library of its list that exists.
   *
   * @param libcPaths By architecture, for example "x86_64".
   */
  board(libcPaths: Readonly<Record<string, readonly string[]>>): {
    readonly arch: string;
    readonly libcPath: string | undefined;
  };
  /** A port of 127.0.0.1 that nobody listens on. */
  freePort(): number;
  wallMs(): number;
}

/** Options that shape a plan beside what `PlanRequest` names. */
export interface PlanExtras {
  readonly exitAfterMs?: number;
  readonly json?: boolean;
  readonly speed?: number;
  /** Folder of the demo's store. */
  readonly data?: string;
}

/** What every plan is made of. */
export interface PlanBasis {
  readonly host: PlanHost;
  readonly extras: PlanExtras;
  readonly isTerminal: boolean;
  /** Gathers what is wrong; the plan is made only when nothing is. */
  readonly problems: string[];
  readonly warnings: string[];
  /** Gathers what `hearth check` lists. */
  readonly certificates: PlannedCertificate[];
}

/** A layout as the plan found it. */
export interface FoundLayout {
  readonly path: string;
  /** As it stands in the file. */
  readonly text: string;
  /** The JSON value. */
  readonly json: unknown;
  readonly scada: string;
  readonly ltn: string;
}

/** Reads and checks a layout; the built-in simple house when `path` is undefined. */
export function findLayout(path: string | undefined, basis: PlanBasis): FoundLayout | undefined {
  let text: string | undefined;
  if (path === undefined) text = JSON.stringify(SIMPLE_HOUSE);
  else {
    try {
      text = basis.host.readText(path);
    } catch (error) {
      basis.problems.push(errorText(error));
      return undefined;
    }
  }
  if (text === undefined) {
    basis.problems.push(`Cannot read layout as the file must exist: "${path}"`);
    return undefined;
  }
  const loaded = loadLayout(text, path ?? "layouts/simple_house.json");
  if (loaded.kind === "problems") {
    basis.problems.push(...loaded.problems.map((problem) => problem.text));
    return undefined;
  }
  const { scada, ltn } = loaded.layout.aliases;
  return { path: path ?? "", text, json: JSON.parse(text), scada, ltn };
}

/** The settings of a load, its problems and warnings gathered. */
export function gather<Settings>(load: SettingsLoad<Settings>, basis: PlanBasis): Settings | undefined {
  basis.warnings.push(...load.warnings.map((warning) => warning.message));
  if (load.kind === "settings") return load.settings;
  basis.problems.push(...load.problems.map((problem) => problem.message));
  return undefined;
}
