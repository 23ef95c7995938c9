/** One assignment of an env file. */
export interface DotenvLine {
  readonly name: string;
  readonly text: string;
  /** Of the name, from 1. */
  readonly line: number;
}

// A value is quoted (and may then span lines), or goes on to a "#" or the end of its line.
const ASSIGNMENT =
  /^[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_.-]*)[ \t]*=[ \t]*(?:"([^"]*)"|'([^']*)'|`([^`]*)`|([^\n#]*))[^\n]*$/gm;

/**
 * Reads the text of an env file: `NAME=value`, `export`, comments, and values in double, single or back quotes; only
 * double quotes turn `\n` into a line break. Lines that are no assignment are left out.
 *
 * Of our own, as the floor runtime lacks `parseEnv` of node:util and no parser tells the line. Source: its rules.
 */
export function parseDotenv(content: string): readonly DotenvLine[] {
  const text = plainText(content);
  let line = 1;
  let counted = 0;
  return [...text.matchAll(ASSIGNMENT)].map((match) => {
    const [, name = "", double, single, back, bare = ""] = match;
    line += text.slice(counted, match.index).split("\n").length - 1;
    counted = match.index;
    return { name, text: double?.replaceAll("\\n", "\n") ?? single ?? back ?? bare.trim(), line };
  });
}

/** Numbers, from 1, of the lines that are neither part of an assignment nor a comment nor empty. */
export function dotenvRest(content: string): readonly number[] {
  const rest = plainText(content).replace(ASSIGNMENT, (match) => "\n".repeat(match.split("\n").length - 1));
  return rest.split("\n").flatMap((text, index) => /^\s*(?:#.*)?$/.test(text) ? [] : [index + 1]);
}

function plainText(content: string): string {
  return content.replaceAll("\r\n", "\n").replace(/^\uFEFF/, "");
}
