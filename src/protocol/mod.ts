export * from "./envelope.ts";
export * from "./events.ts";
export * from "./raw_json.ts";
export * from "./registry.ts";
export * from "./topic.ts";
export * from "./types/admin_types.ts";
export * from "./types/data_types.ts";
export * from "./types/link_types.ts";
