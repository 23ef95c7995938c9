import { errorText } from "../core/errors.ts";
import type { TlsFile, TlsFiles } from "./tls_preflight.ts";

/**
 * What tells the present content of TLS files from another: inode, size and times of change of each. A file that is
 * missing or refuses has a mark, too. It needs read of the files alone, not of their folders. Never rejects.
 */
export async function tlsMark({ ca, cert, key }: TlsFiles): Promise<string> {
  return (await Promise.all([ca, cert, key].map(fileMark))).join(" ");
}

async function fileMark(file: TlsFile | undefined): Promise<string> {
  if (file === undefined) return "none";
  try {
    // Not synchronous, as a slow disk must not stall the agent at each look.
    const { ino, size, mtime, ctime } = await Deno.stat(file.path);
    return `${ino}:${size}:${mtime?.getTime()}:${ctime?.getTime()}`;
  } catch (thrown) {
    return thrown instanceof Deno.errors.NotFound ? "missing" : errorText(thrown);
  }
}
