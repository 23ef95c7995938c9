/** Counts wrong errno names of failing calls on a worker's thread. */
import { openLibc } from "../../../drivers/linux/mod.ts";

declare const self: {
  onmessage: (event: MessageEvent<string>) => void;
  postMessage(message: unknown): void;
};

const CALLS = 50_000;

self.onmessage = (event) => {
  using kernel = openLibc(event.data);
  let wrong = 0;
  for (let i = 0; i < CALLS; i++) {
    const [missing, closed] = [kernel.open("/none", "read"), kernel.ioctlNumber(-1, 0x703, 0x48)];
    if (missing.kind !== "failed" || missing.code !== "ENOENT") wrong += 1;
    if (closed.kind !== "failed" || closed.code !== "EBADF") wrong += 1;
  }
  self.postMessage(wrong);
};
