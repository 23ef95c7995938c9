/** Where in a JSON document: keys and indices from the outermost value. */
export type JsonPath = readonly (string | number)[];

/** One thing that is wrong with a layout. Errors stop it from loading, warnings do not. */
export interface LayoutProblem {
  readonly severity: "error" | "warning";
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
  /** JSON pointer, "" for the whole document. */
  readonly pointer: string;
  readonly wanted: string;
  readonly found: string;
  /** `file:line:col pointer: wanted …, found …`. */
  readonly text: string;
}

/** A problem before its place in the text is known. */
export interface Finding {
  readonly severity: "error" | "warning";
  readonly path: JsonPath;
  readonly wanted: string;
  readonly found: string;
}

/** Most findings that are kept; a damaged file must not fill the memory. */
export const FINDINGS_MAX = 500;

/** Collects findings; the caller goes on after each. */
export interface Findings {
  readonly list: readonly Finding[];
  error(path: JsonPath, wanted: string, found: string): void;
  warning(path: JsonPath, wanted: string, found: string): void;
}

/** Makes an empty collection that keeps at most `FINDINGS_MAX`. */
export function findings(): Findings {
  const list: Finding[] = [];
  function add(finding: Finding): void {
    if (list.length < FINDINGS_MAX) list.push(finding);
  }
  return {
    list,
    error(path, wanted, found) {
      add({ severity: "error", path, wanted, found });
    },
    warning(path, wanted, found) {
      add({ severity: "warning", path, wanted, found });
    },
  };
}

/** The JSON pointer (RFC 6901) of a path. */
export function jsonPointer(path: JsonPath): string {
  return path.map((key) => `/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

/** A name as it should be: a text as it is, anything else as short text. Unlike `String`, it never throws. */
export function nameText(value: unknown): string {
  return typeof value === "string" ? value : shown(value);
}

const SHOWN_CHARS = 80;

/** A found value as short text. */
export function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  const json = JSON.stringify(value);
  return json.length > SHOWN_CHARS ? `${json.slice(0, SHOWN_CHARS)}…` : json;
}
