import { strict as assert } from "node:assert";
import { EXIT } from "../../src/core/exit_codes.ts";
import { type HearthProcess, runHearth, startHearth, temporaryFolder } from "../support/hearth_process.ts";
import { assertExact, type LiveObject, summaryOf } from "../support/hearth_output.ts";

/** Slow enough that the brain does not call for heat by itself while the test lasts. */
const SPEED = "30";

function steps({ stdout }: { readonly stdout: string }): readonly string[] {
  return [...stdout.matchAll(/^\{"step":"(\w+)".*\}$/gm)].map(([, step]) => step!);
}

function last(dev: HearthProcess): LiveObject | undefined {
  return dev.json<LiveObject>().at(-1);
}

async function demo(folder: string): Promise<HearthProcess> {
  const dev = startHearth(["dev", "--json", "--speed", SPEED, "--data", `${folder}/demo`], { folder });
  await dev.until("the brain's start", () => last(dev)?.control?.top === "Auto" && last(dev)?.relays["relay2"] === 0);
  return dev;
}

Deno.test("hearth admin relay switches a relay of the running demo, and its release gives it back", async () => {
  using folder = temporaryFolder();
  await using dev = await demo(folder.path);
  const options = { folder: folder.path };
  await using admin = startHearth(["admin", "relay", "relay2", "close", "--for", "3s", "--json"], options);
  await dev.until("relay2 closed by the admin", () => {
    const seen = last(dev);
    return seen?.relays["relay2"] === 1 && seen.control?.top === "Admin";
  });
  const end = await admin.ended;
  assert.equal(end.code, EXIT.ok, end.stdout + end.stderr);
  assert.deepEqual(steps(end).slice(-3), ["holding", "releasing", "done"], end.stdout);
  await dev.until("relay2 given back to the brain", () => {
    const seen = last(dev);
    return seen?.relays["relay2"] === 0 && seen.control?.top === "Auto" && seen.control.auto === "LocalControl";
  });

  await using holder = startHearth(["admin", "relay", "relay2", "close", "--for", "10m", "--json"], options);
  await holder.until("the take-over", () => steps(holder).includes("holding"));
  const interrupted = await holder.stop();
  assert.equal(interrupted.code, EXIT.ok, interrupted.stderr);
  assert.deepEqual(steps(interrupted).slice(-2), ["releasing", "done"], "stopped in order, it gives control back");
  await dev.until("control after the stop", () => last(dev)?.control?.top === "Auto");

  const stopped = await dev.stop();
  assert.equal(stopped.code, EXIT.ok, stopped.stderr);
  assertExact(summaryOf(stopped.stdout));
});

Deno.test("the scada takes control back by itself when the admin is killed", async () => {
  using folder = temporaryFolder();
  await using dev = await demo(folder.path);
  await using admin = startHearth(["admin", "relay", "relay2", "close", "--for", "10m", "--json"], {
    folder: folder.path,
  });
  await dev.until("the take-over", () => last(dev)?.relays["relay2"] === 1 && last(dev)?.control?.top === "Admin");
  admin.kill("SIGKILL");
  await dev.until("the time-out", () => last(dev)?.relays["relay2"] === 0 && last(dev)?.control?.top === "Auto");
});

Deno.test("hearth admin relay says what is wrong when no relay, no action or no scada fits", async () => {
  using folder = temporaryFolder();
  const options = { folder: folder.path };
  const noAction = await runHearth(["admin", "relay", "relay2"], options);
  assert.equal(noAction.code, EXIT.usage);
  assert.match(noAction.stderr, /NAME open/);
  const noHouse = await runHearth(["admin", "relay", "relay2", "close"], options);
  assert.equal(noHouse.code, EXIT.configuration);
  assert.match(noHouse.stderr, /SCADA_ADMIN__ENABLED/);
});
