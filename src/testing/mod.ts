/** The test kit: virtual time, simulated broker, store conformance, actor harness, and the simulation of a whole runtime. */
export * from "./actor_harness.ts";
export * from "./checkers.ts";
export * from "./connection_conformance.ts";
export * from "./fault_plan.ts";
export * from "./link_harness.ts";
export * from "./planted.ts";
export * from "./random_streams.ts";
export * from "./run_seed.ts";
export * from "./simulated_broker.ts";
export * from "./simulated_bus.ts";
export * from "./simulated_node.ts";
export * from "./simulated_parts.ts";
export * from "./simulated_world.ts";
export * from "./store_conformance.ts";
export * from "./store_ledger.ts";
export * from "./trace.ts";
export * from "./virtual_clock.ts";
