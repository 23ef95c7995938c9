export * from "./back_off.ts";
export * from "./connection_port.ts";
export type { PlantedBug } from "./link_shared.ts";
export * from "./link_table.ts";
export * from "./links.ts";
export * from "./port.ts";
