import type { ReadFault } from "../../src/core/bus_devices.ts";
import type { I2cBusSpec, Tmp105Spec } from "../../src/core/bus_parts.ts";
import { boundTransfers } from "../linux/mod.ts";
import type { LinuxBus } from "./bus_port.ts";
import type { FdBook } from "./fd_book.ts";
import { readFault } from "./line_problem.ts";
import { readTmp105 } from "./tmp105.ts";

/** Readings in a row that may find the sensor unconfigured before it is a fault: each has set it again. */
const CONVERTING_READS_MAX = 2;
/** Longest first conversion at 12 bits, in ms. Source: TI TMP105 datasheet SBOS648. */
const CONVERSION_MS_MAX = 320;

/** Longest transfer, in ms: a bus worker is silent after 1 s. */
const TRANSFER_MS_MAX = 200;

/** The sensors of one I2C adapter. An adapter that is missing is opened again once by each reading. */
export function i2cBus(spec: I2cBusSpec, book: FdBook): LinuxBus {
  const { kernel } = book;
  const sensors = new Map(spec.sensors.map((sensor) => [sensor.channel, { sensor, convertingReads: 0, skipReads: 0 }]));
  let adapter: number | undefined;
  let isReleased = false;
  let openCode = "EBADF";

  function open(): number | undefined {
    if (adapter !== undefined || isReleased) return adapter;
    const result = kernel.open(spec.path, "read_write");
    if (result.kind === "ok") {
      adapter = result.value;
      boundTransfers(kernel, adapter, TRANSFER_MS_MAX);
    } else openCode = result.code;
    return adapter;
  }
  function sensorFault({ channel, address }: Tmp105Spec, code: string): ReadFault {
    // The adapter may be gone for good (a plug was pulled): the next reading opens its successor.
    if (code === "ENODEV" && adapter !== undefined) {
      kernel.close(adapter);
      adapter = undefined;
    }
    const where = `TMP105 0x${address.toString(16)} on "${spec.path}"`;
    return readFault(channel, { code, message: `Cannot read ${where} as it must answer: ${code}` });
  }

  open();
  return {
    outputs: [],
    channels: spec.sensors.map(({ channel, periodMs }) => ({ channel, periodMs })),
    faults: () => [],
    write: () => ({ kind: "failed", code: "ENOENT" }),
    read(channel) {
      const entry = sensors.get(channel);
      if (entry === undefined) {
        return readFault(channel, { code: "ENOENT", message: `Cannot read "${channel}": no sensor` });
      }
      const fd = open();
      if (fd === undefined) {
        const code = isReleased ? "EBADF" : openCode;
        return readFault(channel, { code, message: `Cannot open I2C adapter "${spec.path}": ${code}` });
      }
      if (entry.skipReads > 0) {
        entry.skipReads -= 1;
        return undefined;
      }
      const result = readTmp105(kernel, { fd, address: entry.sensor.address });
      if (result.kind === "failed") return sensorFault(entry.sensor, result.code);
      if (result.kind === "converting") {
        entry.convertingReads += 1;
        entry.skipReads = Math.ceil(CONVERSION_MS_MAX / entry.sensor.periodMs) - 1;
        return entry.convertingReads > CONVERTING_READS_MAX ? sensorFault(entry.sensor, "EPROTO") : undefined;
      }
      entry.convertingReads = 0;
      return result.milliC;
    },
    [Symbol.dispose]() {
      if (isReleased) return;
      isReleased = true;
      adapter = undefined;
      book.closeAll();
    },
  };
}
