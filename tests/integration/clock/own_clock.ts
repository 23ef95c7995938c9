import { fileURLToPath } from "node:url";

/** Bytes of the file that says how far the clock is moved. */
const OFFSET_BYTES = 8;

/** A wall clock of its own for one program under test; monotonic time stays. */
export interface OwnClock {
  /** What the program is started with. */
  readonly env: Readonly<Record<string, string>>;
  /** Sets the clock, also while the program runs. @param wallMs ms since 1970. */
  set(wallMs: number): void;
}

/** Why no program can have a clock of its own here; undefined when it can. */
export function ownClockMissing(): string | undefined {
  if (Deno.build.os !== "linux") return "it preloads a library, which is tried on Linux only";
  try {
    const { success } = new Deno.Command("cc", { args: ["--version"], stdout: "null", stderr: "null" }).outputSync();
    return success ? undefined : "the C compiler cc does not run";
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return "there is no C compiler cc";
    throw thrown;
  }
}

/** Makes a clock that is right until it is set. @param folder For its files. @throws {Error} With the compiler's words. */
export function ownClock(folder: string): OwnClock {
  const library = `${folder}/set_clock.so`;
  const offsetFile = `${folder}/clock_offset`;
  const source = fileURLToPath(new URL("set_clock.c", import.meta.url));
  const flags = ["-Wall", "-Wextra", "-Werror", "-O1", "-shared", "-fPIC", "-o", library, source, "-ldl"];
  const { success, stderr } = new Deno.Command("cc", { args: flags }).outputSync();
  if (!success) throw new Error(`Cannot compile the clock: ${new TextDecoder().decode(stderr)}`);
  Deno.writeFileSync(offsetFile, new Uint8Array(OFFSET_BYTES));
  return {
    env: { LD_PRELOAD: library, HEARTH_CLOCK_FILE: offsetFile },
    set(wallMs) {
      const bytes = new Uint8Array(new BigInt64Array([BigInt(Math.round(wallMs - Date.now()))]).buffer);
      // Written in place: the program has the file in its memory.
      using file = Deno.openSync(offsetFile, { write: true });
      file.writeSync(bytes);
    },
  };
}
