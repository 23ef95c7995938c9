/** A file system of its own, until it is disposed. */
export interface SmallDisk extends Disposable {
  readonly path: string;
  /** Leaves this many bytes free, about. */
  fill(leftBytes: number): void;
  /** Gives back what `fill` took. */
  free(): void;
}

/** @returns What the command said, "" when it succeeded. */
function run(command: string, args: readonly string[]): string {
  const { success, stderr } = new Deno.Command(command, { args: [...args], stdout: "null", stderr: "piped" })
    .outputSync();
  return success ? "" : new TextDecoder().decode(stderr).trim() || "no reason given";
}

/** Why no small disk can be had here; undefined when one can. */
export function noSmallDisk(): string | undefined {
  if (Deno.uid() !== 0) return "only root may mount a disk";
  const path = Deno.makeTempDirSync();
  const refused = run("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", path]);
  if (refused === "") run("umount", [path]);
  Deno.removeSync(path);
  return refused === "" ? undefined : `mount refuses: ${refused}`;
}

/** Mounts a small disk. @throws {Error} When the system refuses. */
export function smallDisk(bytes: number): SmallDisk {
  const path = Deno.makeTempDirSync();
  const refused = run("mount", ["-t", "tmpfs", "-o", `size=${bytes}`, "tmpfs", path]);
  if (refused !== "") throw new Error(`Cannot mount a small disk: ${refused}`);
  const filler = `${path}/filler`;
  return {
    path,
    fill(leftBytes) {
      const block = new Uint8Array(4_096).fill(1);
      using file = Deno.openSync(filler, { write: true, create: true });
      let taken = 0;
      try {
        for (let written = 1; written > 0; taken += written) written = file.writeSync(block);
      } catch (thrown) {
        if ((thrown as { code?: unknown }).code !== "ENOSPC") throw thrown;
      }
      file.truncateSync(Math.max(0, taken - leftBytes));
    },
    free: () => Deno.removeSync(filler),
    [Symbol.dispose]() {
      run("umount", ["-l", path]);
      Deno.removeSync(path);
    },
  };
}
