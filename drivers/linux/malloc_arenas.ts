import { LIBC_PATHS } from "./libc_paths.ts";

const SYMBOLS = {
  mallopt: { parameters: ["i32", "i32"], result: "i32" }, // int mallopt(int param, int value)
} as const satisfies Deno.ForeignLibraryInterface;

/** Source: glibc <malloc.h>. */
const M_ARENA_MAX = -8;
/**
 * Heaps that the C library keeps. Left alone it keeps one for each thread, up to eight a processor, and what a start frees
 * in one of them no other thread uses: 6 to 12 MB of an idle agent. Two, so that main and a busy worker do not wait.
 */
const ARENAS_MAX = 2;

/**
 * Has threads that begin from now on share heaps of the C library.
 *
 * @returns Whether it does: not where this isolate may not load the library, or another one than glibc is there.
 */
export function shareMallocArenas(arch: string): boolean {
  return (LIBC_PATHS[arch] ?? []).some((path) => {
    if (Deno.permissions.querySync({ name: "ffi", path }).state !== "granted") return false;
    try {
      using libc = closing(Deno.dlopen(path, SYMBOLS));
      return libc.symbols.mallopt(M_ARENA_MAX, ARENAS_MAX) === 1;
    } catch {
      // Not there, or without this function: nothing depends on it.
      return false;
    }
  });
}

function closing(libc: Deno.DynamicLibrary<typeof SYMBOLS>): Pick<typeof libc, "symbols"> & Disposable {
  return { symbols: libc.symbols, [Symbol.dispose]: () => libc.close() };
}
