import { strict as assert } from "node:assert";
import { EXIT } from "../../src/core/exit_codes.ts";
import { STORE_WINDOW_TXNS, WAITING_TXNS_MAX } from "../../src/proactor/pending_txns.ts";
import { accountOf } from "../support/hearth_house.ts";
import { assertExact, type LiveObject } from "../support/hearth_output.ts";
import { type HearthProcess, startHearth, temporaryFolder } from "../support/hearth_process.ts";

/** The launcher, the agent and the house are the real ones; the store is the real one behind a gate. */
const PROGRAM = "tests/support/stopping_store/app.ts";
const DEMO = ["dev", "--json", "--speed", "300", "--data"];
/** Slow enough that the brain does not call for heat by itself while the test lasts. */
const SLOW = "30";
/** The agent's heap may swing between two collections, but not by this, in bytes. */
const HEAP_GROWTH_MAX = 40_000_000;
/** Room for two stores and their logs, in MB. */
const DISK_MB = 8;

function last(process: HearthProcess): LiveObject | undefined {
  return process.json<LiveObject>().at(-1);
}

function heapOf(live: LiveObject, name: string): number {
  return live.isolates.find((each) => each.name === name)?.heapUsedBytes ?? NaN;
}

Deno.test("hearth dev goes on, in bounded memory, while its store answers nothing, and catches up when it does", async () => {
  using folder = temporaryFolder();
  const data = `${folder.path}/demo`;
  await using dev = startHearth([...DEMO, data], { folder: folder.path, program: PROGRAM });
  await dev.until("the first acks", () => (last(dev)?.acked ?? 0) >= 3);
  const before = last(dev)!;
  Deno.writeTextFileSync(`${data}/scada.mute`, "");
  await dev.until("more that waits than the store may hold, and relays that are still switched", () => {
    return last(dev)!.storeWaiting > STORE_WINDOW_TXNS + 50 && last(dev)!.relaySwitches >= before.relaySwitches + 2;
  });
  const mute = last(dev)!;
  assert.ok(mute.storeWaiting <= STORE_WINDOW_TXNS + WAITING_TXNS_MAX, `${mute.storeWaiting} transactions wait`);
  assert.equal(mute.dropped, 0);
  assert.equal(mute.restarts, 0);
  const grown = heapOf(mute, "agent") - heapOf(before, "agent");
  assert.ok(grown < HEAP_GROWTH_MAX, `the agent's heap grew by ${grown} bytes`);
  Deno.removeSync(`${data}/scada.mute`);
  await dev.until("a store that has taken everything", () => last(dev)!.storeWaiting < 50);
  await dev.until("acks of what waited", () => last(dev)!.acked > mute.generated + 3);
  const end = await dev.stop();
  assert.equal(end.code, EXIT.ok, end.stderr);
  assert.equal(end.stderr, `store held ${STORE_WINDOW_TXNS}\n`, "the store was never handed more than the window");
  assert.deepEqual(last(dev)!.isolates.filter(({ lives }) => lives > 1), []);
  assertExact({ ...accountOf(`${data}/scada.sqlite`), applied: 0 });
});

Deno.test("hearth dev obeys its operator while its store loops for ever, and then ends with the code of silence", async () => {
  using folder = temporaryFolder();
  const data = `${folder.path}/demo`;
  const slow = ["dev", "--json", "--speed", SLOW, "--data", data];
  await using dev = startHearth(slow, { folder: folder.path, program: PROGRAM });
  await dev.until("the brain's start", () => last(dev)?.control?.top === "Auto" && last(dev)?.relays["relay2"] === 0);
  await using admin = startHearth(["admin", "relay", "relay2", "close", "--for", "10m"], { folder: folder.path });
  await admin.until("the take-over", () => admin.stdout.includes("holding:"));
  const before = await dev.until("the relay", () => last(dev)?.relays["relay2"] === 1 && last(dev));
  Deno.writeTextFileSync(`${data}/scada.loop`, "");
  await dev.until("the loop", () => dev.stderr.includes("store loops"));
  await admin.stop(); // it gives control back, and the brain opens the relay
  const end = await dev.ended;
  assert.equal(end.code, EXIT.silent, end.stderr);
  assert.match(end.stderr, /"event":"launcher.silent","worker":"store","life":1,"doing":"store"/);
  const after = dev.json<LiveObject>().findLast(({ control }) => control !== undefined)!;
  assert.deepEqual([after.relays["relay2"], after.control?.top], [0, "Auto"]);
  assert.ok(after.relaySwitches > before.relaySwitches, "the house's own count of what it was made to switch");
  assert.ok(after.virtualSeconds >= before.virtualSeconds + 4 * Number(SLOW), "control went on until the end");
  assert.equal(after.restarts, 0);
});

