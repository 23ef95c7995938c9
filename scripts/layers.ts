/** Who may import whom: the folders of the repository as data. A path names a folder or one file. */

/** What the modules of one folder may import besides their own folder and `node:` modules. */
export interface Layer {
  /** Folders or single files, from the root. */
  readonly imports: readonly string[];
  /** npm packages by bare name. */
  readonly npm: readonly string[];
}

const STORE_PORT = "src/store/port.ts";
const LINK_PORTS = ["src/links/port.ts", "src/links/connection_port.ts"];
const SHARED = ["src/core", "src/protocol", "src/settings", "src/layout", "src/proactor"];
const ALL_PARTS = [
  ...SHARED,
  "src/calendar",
  "src/store",
  "src/links",
  "src/transports",
  "src/safety",
  "src/scada",
  "src/ltn",
  "src/dispatch",
  "src/signals",
  "src/house",
  "src/keys",
  "src/host",
  "drivers",
];

/** The table of folders. The longest key that is a prefix of a file's path is the file's layer. */
export const LAYERS: Readonly<Record<string, Layer>> = {
  "src/core": { imports: [], npm: [] },
  "src/calendar": { imports: ["src/core"], npm: ["temporal-polyfill"] },
  "src/protocol": { imports: ["src/core"], npm: ["zod"] },
  "src/settings": { imports: ["src/core"], npm: ["zod"] },
  "src/layout": { imports: ["src/core", "src/protocol"], npm: ["zod", "jsonc-parser"] },
  "src/store": { imports: ["src/core"], npm: [] },
  "src/links": { imports: ["src/core", "src/protocol", STORE_PORT], npm: [] },
  "src/transports": { imports: ["src/core", ...LINK_PORTS], npm: ["mqtt"] },
  "src/proactor": {
    imports: ["src/core", "src/protocol", "src/settings", "src/layout", STORE_PORT, "src/links"],
    npm: ["zod"],
  },
  "src/safety": { imports: ["src/core"], npm: [] },
  "src/scada": { imports: [...SHARED, "src/calendar", "src/safety"], npm: ["zod"] },
  "src/ltn": { imports: [...SHARED, "src/calendar", STORE_PORT, ...LINK_PORTS], npm: ["zod"] },
  "src/dispatch": {
    imports: ["src/core", "src/calendar", "src/settings", "src/proactor"],
    npm: ["zod", "@connectrpc/connect", "@connectrpc/connect-node", "@bufbuild/protobuf", "@grpc/grpc-js"],
  },
  "src/signals": { imports: ["src/core", "src/settings"], npm: ["zod", "redis"] },
  "src/house": { imports: ["src/core"], npm: [] },
  "src/keys": { imports: ["src/core"], npm: ["@peculiar/x509", "reflect-metadata"] },
  "drivers/linux": { imports: ["src/core"], npm: [] },
  "drivers/devices": { imports: ["src/core", "drivers/linux"], npm: ["modbus-serial"] },
  "src/host": { imports: ["src/core", "src/store", "src/links", "src/transports", "src/proactor"], npm: ["aedes"] },
  "src/web": { imports: ["src/core", "src/proactor"], npm: ["zod", "hono", "prom-client", "uplot"] },
  "src/ops": { imports: [...ALL_PARTS, "src/testing"], npm: ["zod"] },
  "src/app": {
    imports: [...ALL_PARTS, "src/web", "src/ops", "src/cli", "layouts"],
    npm: ["zod", "aedes", "commander", "@commander-js/extra-typings"],
  },
  "src/launcher": { imports: ["src/core", "drivers/linux"], npm: [] },
  "src/cli": {
    imports: [
      ...["src/core", "src/protocol", "src/settings", "src/layout", "src/ops", "src/keys"],
      ...LINK_PORTS,
      "src/store/inspect.ts",
    ],
    npm: ["commander", "@commander-js/extra-typings", "zod"],
  },
  "src/testing": { imports: [...ALL_PARTS, "src/ops"], npm: ["zod", "fast-check"] },
  "main.ts": { imports: ["src/launcher"], npm: [] },
};

/** Folders whose modules may import anything; no other module may import them. */
export const FREE_FOLDERS = ["tests", "scripts", "layouts"];

/** What a unit test beside the code may import on top of what its folder may. */
export const TEST_EXTRAS: Layer = { imports: ["src/testing"], npm: ["fast-check"] };

/** Single files that alone may import a module, within a folder. `files` is tested against the path from the root. */
export const SINGLE_FILE_RULES: readonly {
  readonly folder: string;
  readonly module: string;
  readonly files: RegExp;
}[] = [
  { folder: "src/store", module: "node:sqlite", files: /\/sqlite[^/]*\.ts$/ },
  { folder: "src/transports", module: "mqtt", files: /\/mqtt[^/]*\.ts$/ },
];

/** What the whole graph of a module that starts an isolate must not hold. */
export interface GraphRule {
  readonly entry: string;
  /** "*" for every npm package; a name ending in "/" for every package of that scope. */
  readonly npm: readonly string[];
  readonly folders: readonly string[];
}

/** Entries and what their graphs are free of. */
export const GRAPH_RULES: readonly GraphRule[] = [
  { entry: "main.ts", npm: ["*"], folders: [] },
  { entry: "src/app/store.ts", npm: ["*"], folders: [] },
  { entry: "src/app/bus.ts", npm: ["*"], folders: [] },
  { entry: "src/app/guard.ts", npm: ["*"], folders: [] },
  { entry: "src/app/house.ts", npm: ["*"], folders: [] },
  {
    entry: "src/app/agent.ts",
    npm: ["aedes", "redis", "@connectrpc/", "@grpc/"],
    folders: ["src/ltn", "src/testing", "src/house", "drivers/linux"],
  },
];
