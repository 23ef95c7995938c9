import { findNodeAtLocation, type Node, type ParseError, parseTree, printParseErrorCode } from "jsonc-parser";
import { type Finding, type JsonPath, jsonPointer, type LayoutProblem } from "./problem.ts";

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
