import { strict as assert } from "node:assert";
import { shareMallocArenas } from "../../../drivers/linux/malloc_arenas.ts";

/** More workers than heaps that are shared. */
const WORKERS = 6;
/** A heap of glibc beside the first one begins at a multiple of its largest size, in bytes. */
const HEAP_BYTES_MAX = 64 * 1024 * 1024;

/** Starts workers, says how many further heaps the C library has then, and ends. */
function script(shares: boolean): string {
  const module = new URL("../../../drivers/linux/malloc_arenas.ts", import.meta.url).href;
  return `
    import { shareMallocArenas } from ${JSON.stringify(module)};
    if (${shares} && !shareMallocArenas(Deno.build.arch)) throw new Error("refused");
    const code = "data:text/javascript,postMessage(1)";
    await Promise.all(Array.from({ length: ${WORKERS} }, () => new Promise((resolve) => {
      new Worker(code, { type: "module" }).onmessage = resolve;
    })));
    const starts = Deno.readTextFileSync("/proc/self/maps").matchAll(/^([0-9a-f]+)-[0-9a-f]+ rw-p 00000000 00:00 0 *$/gm);
    console.log([...starts].filter(([, start]) => BigInt("0x" + start) % ${HEAP_BYTES_MAX}n === 0n).length);
    Deno.exit();
  `;
}

async function heapsOf(shares: boolean): Promise<number> {
  const args = ["eval", "--no-check", script(shares)];
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), { args }).output();
  const text = new TextDecoder().decode(stdout).trim();
  assert.match(text, /^\d+$/, new TextDecoder().decode(stderr));
  return Number(text);
}

Deno.test("shareMallocArenas() has threads that begin later share the heaps of the C library", async () => {
  const own = await heapsOf(false);
  const shared = await heapsOf(true);
  assert.ok(own >= WORKERS, `${own} heaps of ${WORKERS} workers`);
  assert.ok(shared <= own - WORKERS + 2, `${shared} heaps instead of ${own}`);
});

Deno.test("shareMallocArenas() does nothing on a machine whose library is not known", () => {
  assert.equal(shareMallocArenas("z80"), false);
});

Deno.test({
  name: "shareMallocArenas() asks for nothing and does nothing when the library may not be loaded",
  permissions: { ffi: false },
  fn: () => assert.equal(shareMallocArenas(Deno.build.arch), false),
});
