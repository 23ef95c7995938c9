/** Linux for drivers: libc by FFI, the GPIO character device v2 and i2c-dev. */
export * from "./kernel.ts";
export { ERRNO_NAMES, errnoName } from "./errno.ts";
export { openLibc } from "./libc.ts";
