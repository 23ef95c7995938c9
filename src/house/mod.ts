export * from "./house.ts";
export * from "./house_devices.ts";
export * from "./house_model.ts";
export * from "./outdoor_trace.ts";
