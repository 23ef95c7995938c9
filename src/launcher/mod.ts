export * from "./commands.ts";
export * from "./entries.ts";
export * from "./hearth.ts";
export * from "./launch.ts";
export * from "./spawn.ts";
export * from "./supervise.ts";
