import { dotenvRest, parseDotenv } from "./parse_dotenv.ts";

/** Most warnings about one env file. */
export const DOTENV_WARNINGS_MAX = 10;

/** An env file that is looked at. */
export interface DotenvFile {
  readonly text: string;
  readonly path: string;
}

/** A warning about one line of an env file; never with its text, which may be a secret. */
export interface DotenvWarning {
  readonly name: string;
  /** "<path>:<line>". */
  readonly where: string;
  readonly message: string;
}

/** Lines of an env file that say nothing, and names of the prefix that stand there twice. */
export function dotenvWarnings({ text, path }: DotenvFile, prefix: string): readonly DotenvWarning[] {
  const warnings = dotenvRest(text).map((line) => {
    const where = `${path}:${line}`;
    return { name: "", where, message: `Cannot use ${where} as a line must be NAME=value, a comment or empty` };
  });
  const lines = new Map<string, number>();
  for (const { name: written, line } of parseDotenv(text)) {
    const name = written.toUpperCase();
    const earlier = lines.get(name);
    lines.set(name, line);
    if (earlier === undefined || !name.startsWith(prefix.toUpperCase())) continue;
    const where = `${path}:${line}`;
    warnings.push({ name, where, message: `${name} (${where}) takes the place of line ${earlier}` });
  }
  return warnings.slice(0, DOTENV_WARNINGS_MAX);
}