/** Why a small disk of the test's own cannot be had; undefined when it can. */
function noDisk(): string | undefined {
  if (Deno.uid() !== 0) return "only root may mount a disk";
  using folder = temporaryFolder();
  const mounted = mount(["-t", "tmpfs", "-o", "size=1m", "tmpfs", folder.path]);
  if (mounted !== "") return `mount refuses: ${mounted}`;
  mount([folder.path], "umount");
  return undefined;
}

/** @returns What the command said, "" when it succeeded. */
function mount(args: readonly string[], command = "mount"): string {
  const { success, stderr } = new Deno.Command(command, { args: [...args], stdout: "null", stderr: "piped" })
    .outputSync();
  return success ? "" : new TextDecoder().decode(stderr).trim() || "no reason given";
}

/** A file system of its own at this path, until it is disposed. */
function smallDisk(path: string): Disposable & { fill(): void; free(): void } {
  Deno.mkdirSync(path, { recursive: true });
  const refused = mount(["-t", "tmpfs", "-o", `size=${DISK_MB}m`, "tmpfs", path]);
  if (refused !== "") throw new Error(`Cannot mount a small disk: ${refused}`);
  return {
    fill() {
      using file = Deno.openSync(`${path}/filler`, { write: true, create: true });
      const block = new Uint8Array(4_096).fill(1);
      try {
        while (file.writeSync(block) > 0);
      } catch (thrown) {
        if ((thrown as { code?: unknown }).code !== "ENOSPC") throw thrown;
      }
    },
    free: () => Deno.removeSync(`${path}/filler`),
    // Lazy: a process that a failed test left behind may still hold a file.
    [Symbol.dispose]: () => void mount(["-l", path], "umount"),
  };
}

const WHY_NOT = noDisk();
const NOTE = WHY_NOT === undefined ? "" : ` (skipped: ${WHY_NOT})`;

Deno.test({
  name: `hearth dev goes on while its disk is full, and writes again without a restart when there is room${NOTE}`,
  ignore: WHY_NOT !== undefined,
  async fn() {
    using folder = temporaryFolder();
    const data = `${folder.path}/demo`;
    using disk = smallDisk(data);
    await using dev = startHearth([...DEMO, data], { folder: folder.path });
    await dev.until("the first acks", () => (last(dev)?.acked ?? 0) >= 3);
    const before = last(dev)!;
    disk.fill();
    await dev.until("word of the full disk", () => last(dev)!.storeCode === "SQLITE_FULL");
    await dev.until("relays that are still switched", () => last(dev)!.relaySwitches >= before.relaySwitches + 2);
    assert.equal(last(dev)!.storeCode, "SQLITE_FULL", "the disk is still full");
    assert.equal(last(dev)!.restarts, 0);
    disk.free();
    await dev.until("a store that commits", () => last(dev)!.storeCode === "");
    const { generated } = last(dev)!;
    await dev.until("acks of events made since", () => last(dev)!.acked > generated);
    const end = await dev.stop();
    assert.equal(end.code, EXIT.ok, end.stderr);
    assert.ok(end.stderr.includes("SQLITE_FULL"), `the problem is said: ${end.stderr}`);
    assert.deepEqual(last(dev)!.isolates.filter(({ lives }) => lives > 1), []);
    assertExact({ ...accountOf(`${data}/scada.sqlite`), applied: 0 });
  },
});
