/** How long a file that another process holds is waited for, in ms: a predecessor may be about to end. */
export const LOCK_WAIT_MS_MAX = 1_000;

/** How often files are tried again that could not be made, in ms: well before a store that waits for its disk is. */
export const LOCK_RETRY_MS = 250;

/** What came of asking for files that one process at a time may hold. */
export type SoleUse =
  /**
   * The locks last as long as this is not disposed of and the process lives.
   * `missing`: files that could be neither made nor read.
   */
  | { readonly kind: "held"; readonly locks: DisposableStack; readonly missing: readonly string[] }
  | { readonly kind: "taken"; readonly path: string };

/**
 * Locks files for this process alone; the kernel frees them when it ends, however it ends.
 *
 * A file that cannot be made is not judged here: the store worker meets the same trouble and reports it. `holdLater` is to
 * be asked for it.
 */
export async function holdAlone(paths: readonly string[], waitMs = LOCK_WAIT_MS_MAX): Promise<SoleUse> {
  const locks = new DisposableStack();
  const missing: string[] = [];
  for (const path of paths) {
    const file = openLock(path);
    if (file === undefined) {
      missing.push(path);
      continue;
    }
    locks.use(file);
    if (!await isLocked(file, waitMs)) return { kind: "taken", path };
  }
  return { kind: "held", locks, missing };
}

/**
 * Locks files that were missing, as soon as the disk lets them be made.
 *
 * @param taken Told once when another process was faster; nothing is tried any more.
 */
export function holdLater(
  { missing, locks }: Extract<SoleUse, { readonly kind: "held" }>,
  taken: (path: string) => void,
): Disposable {
  const left = new Set(missing);
  let isTrying = false;

  async function tryAll(): Promise<void> {
    if (isTrying) return;
    isTrying = true;
    for (const path of left) {
      const file = openLock(path);
      if (file === undefined) continue;
      left.delete(path);
      if (locks.disposed) return file.close();
      locks.use(file);
      if (await isLocked(file, LOCK_WAIT_MS_MAX)) continue;
      clearInterval(trying);
      return taken(path);
    }
    isTrying = false;
    if (left.size === 0) clearInterval(trying);
  }
  const trying = setInterval(() => void tryAll(), LOCK_RETRY_MS);
  if (left.size === 0) clearInterval(trying);
  return { [Symbol.dispose]: () => clearInterval(trying) };
}

function openLock(path: string): Deno.FsFile | undefined {
  try {
    Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true, mode: 0o700 });
    return Deno.openSync(path, { read: true, write: true, create: true, mode: 0o600 });
  } catch (_error) {
    return openToRead(path);
  }
}

/** A disk that takes no writes may hold the file of an earlier start. */
function openToRead(path: string): Deno.FsFile | undefined {
  try {
    return Deno.openSync(path, { read: true });
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
