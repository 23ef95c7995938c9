/** Makes wrong inputs of right ones. */
import type { Dice } from "./dice.ts";
import { type JsonTree, type Member, replaceNode, treeOf, treeSize, treeText } from "./json_tree.ts";

/** One input: a text may hold lone surrogates, bytes may be no text. */
export type Sample = string | Uint8Array;

/** A right input, with its tree when it is JSON. */
export interface Seed {
  readonly sample: Sample;
  readonly tree?: JsonTree;
  readonly size: number;
}

/** Size of the largest inputs, in bytes: as a message may have. */
export const LARGE_BYTES = 1_048_576;
/** Of so many mutated values one is large, or nests deep. */
const LARGE_ONE_OF = 4_000;
const DEEP_LEVELS = [190, 198, 201, 1_000, 20_000] as const;

/** Values of the wrong type, at the edge of their range, or beyond. */
const ODD_VALUES: readonly string[] = [
  ..."null true false 0 -0 1 -1 2.0 0.1 1e21 1e308 1e999 -1e999 5e-324 9007199254740993 2147483648 4294967296".split(
    " ",
  ),
  ...["1700000000000", "999999999999999999999999999999", '""', '" "', '"NaN"', '"true"', '"1"', "[]", "{}", "[[]]"],
  ...['"\\ud800"', '"\\udc00\\ud800"', '"\\u0000"', '"a\\u2028b"', '"__proto__"', '"constructor"', '"\\ufeff"'],
  ...['"hw1.isone.me.hearth.house0"', '"s"', '"auto.lc"', '"admin"', '"."', '"a..b"', '"-"', '"gw"', '"#"', '"+/#"'],
  ...['{"__proto__":{"polluted":true}}', '{"constructor":{"prototype":{"polluted":true}}}', '{"toString":1}'],
  ...['{"length":-1}', '{"then":1}', '{"toJSON":1}', "[null]", "NaN", "undefined", "'x'", "01", "+1", "", "{", "]"],
];
const ODD_KEYS = ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "", "\\ud800", "TypeName"];

/** Makes a seed of a sample. @param isJson Whether to read its tree. */
export function makeSeed(sample: Sample, isJson: boolean): Seed {
  if (!isJson || typeof sample !== "string") return { sample, size: 0 };
  const tree = treeOf(JSON.parse(sample));
  return { sample, tree, size: treeSize(tree) };
}

/** Draws a seed and changes it, more than once at times; some stay as they are. */
export function mutated(seeds: readonly Seed[], dice: Dice): Sample {
  const { sample, tree, size } = dice.pick(seeds);
  if (dice.chance(0.03)) return sample;
  if (tree === undefined || dice.chance(0.12)) return mutatedText(sample, seeds, dice);
  let changed = tree;
  for (let times = dice.chance(0.6) ? 1 : 1 + dice.below(5); times > 0; times--) {
    // Near the root are the parts that decide how the rest is read.
    const at = dice.chance(0.3) ? dice.below(Math.min(size, 14)) : dice.below(size);
    changed = replaceNode(changed, at, (node) => changedNode(node, seeds, dice));
  }
  const text = treeText(changed);
  return dice.chance(0.04) ? mutatedText(text, seeds, dice) : text;
}

function changedNode(node: JsonTree, seeds: readonly Seed[], dice: Dice): JsonTree {
  if (dice.below(LARGE_ONE_OF) === 0) return hugeNode(node, dice);
  if (node.kind === "object" && node.members.length > 0 && dice.chance(0.6)) {
    return { kind: "object", members: changedMembers(node.members, dice) };
  }
  if (node.kind === "array" && dice.chance(0.5)) return { kind: "array", items: changedItems(node.items, dice) };
  if (node.kind === "raw" && dice.chance(0.25)) return { kind: "raw", text: mutatedString(node.text, dice) };
  if (dice.chance(0.2)) return anyNode(dice.pick(seeds).tree ?? node, dice);
  return { kind: "raw", text: dice.pick(ODD_VALUES) };
}

function changedMembers(members: readonly Member[], dice: Dice): readonly Member[] {
  const at = dice.below(members.length);
  const [key, value] = members[at]!;
  const odd: JsonTree = { kind: "raw", text: dice.pick(ODD_VALUES) };
  switch (dice.below(7)) {
    case 0:
      return members.toSpliced(at, 1);
    case 1:
      return members.toSpliced(dice.below(members.length + 1), 0, [key, odd]);
    case 2:
      return members.toSpliced(at, 1, [dice.pick(ODD_KEYS), value]);
    case 3:
      return members.toSpliced(at, 0, [dice.pick(ODD_KEYS), odd]);
    case 4:
      return members.toReversed();
    case 5:
      return members.toSpliced(at, 1, [key, dice.pick(members)[1]]);
    default:
      return members.toSpliced(at, 1, [key, odd]);
  }
}

