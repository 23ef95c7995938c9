/** How long a file that another process holds is waited for, in ms: a predecessor may be about to end. */
export const LOCK_WAIT_MS_MAX = 1_000;

/** What came of asking for files that one process at a time may hold. */
export type SoleUse =
  /** The locks last as long as this is not disposed of and the process lives. */
  | { readonly kind: "held"; readonly locks: DisposableStack }
  | { readonly kind: "taken"; readonly path: string };

/**
 * Locks files for this process alone; the kernel frees them when it ends, however it ends.
 *
 * A file that cannot be made is not judged here: the store worker meets the same trouble and reports it.
 */
export async function holdAlone(paths: readonly string[], waitMs = LOCK_WAIT_MS_MAX): Promise<SoleUse> {
  const locks = new DisposableStack();
  for (const path of paths) {
    const file = openLock(path);
    if (file === undefined) continue;
    locks.use(file);
    if (!await isLocked(file, waitMs)) return { kind: "taken", path };
  }
  return { kind: "held", locks };
}

function openLock(path: string): Deno.FsFile | undefined {
  try {
    Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true, mode: 0o700 });
    return Deno.openSync(path, { read: true, write: true, create: true, mode: 0o600 });
  } catch (_error) {
    return undefined;
  }
}

/** The floor runtime has no `tryLock`. */
async function isLocked(file: Deno.FsFile, waitMs: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(resolve, waitMs, false);
  file.lock(true).then(() => resolve(true), () => resolve(true));
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
  }
}
