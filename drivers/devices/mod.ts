/** Devices of a Linux board behind the bus contract. */
export type { BusFds, LinuxBus } from "./bus_port.ts";
export { linuxBus } from "./linux_bus.ts";
export type { SafeResult } from "./make_safe.ts";
export { makeSafe } from "./make_safe.ts";
export { readTmp105, tmp105MilliC, type Tmp105Result } from "./tmp105.ts";
