import { strict as assert } from "node:assert";
import { EXIT } from "../../src/core/exit_codes.ts";
import { randomStreams } from "../../src/testing/mod.ts";
import { ltnEnv, ltnStorePath, runEnv, runStorePath } from "../support/hearth_house.ts";
import { type HearthProcess, repositoryPath, startHearth, temporaryFolder } from "../support/hearth_process.ts";
import { startMosquitto } from "../support/mosquitto.ts";
import { type Death, owedAt, readingKey, reportProblems, type SnapshotPart, snapshotReadings } from "./readings.ts";
import { appliedReports, denseLayout, isMidSlot, journalOf } from "./report_run.ts";
import { tapWire, type WireTap } from "./wire_tap.ts";

const SEED = Number(Deno.env.get("HEARTH_KILL_SEED") ?? 1);
const KILLS = 4;
const SLOT_MS = 16_000;
/** Longest random wait after the first reading is old enough, in ms. */
const EXTRA_MS_MAX = 2_000;
/** Longest wait for one moment or one report, in ms: two slots and slowness. */
const DEADLINE_MS = 90_000;

interface Scene {
  readonly wire: WireTap;
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Kills an agent in mid-slot, when snapshots have shown a reading of its life and of the slot that must survive. */
async function killInMidSlot({ wire, folder }: Scene, agent: HearthProcess, extraMs: number): Promise<Death> {
  const slot = { slotMs: SLOT_MS, bornWallMs: Date.now(), extraMs };
  await agent.until("a snapshot in mid-slot", () => {
    return isMidSlot(slot, snapshotReadings(wire.kept as SnapshotPart[]), Date.now());
  }, DEADLINE_MS);
  const death = { wallMs: Date.now(), known: snapshotReadings(wire.kept as SnapshotPart[]) };
  agent.kill("SIGKILL");
  await agent.ended;
  const slotStartMs = Math.floor(death.wallMs / SLOT_MS) * SLOT_MS;
  const journalled = new Set(journalOf(runStorePath(folder)).map(readingKey));
  const missing = owedAt(death, Math.max(slotStartMs, slot.bornWallMs)).filter((one) =>
    !journalled.has(readingKey(one))
  );
  assert.deepEqual(missing, [], `the journal of a kill at ${death.wallMs} holds the slot so far`);
  return death;
}

async function killAgents(scene: Scene): Promise<readonly Death[]> {
  const random = randomStreams(SEED);
  const deaths: Death[] = [];
  while (deaths.length < KILLS) {
    await using agent = startHearth(["run", "--json"], scene);
    deaths.push(await killInMidSlot(scene, agent, random.integer("extra_ms", 0, EXTRA_MS_MAX)));
  }
  return deaths;
}

async function reportsAfterKills(): Promise<void> {
  using temporary = temporaryFolder();
  const folder = temporary.path;
  await using broker = await startMosquitto();
  await using wire = await tapWire(broker.port, "snapshot.spaceheat");
  const layout = `${folder}/layout.json`;
  Deno.writeTextFileSync(layout, denseLayout(Deno.readTextFileSync(repositoryPath("layouts/simple_house.json"))));
  const place = { port: broker.port };
  const own = { SCADA_PATHS__HARDWARE_LAYOUT: layout, SCADA_SECONDS_PER_REPORT: `${SLOT_MS / 1_000}` };
  const env = { ...runEnv(place), ...ltnEnv(place), ...own };
  const scene: Scene = { wire, folder, env };
  await using ltn = startHearth(["ltn", "--json"], { folder, env });
  const deaths = await killAgents(scene);
  await using last = startHearth(["run", "--json"], { folder, env });
  const deadMs = deaths.at(-1)!.wallMs;
  await last.until("the report after the last kill", () => {
    return appliedReports(ltnStorePath(folder)).some(({ Report }) => Report.MessageCreatedMs > deadMs);
  }, DEADLINE_MS);
  assert.equal((await last.stop()).code, EXIT.ok);
  assert.equal((await ltn.stop()).code, EXIT.ok);
  const reports = appliedReports(ltnStorePath(folder));
  const problems = reportProblems(reports, deaths);
  const owed = deaths.flatMap((death, i) => owedAt(death, deaths[i - 1]?.wallMs ?? 0)).length;
  const text = `seed ${SEED}: ${deaths.length} kills, ${reports.length} reports, ${owed} readings owed\n`;
  Deno.stdout.writeSync(new TextEncoder().encode(text));
  assert.deepEqual(problems, [], `seed ${SEED}`);
}

// The run of unit tests, which has this folder too, has no right to start programs.
if (Deno.permissions.querySync({ name: "run" }).state === "granted") {
  Deno.test(
    "the report after a kill holds every reading that was older than 10 s, and no reading is in two reports",
    reportsAfterKills,
  );
}
