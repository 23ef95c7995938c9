/** Deepest nesting of JSON that is read; the reference's parser stops at 200 too. */
export const JSON_DEPTH_MAX = 200;

/** How deep objects and arrays nest in a text that `JSON.parse` has accepted. */
export function jsonDepth(json: string): number {
  let depth = 0;
  let deepest = 0;
  for (let at = 0; at < json.length; at++) {
    const char = json[at];
    if (char === '"') at = endOfString(json, at) - 1;
    else if (char === "{" || char === "[") deepest = Math.max(deepest, ++depth);
    else if (char === "}" || char === "]") depth--;
  }
  return deepest;
}

/**
 * The exact text of a member of the outermost object; of the last one when the key is there twice, as `JSON.parse` takes it.
 *
 * @param json A text that `JSON.parse` has accepted.
 */
export function memberText(json: string, key: string): string | undefined {
  let found: string | undefined;
  let at = json.indexOf("{") + 1;
  while (at > 0 && at < json.length) {
    const open = json.indexOf('"', at);
    if (open === -1) break;
    const close = endOfString(json, open);
    const start = json.indexOf(":", close) + 1;
    const end = endOfValue(json, start);
    if (JSON.parse(json.slice(open, close)) === key) found = json.slice(start, end).trim();
    at = end + 1;
  }
  return found;
}

function endOfString(json: string, open: number): number {
  let at = open + 1;
  while (at < json.length && json[at] !== '"') at += json[at] === "\\" ? 2 : 1;
  return at + 1;
}

function endOfValue(json: string, start: number): number {
  let depth = 0;
  let at = start;
  while (at < json.length) {
    const char = json[at];
    if (char === '"') {
      at = endOfString(json, at);
      continue;
    }
    if (depth === 0 && (char === "," || char === "}")) return at;
    if (char === "{" || char === "[") depth++;
    else if (char === "}" || char === "]") depth--;
    at++;
  }
  return at;
}
