export * from "./compressor_times.ts";
export * from "./latch.ts";
export * from "./limits.ts";
export * from "./safety.ts";
