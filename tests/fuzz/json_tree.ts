/** JSON as a tree that, unlike a value, can hold a key twice and any text in place of a value. */
export type JsonTree =
  | { readonly kind: "object"; readonly members: readonly Member[] }
  | { readonly kind: "array"; readonly items: readonly JsonTree[] }
  | { readonly kind: "raw"; readonly text: string };

/** A key, as it is written between quotes, and its value. */
export type Member = readonly [key: string, value: JsonTree];

/** The tree of a JSON value. */
export function treeOf(value: unknown): JsonTree {
  if (Array.isArray(value)) return { kind: "array", items: value.map(treeOf) };
  if (typeof value === "object" && value !== null) {
    return {
      kind: "object",
      members: Object.entries(value).map(([key, one]) => [JSON.stringify(key).slice(1, -1), treeOf(one)]),
    };
  }
  return { kind: "raw", text: JSON.stringify(value) };
}

/** The text of a tree; it need not be JSON. */
export function treeText(tree: JsonTree): string {
  if (tree.kind === "raw") return tree.text;
  if (tree.kind === "array") return `[${tree.items.map(treeText).join(",")}]`;
  return `{${tree.members.map(([key, value]) => `"${key}":${treeText(value)}`).join(",")}}`;
}

/** Nodes of a tree, itself included. */
export function treeSize(tree: JsonTree): number {
  if (tree.kind === "raw") return 1;
  const parts = tree.kind === "array" ? tree.items : tree.members.map(([, value]) => value);
  return parts.reduce((sum, part) => sum + treeSize(part), 1);
}

/** A copy in which the node of this number, counted from 0 at the root in the order of the text, is replaced. */
export function replaceNode(tree: JsonTree, number: number, change: (node: JsonTree) => JsonTree): JsonTree {
  let at = -1;
  function walk(node: JsonTree): JsonTree {
    if (at >= number) return node;
    if (++at === number) return change(node);
    if (node.kind === "raw") return node;
    if (node.kind === "array") return { kind: "array", items: node.items.map(walk) };
    return { kind: "object", members: node.members.map(([key, value]): Member => [key, walk(value)]) };
  }
  return walk(tree);
}
