/** House rules as lint rules. Each applies to a part of the tree; the file's path from the root decides. */

/** What a file that reaches for the surroundings is told to use instead. */
const AMBIENT_CALLS: Readonly<Record<string, string>> = {
  "Date.now": "ctx.wallMs",
  "performance.now": "ctx.nowMs",
  "setTimeout": "ctx.timer(name, ms)",
  "setInterval": "ctx.timer(name, ms)",
  "setImmediate": "ctx.timer(name, 0)",
  "queueMicrotask": "an effect",
  "Math.random": "ctx.random(stream)",
  "crypto.randomUUID": "ctx.newId()",
  "crypto.getRandomValues": "ctx.random(stream)",
};
const SLEEP_CALLS = new Set(["setTimeout", "setInterval", "sleep", "delay", "Atomics.wait"]);
const COLLECTOR_CLASSES = new Set(["WeakRef", "FinalizationRegistry"]);
const GLOBAL_OBJECTS = new Set(["globalThis", "self", "window"]);

const SHELLS = /^src\/(host|launcher|testing|app)\/|^src\/transports\/mqtt[^/]*\.ts$/;

/** Path of a linted file from the root of the repository, which is the folder above this one. */
function pathFromRoot(filename: string): string {
  const root = new URL("../", import.meta.url).pathname;
  const path = filename.startsWith("file://") ? new URL(filename).pathname : filename;
  return path.startsWith(root) ? path.slice(root.length) : path;
}

function isTest(path: string): boolean {
  return path.endsWith("_test.ts");
}

function usesContext(path: string): boolean {
  return /^(src|drivers)\//.test(path) && !SHELLS.test(path) && !isTest(path);
}

/** "a.b" for a member of a name, "a" for a name, also behind globalThis; undefined for all else. */
function dottedName(node: Deno.lint.Node): string | undefined {
  if (node.type === "Identifier") return node.name;
  if (node.type !== "MemberExpression" || node.object.type !== "Identifier") {
    return node.type === "MemberExpression" ? behindGlobal(node) : undefined;
  }
  const member = memberName(node);
  if (member === undefined) return undefined;
  return GLOBAL_OBJECTS.has(node.object.name) ? member : `${node.object.name}.${member}`;
}

function memberName(node: Deno.lint.MemberExpression): string | undefined {
  if (!node.computed && node.property.type === "Identifier") return node.property.name;
  if (node.property.type === "Literal" && typeof node.property.value === "string") return node.property.value;
  return undefined;
}

function behindGlobal(node: Deno.lint.MemberExpression): string | undefined {
  const owner = dottedName(node.object);
  const member = memberName(node);
  return owner === undefined || member === undefined ? undefined : `${owner}.${member}`;
}

const ambient: Deno.lint.Rule = {
  create(context) {
    if (!usesContext(pathFromRoot(context.filename))) return {};
    return {
      CallExpression(node) {
        const name = dottedName(node.callee);
        if (name === "Date") context.report({ node, message: "Cannot call Date here: use ctx.wallMs" });
        if (name === undefined || !Object.hasOwn(AMBIENT_CALLS, name)) return;
        context.report({ node, message: `Cannot call ${name} here: use ${AMBIENT_CALLS[name]}` });
      },
      NewExpression(node) {
        if (dottedName(node.callee) !== "Date" || node.arguments.length > 0) return;
        context.report({ node, message: "Cannot call new Date() here: use ctx.wallMs" });
      },
    };
  },
};

const topLevelArrow: Deno.lint.Rule = {
  create(context) {
    return {
      VariableDeclarator(node) {
        if (node.init?.type !== "ArrowFunctionExpression") return;
        const holder = node.parent.parent;
        if (holder.type !== "Program" && holder.type !== "ExportNamedDeclaration") return;
        context.report({ node, message: "Cannot write a top-level arrow function: use a function declaration" });
      },
    };
  },
};

const inlineSpecifier: Deno.lint.Rule = {
  create(context) {
    function check(node: Deno.lint.Node, specifier: unknown): void {
      if (typeof specifier !== "string" || !/^(npm:|jsr:|https?:)/.test(specifier)) return;
      context.report({ node, message: `Cannot import "${specifier}" here: use a bare name from deno.json` });
    }
    return {
      ImportDeclaration(node) {
        check(node, node.source.value);
      },
      ExportNamedDeclaration(node) {
        check(node, node.source?.value);
      },
      ExportAllDeclaration(node) {
        check(node, node.source.value);
      },
      ImportExpression(node) {
        if (node.source.type === "Literal") check(node, node.source.value);
      },
    };
  },
};

const noCollector: Deno.lint.Rule = {
  create(context) {
    if (!pathFromRoot(context.filename).startsWith("src/")) return {};
    return {
      NewExpression(node) {
        const name = dottedName(node.callee);
        if (name === undefined || !COLLECTOR_CLASSES.has(name)) return;
        context.report({
          node,
          message: `Cannot use ${name} here as the collector is not deterministic: dispose instead`,
        });
      },
    };
  },
};

const noPrivateKeyword: Deno.lint.Rule = {
  create(context) {
    function check(node: Deno.lint.Node, accessibility: string | undefined): void {
      if (accessibility !== "private") return;
      context.report({ node, message: "Cannot use the keyword private here: use a #name" });
    }
    return {
      PropertyDefinition(node) {
        check(node, node.accessibility);
      },
      MethodDefinition(node) {
        check(node, node.accessibility);
      },
      TSParameterProperty(node) {
        // The node's own accessibility is undefined on both runtimes, whatever the source says.
        check(node, /^private\b/.exec(context.sourceCode.getText(node))?.[0]);
      },
    };
  },
};

const noTestSleep: Deno.lint.Rule = {
  create(context) {
    const path = pathFromRoot(context.filename);
    if (!isTest(path) || path.startsWith("tests/integration/")) return {};
    return {
      CallExpression(node) {
        const name = dottedName(node.callee);
        if (name === undefined || !SLEEP_CALLS.has(name)) return;
        context.report({ node, message: `Cannot call ${name} in a unit test: use the virtual clock` });
      },
    };
  },
};

/** The plugin that deno.json names under `lint.plugins`. */
const plugin: Deno.lint.Plugin = {
  name: "hearth",
  rules: {
    "ambient": ambient,
    "top-level-arrow": topLevelArrow,
    "inline-specifier": inlineSpecifier,
    "no-collector": noCollector,
    "no-private-keyword": noPrivateKeyword,
    "no-test-sleep": noTestSleep,
  },
};
export default plugin;
