/** Checks file and function sizes, and that no file names a path of a developer's machine. */
import { readTree } from "./read_tree.ts";
import {
  FILE_LINES_LOOK,
  FILE_LINES_MEDIAN_AIM,
  FILE_LINES_STOP,
  FUNCTION_LINES_LOOK,
  FUNCTION_LINES_STOP,
  LARGE_FILE_LINES_STOP,
  LARGE_FILES,
  SIZE_EXCEPTIONS,
  type SizeException,
} from "./size_limits.ts";

/** Result of the check: breaches fail the gate, notes do not. */
export interface SizeReport {
  readonly breaches: readonly string[];
  readonly notes: readonly string[];
  /** Lines of the median module of `src` and `drivers`, tests left out; 0 when there is none. */
  readonly medianLines: number;
}

const FUNCTION_HEAD =
  /^(\s*)(?:(?:export|default|async|static|override|public|protected|get|set) )*(?:function\*? ?([\w$]*)|\*?(#?[\w$]+))(?:<[^=]*>)?\(/;
const NOT_A_METHOD = new Set(["if", "for", "while", "switch", "catch", "return", "super", "with"]);

/** Checks the sizes of TypeScript modules. `sources`: path from the root → text. */
export function checkSizes(
  sources: ReadonlyMap<string, string>,
  exceptions: readonly SizeException[] = SIZE_EXCEPTIONS,
): SizeReport {
  const breaches: string[] = [];
  const notes: string[] = [];
  const used = new Set<SizeException>();
  function judge(name: string, lines: number, limits: { readonly look: number; readonly stop: number }): void {
    const exception = exceptions.find((each) => each.name === name);
    if (exception !== undefined && lines > limits.stop) used.add(exception);
    const stop = Math.max(limits.stop, exception?.lines ?? 0);
    if (lines > stop) breaches.push(`${name} has ${lines} lines: at most ${stop}`);
    else if (lines > limits.look) notes.push(`${name} has ${lines} lines: worth a look above ${limits.look}`);
  }
  for (const [path, source] of sources) {
    const isLarge = LARGE_FILES.test(path);
    judge(path, lineCount(source), {
      look: isLarge ? LARGE_FILE_LINES_STOP : FILE_LINES_LOOK,
      stop: isLarge ? LARGE_FILE_LINES_STOP : FILE_LINES_STOP,
    });
    if (isLarge) continue;
    for (const { name, lines } of functionSizes(source)) {
      judge(`${path}#${name}`, lines, { look: FUNCTION_LINES_LOOK, stop: FUNCTION_LINES_STOP });
    }
  }
  for (const exception of exceptions) {
    if (!used.has(exception)) breaches.push(`${exception.name} needs no exception any more: take it off the list`);
  }
  return { breaches, notes, medianLines: medianLines(sources) };
}

/** Functions and methods of a formatted module with their lines from head to closing brace, whatever is inside. */
export function functionSizes(source: string): { readonly name: string; readonly lines: number }[] {
  const lines = source.split("\n");
  const sizes: { readonly name: string; readonly lines: number }[] = [];
  for (const [start, text] of lines.entries()) {
    const head = FUNCTION_HEAD.exec(text);
    if (head === null || NOT_A_METHOD.has(head[3] ?? "")) continue;
    const end = closingLine(lines, start, head[1]!);
    if (end !== undefined) sizes.push({ name: head[2] || head[3] || "anonymous", lines: end - start + 1 });
  }
  return sizes;
}

// The formatter gives the brace that closes a body the indentation of its head; a call ends with ")" there instead.
function closingLine(lines: readonly string[], start: number, indent: string): number | undefined {
  if (lines[start]!.endsWith(";") || lines[start]!.endsWith("}")) return undefined;
  for (let at = start + 1; at < lines.length; at++) {
    const text = lines[at]!;
    if (text === "" || text.startsWith(indent + " ")) continue;
    if (text.startsWith(indent + ")")) {
      if (!text.endsWith("{")) return undefined;
      continue;
    }
    return text.startsWith(indent + "}") ? at : undefined;
  }
  return undefined;
}

function lineCount(source: string): number {
  return source.split("\n").length - (source.endsWith("\n") ? 1 : 0);
}

function medianLines(sources: ReadonlyMap<string, string>): number {
  const sizes = [...sources]
    .filter(([path]) => /^(src|drivers)\//.test(path) && !path.endsWith("_test.ts"))
    .map(([, source]) => lineCount(source))
    .sort((a, b) => a - b);
  return sizes[Math.floor(sizes.length / 2)] ?? 0;
}

const MACHINE_PATH = new RegExp(String.raw`(?<![\w.$\}])/(?:work|root)/|(?<![\w./])\.\./` + "shared/");

/** Lines that name a path of a developer's machine. `.ci/run` alone may name the folder beside the repository. */
export function checkMachinePaths(files: ReadonlyMap<string, string>): string[] {
  const breaches: string[] = [];
  for (const [path, text] of files) {
    if (path === ".ci/run") continue;
    for (const [index, line] of text.split("\n").entries()) {
      const found = MACHINE_PATH.exec(line);
      if (found !== null) breaches.push(`${path}:${index + 1} names a path of one machine: "${found[0]}"`);
    }
  }
  return breaches;
}

const TEXT_FILE = /\.(ts|json|jsonc|md|sh|c|h|html|css|js|txt|yml|yaml|service)$|^\.ci\/|^\.editorconfig$|^LICENSE$/;

if (import.meta.main) {
  const files = readTree(["."], (path) => TEXT_FILE.test(path));
  const { breaches, notes, medianLines } = checkSizes(new Map([...files].filter(([path]) => path.endsWith(".ts"))));
  const all = [...breaches, ...checkMachinePaths(files)];
  const summary = `sizes: median ${medianLines} lines (aim ${FILE_LINES_MEDIAN_AIM}), ${all.length} breaches`;
  Deno.stdout.writeSync(new TextEncoder().encode([...notes, ...all, summary].join("\n") + "\n"));
  Deno.exit(all.length === 0 ? 0 : 1);
}
