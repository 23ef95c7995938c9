/** Deepest nesting of JSON that is read; the reference's parser stops at 200 too. */
export const JSON_DEPTH_MAX = 200;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/** How deep objects and arrays nest in a text that `JSON.parse` has accepted. */
export function jsonDepth(json: string): number {
  let depth = 0;
  let deepest = 0;
  for (let at = 0; at < json.length; at++) {
    const char = json.charCodeAt(at);
    if (char === QUOTE) at = endOfString(json, at) - 1;
    else if (char === OPEN_BRACE || char === OPEN_BRACKET) deepest = Math.max(deepest, ++depth);
    else if (char === CLOSE_BRACE || char === CLOSE_BRACKET) depth--;
  }
  return deepest;
}

/** Whether a text has so few brackets, those inside its strings counted too, that it cannot nest deeper than `depthMax`. */
export function isSurelyFlat(json: string, depthMax: number): boolean {
  let left = depthMax;
  for (const bracket of ["{", "["]) {
    for (let at = json.indexOf(bracket); at !== -1; at = json.indexOf(bracket, at + 1)) if (--left < 0) return false;
  }
  return true;
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
    if (stringAt(json, open, close) === key) found = json.slice(start, end).trim();
    at = end + 1;
  }
  return found;
}

/** The string whose quotes are at `open` and before `close`. */
function stringAt(json: string, open: number, close: number): string {
  const raw = json.slice(open + 1, close - 1);
  return raw.includes("\\") ? JSON.parse(json.slice(open, close)) : raw;
}

function endOfString(json: string, open: number): number {
  for (let at = json.indexOf('"', open + 1); at !== -1; at = json.indexOf('"', at + 1)) {
    let before = at;
    while (json.charCodeAt(before - 1) === BACKSLASH) before--;
    // An even run of backslashes escapes itself, and not the quote.
    if ((at - before) % 2 === 0) return at + 1;
  }
  return json.length;
}

function endOfValue(json: string, start: number): number {
  let depth = 0;
  let at = start;
  while (at < json.length) {
    const char = json.charCodeAt(at);
    if (char === QUOTE) {
      at = endOfString(json, at);
      continue;
    }
    if (depth === 0 && (char === COMMA || char === CLOSE_BRACE)) return at;
    if (char === OPEN_BRACE || char === OPEN_BRACKET) depth++;
    else if (char === CLOSE_BRACE || char === CLOSE_BRACKET) depth--;
    at++;
  }
  return at;
}
