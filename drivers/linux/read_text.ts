import { bytes, textOf } from "./bytes.ts";
import type { Kernel, KernelFailure } from "./kernel.ts";

const TEXT_BYTES_MAX = 65_536;

/** Text of a small file, or the errno's name. */
export type TextResult = { readonly kind: "ok"; readonly text: string } | KernelFailure;

/**
 * Reads a file of /proc or /sys, which the runtime's own file functions refuse without full permission. A file of
 * 64 KiB or more fails with "EFBIG".
 */
export function readText(kernel: Kernel, path: string): TextResult {
  const file = kernel.open(path, "read");
  if (file.kind === "failed") return file;
  try {
    const content = bytes(TEXT_BYTES_MAX);
    let count = 0;
    while (count < TEXT_BYTES_MAX) {
      const result = kernel.read(file.value, content.subarray(count));
      if (result.kind === "failed") return result;
      if (result.value === 0) return { kind: "ok", text: textOf(content.subarray(0, count)) };
      count += Math.min(result.value, TEXT_BYTES_MAX - count);
    }
    return { kind: "failed", code: "EFBIG" };
  } finally {
    kernel.close(file.value);
  }
}
