/** A block device of our own: a file behind a loop device with ext4 on it, where the user may make one. */

const SIZE_MB = 192;
/** Of /sys/block/NAME/stat, whatever the device's own block size. */
const SECTOR_BYTES = 512;
/** Sectors written. Source: kernel documentation, block/stat. */
const SECTORS_WRITTEN = 6;

/** A mounted device that goes, with its file, when it is disposed. */
export interface BlockDevice extends AsyncDisposable {
  readonly folder: string;
  /** Bytes written since it was made. */
  writtenBytes(): number;
}

async function run(command: string, ...args: readonly string[]): Promise<string | undefined> {
  try {
    const { success, stdout } = await new Deno.Command(command, { args: [...args], stdin: "null", stderr: "null" })
      .output();
    return success ? new TextDecoder().decode(stdout).trim() : undefined;
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return undefined;
    throw thrown;
  }
}

/** Makes a device, or undefined when this user or this machine cannot: it needs root and a loop device. */
export async function blockDevice(): Promise<BlockDevice | undefined> {
  if (Deno.uid() !== 0) return undefined;
  const image = await Deno.makeTempFile({ prefix: "hearth-bench-", suffix: ".ext4" });
  const folder = await Deno.makeTempDir({ prefix: "hearth-bench-" });
  let loop: string | undefined;
  async function dispose(): Promise<void> {
    if (loop !== undefined) {
      await run("umount", folder);
      await run("losetup", "--detach", loop);
    }
    await Deno.remove(folder);
    await Deno.remove(image);
  }
  await Deno.truncate(image, SIZE_MB * 1_048_576);
  if (await run("mkfs.ext4", "-q", "-F", image) !== undefined) loop = await run("losetup", "--find", "--show", image);
  if (loop === undefined || await run("mount", loop, folder) === undefined) {
    if (loop !== undefined) await run("losetup", "--detach", loop);
    loop = undefined;
    await dispose();
    return undefined;
  }
  const stat = `/sys/block/${loop.slice("/dev/".length)}/stat`;
  return {
    folder,
    writtenBytes: () => Number(Deno.readTextFileSync(stat).trim().split(/\s+/)[SECTORS_WRITTEN]) * SECTOR_BYTES,
    [Symbol.asyncDispose]: dispose,
  };
}
