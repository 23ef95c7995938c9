import { statfsSync } from "node:fs";
import type { DiskSpace } from "./store_room.ts";

/** Space of the disk that holds this path; undefined when the system does not tell. Needs the right to ask for "statfs". */
export function diskSpace(path: string): DiskSpace | undefined {
  try {
    const { bsize, bavail, blocks } = statfsSync(path);
    return { freeBytes: bsize * bavail, totalBytes: bsize * blocks };
  } catch {
    return undefined;
  }
}
