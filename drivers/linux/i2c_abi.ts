import { bytes, viewOf } from "./bytes.ts";
import type { Bytes, NestedPointer } from "./kernel.ts";

/**
 * Numbers of i2c-dev by the C expression that gives them; a test compiles each expression.
 *
 * Source: include/uapi/linux/i2c-dev.h and i2c.h, the same on x86-64 and aarch64.
 */
export const I2C_ABI = {
  I2C_TIMEOUT: 0x0702,
  I2C_FUNCS: 0x0705,
  I2C_RDWR: 0x0707,
  I2C_FUNC_I2C: 0x1,
  I2C_M_RD: 0x1,
  "sizeof(struct i2c_msg)": 16,
  "offsetof(struct i2c_msg, addr)": 0,
  "offsetof(struct i2c_msg, flags)": 2,
  "offsetof(struct i2c_msg, len)": 4,
  "offsetof(struct i2c_msg, buf)": 8,
  "sizeof(struct i2c_rdwr_ioctl_data)": 16,
  "offsetof(struct i2c_rdwr_ioctl_data, msgs)": 0,
  "offsetof(struct i2c_rdwr_ioctl_data, nmsgs)": 8,
  "sizeof(unsigned long)": 8,
} as const;

/** One message of a transfer. `data` is sent, or filled when `isRead`. */
export interface I2cMessage {
  /** 7-bit address. */
  readonly address: number;
  readonly isRead: boolean;
  readonly data: Bytes;
}

/** Argument of I2C_RDWR: the messages go out in one transfer, with a repeated start between them. */
export function transferArgument(
  messages: readonly I2cMessage[],
): { readonly root: Bytes; readonly pointers: readonly NestedPointer[] } {
  const messageBytes = I2C_ABI["sizeof(struct i2c_msg)"];
  const list = bytes(messageBytes * messages.length);
  const view = viewOf(list);
  const pointers: NestedPointer[] = [];
  messages.forEach(({ address, isRead, data }, index) => {
    const at = index * messageBytes;
    view.setUint16(at + I2C_ABI["offsetof(struct i2c_msg, addr)"], address, true);
    view.setUint16(at + I2C_ABI["offsetof(struct i2c_msg, flags)"], isRead ? I2C_ABI.I2C_M_RD : 0, true);
    view.setUint16(at + I2C_ABI["offsetof(struct i2c_msg, len)"], data.length, true);
    pointers.push({ holder: list, offset: at + I2C_ABI["offsetof(struct i2c_msg, buf)"], target: data });
  });
  const root = bytes(I2C_ABI["sizeof(struct i2c_rdwr_ioctl_data)"]);
  viewOf(root).setUint32(I2C_ABI["offsetof(struct i2c_rdwr_ioctl_data, nmsgs)"], messages.length, true);
  pointers.push({ holder: root, offset: I2C_ABI["offsetof(struct i2c_rdwr_ioctl_data, msgs)"], target: list });
  return { root, pointers };
}

/** Argument of I2C_FUNCS, which fills it. */
export function funcsArgument(): Bytes {
  return bytes(I2C_ABI["sizeof(unsigned long)"]);
}
