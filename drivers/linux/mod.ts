/** Linux for drivers: libc by FFI, the GPIO character device v2 and i2c-dev. */
export * from "./kernel.ts";
export { bytes } from "./bytes.ts";
export { ERRNO_NAMES, errnoName } from "./errno.ts";
export { openLibc } from "./libc.ts";
export { readText, type TextResult } from "./read_text.ts";
export { type ChipInfo, GPIO_ABI, type LineInfo } from "./gpio_abi.ts";
export { chipInfo, type ChipResult, findLine, lineInfo, type LineInfoResult, openChip } from "./gpio_chip.ts";
export { getLine, GPIO_CONSUMER, type LineResult, type LineWish, requestLine, setLine } from "./gpio_line.ts";
export { funcsArgument, I2C_ABI } from "./i2c_abi.ts";
export { boundTransfers, type I2cChip, readRegister, type RegisterResult, writeRegister } from "./i2c_adapter.ts";