function changedItems(items: readonly JsonTree[], dice: Dice): readonly JsonTree[] {
  const odd: JsonTree = { kind: "raw", text: dice.pick(ODD_VALUES) };
  const at = dice.below(items.length + 1);
  if (items.length === 0 || dice.chance(0.4)) return items.toSpliced(at, 0, odd);
  if (dice.chance(0.5)) return items.toSpliced(at, 1);
  return [...items, dice.pick(items)];
}

/** Any node of another tree: a right value in a wrong place. */
function anyNode(tree: JsonTree, dice: Dice): JsonTree {
  let node = tree;
  while (node.kind !== "raw" && dice.chance(0.7)) {
    const parts = node.kind === "array" ? node.items : node.members.map(([, value]) => value);
    if (parts.length === 0) break;
    node = dice.pick(parts);
  }
  return node;
}

function hugeNode(node: JsonTree, dice: Dice): JsonTree {
  const levels = dice.pick(DEEP_LEVELS);
  if (dice.chance(0.4)) return { kind: "raw", text: `"${"x".repeat(LARGE_BYTES - dice.below(2_000))}"` };
  if (dice.chance(0.5)) return { kind: "raw", text: "[".repeat(levels) + treeText(node) + "]".repeat(levels) };
  return { kind: "raw", text: '{"a":'.repeat(levels) + treeText(node) + "}".repeat(levels) };
}

/** Changes a number or a text in place: one digit or letter may matter. */
function mutatedString(text: string, dice: Dice): string {
  const at = dice.below(text.length);
  if (!text.startsWith('"') || text.length < 3) return `${text}${dice.pick(["0", "e5", ".5", "e-9"])}`;
  const inside = text.slice(1, -1);
  const cut = dice.below(inside.length);
  switch (dice.below(4)) {
    case 0:
      return `"${inside.slice(0, cut).replace(/\\[^"\\]*$/, "")}"`;
    case 1:
      return `"${inside}${dice.pick(["x", ".", "-", "/", " ", "\\u0000", "\\ud83d", "é", "🔥", "4"])}"`;
    case 2:
      return `"${inside.toUpperCase().replaceAll("\\U", "\\u").replaceAll("\\N", "\\n")}"`;
    default:
      return text.slice(0, at) + String.fromCharCode(33 + dice.below(90)) + text.slice(at + 1);
  }
}

const TEXT_PARTS: readonly string[] = [
  ...["\n", "\r\n", "\0", "=", '"', "'", "`", "#", "/", "\\", "{", "}", "[", "]", ",", ":", "-", ".", "*", "$", "%"],
  ...["\ud800", "\udfff", "\ufeff", "\u202e", "🔥", "é", "1e999", "__proto__", "constructor", "--", "to", "gw"],
];

/** Changes a sample without knowing what it means: as bytes, or as characters. */
function mutatedText(sample: Sample, seeds: readonly Seed[], dice: Dice): Sample {
  if (typeof sample !== "string" || dice.chance(0.4)) return mutatedBytes(sample, dice);
  const at = dice.below(sample.length + 1);
  const end = Math.min(sample.length, at + dice.below(dice.chance(0.8) ? 20 : sample.length));
  switch (dice.below(6)) {
    case 0:
      return sample.slice(0, at);
    case 1:
      return sample.slice(0, at) + sample.slice(end);
    case 2:
      return sample.slice(0, end) + sample.slice(at);
    case 3: {
      const other = dice.pick(seeds).sample;
      return sample.slice(0, at) + (typeof other === "string" ? other.slice(dice.below(other.length)) : "");
    }
    case 4:
      if (dice.below(LARGE_ONE_OF / 100) === 0) return sample + dice.pick(TEXT_PARTS).repeat(60_000);
      return sample.slice(0, at) + dice.pick(TEXT_PARTS).repeat(1 + dice.below(4)) + sample.slice(at);
    default:
      return sample.slice(0, at) + dice.pick(TEXT_PARTS) + sample.slice(end);
  }
}

const ODD_BYTES: readonly (readonly number[])[] = [
  [0xff],
  [0xc0, 0x80],
  [0xed, 0xa0, 0x80],
  [0xf4, 0x90, 0x80, 0x80],
  [0xe2, 0x82],
  [0xef, 0xbb, 0xbf],
  [0x00],
];

function mutatedBytes(sample: Sample, dice: Dice): Uint8Array {
  const bytes = typeof sample === "string" ? new TextEncoder().encode(sample) : sample.slice();
  if (bytes.length === 0 || dice.chance(0.1)) return Uint8Array.from({ length: dice.below(80) }, () => dice.below(256));
  if (dice.chance(0.15)) return bytes.subarray(0, dice.below(bytes.length));
  if (dice.chance(0.3)) {
    const at = dice.below(bytes.length);
    return Uint8Array.from([...bytes.subarray(0, at), ...dice.pick(ODD_BYTES), ...bytes.subarray(at)]);
  }
  for (let flips = 1 + dice.below(4); flips > 0; flips--) bytes[dice.below(bytes.length)]! ^= 1 << dice.below(8);
  return bytes;
}
