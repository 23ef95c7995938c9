import { findNodeAtLocation, type Node, type ParseError, parseTree, printParseErrorCode } from "jsonc-parser";
import { type Finding, FINDINGS_MAX, type JsonPath, jsonPointer, type LayoutProblem } from "./problem.ts";

/** Adds file, line and column to findings; a path that leads to nothing gets the place of the value around it. */
export function locate(list: readonly Finding[], text: string, file: string): LayoutProblem[] {
  const root = parseTree(text);
  return list.map((finding) => {
    const offset = root === undefined ? 0 : nodeAt(root, finding.path).offset;
    return problemAt({ finding, offset, text, file });
  });
}

/** The problem of a text that is no JSON: where, and what the parser says. */
export function syntaxProblem(text: string, file: string, reason: string): LayoutProblem {
  const errors: ParseError[] = [];
  parseTree(text, errors, { disallowComments: true, allowTrailingComma: false });
  const first = errors[0];
  const found = first === undefined ? reason : printParseErrorCode(first.error);
  const finding: Finding = { severity: "error", path: [], wanted: "JSON", found };
  return problemAt({ finding, offset: first?.offset ?? 0, text, file });
}

/** Deepest nesting of a layout; deeper text would exhaust the stack of whoever walks it. */
export const DEPTH_MAX = 64;

/** The problem of a text that is nested too deep. @returns undefined when it is not. */
export function depthProblem(text: string, file: string): LayoutProblem | undefined {
  let depth = 0;
  let inString = false;
  // No regular expression: a long string would exhaust its stack.
  for (let offset = 0; offset < text.length; offset++) {
    const at = text[offset];
    if (inString) {
      if (at === "\\") offset++;
      else if (at === '"') inString = false;
    } else if (at === '"') inString = true;
    else if (at === "]" || at === "}") depth--;
    else if ((at === "[" || at === "{") && ++depth > DEPTH_MAX) {
      const wanted = `at most ${DEPTH_MAX} levels of nesting`;
      return problemAt({ finding: { severity: "error", path: [], wanted, found: "more" }, offset, text, file });
    }
  }
  return undefined;
}

/** Keys that stand twice in one object: a parser keeps the last one without a word. */
export function duplicateKeyProblems(text: string, file: string): LayoutProblem[] {
  const problems: LayoutProblem[] = [];
  function visit(node: Node, path: JsonPath): void {
    const seen = new Set<string>();
    for (const [index, child] of (node.children ?? []).entries()) {
      if (node.type === "array") visit(child, [...path, index]);
      const [name, inner] = node.type === "object" ? child.children ?? [] : [];
      if (name === undefined) continue;
      const key = String(name.value);
      const at = [...path, key];
      if (seen.has(key) && problems.length < FINDINGS_MAX) {
        const finding = {
          severity: "error",
          path: at,
          wanted: "a key that is there once",
          found: `"${key}" again`,
        } as const;
        problems.push(problemAt({ finding, offset: name.offset, text, file }));
      }
      seen.add(key);
      if (inner !== undefined) visit(inner, at);
    }
  }
  const root = parseTree(text);
  if (root !== undefined) visit(root, []);
  return problems;
}

function nodeAt(root: Node, path: JsonPath): Node {
  for (let length = path.length; length > 0; length--) {
    const node = findNodeAtLocation(root, path.slice(0, length));
    if (node !== undefined) return node;
  }
  return root;
}

function problemAt(
  at: { readonly finding: Finding; readonly offset: number; readonly text: string; readonly file: string },
): LayoutProblem {
  const { finding: { severity, path, wanted, found }, offset, file } = at;
  const before = at.text.slice(0, offset);
  const line = before.split("\n").length;
  const column = offset - before.lastIndexOf("\n");
  const pointer = jsonPointer(path);
  const place = `${file}:${line}:${column}${pointer === "" ? "" : ` ${pointer}`}`;
  return {
    severity,
    file,
    line,
    column,
    pointer,
    wanted,
    found,
    text: `${place}: wanted ${wanted}, found ${found}`,
  };
}
