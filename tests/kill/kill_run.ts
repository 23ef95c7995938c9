import { strict as assert } from "node:assert";
import { type RandomStreams, randomStreams } from "../../src/testing/mod.ts";
import { ltnStorePath, runStorePath } from "../support/hearth_house.ts";
import type { Audit, Outside } from "./audit.ts";
import { LIFE_EVENTS_MAX } from "./load_actor.ts";
import { lookAtAgent, lookAtLtn } from "./store_look.ts";
import type { Victim } from "./victim.ts";
import type { WireTap } from "./wire_tap.ts";

/** Part of the kills that wait for nothing: they fall into a start more often than not. */
const EARLY_PART = 0.2;
/** Longest random wait before a kill, in ms: early, or after the first sign of work. */
const EARLY_MS_MAX = 1_200;
const WORKING_MS_MAX = 1_000;
/** Longest wait for one thing, in ms. */
export const DEADLINE_MS = 60_000;
/** How often a file is looked at, in ms. */
const POLL_MS = 200;
/** Silence after which the file tells whether there is anything left to do, in ms. */
const IDLE_MS = 2_000;

function after(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}

/** Everything of one run. */
export interface Scene {
  readonly folder: string;
  readonly wire: WireTap;
  readonly audit: Audit;
  readonly agent: Victim;
  readonly ltn: Victim;
  /** Kills of each of the two. */
  readonly kills: number;
  readonly seed: number;
}

/** What decides about the moment of a kill. */
interface Drawn {
  readonly random: RandomStreams;
  /** Events of the load when the agent died last. */
  readonly generated: number;
}

/** What is seen from outside now. */
export function look({ folder, wire, audit }: Scene): Outside {
  const { sent, acked } = wire.takeNew();
  const agent = lookAtAgent(runStorePath(folder));
  return { sent, acked, agent, ltn: lookAtLtn(ltnStorePath(folder), audit.lastN) };
}

/** The victims in the order of their deaths. */
function drawOrder({ agent, ltn, kills }: Scene, random: RandomStreams): readonly Victim[] {
  const left = new Map([[agent, kills], [ltn, kills]]);
  return Array.from({ length: 2 * kills }, () => {
    const ofAgent = left.get(agent)!;
    const next = random.chance("victim", ofAgent / (ofAgent + left.get(ltn)!)) ? agent : ltn;
    left.set(next, left.get(next)! - 1);
    return next;
  });
}

/** Whether the agent has delivered all that its life had to record: while the LTN dies often, a life may come to its end. */
function isDone({ folder }: Scene, before: number): boolean {
  const { pending, loadGenerated } = lookAtAgent(runStorePath(folder));
  return loadGenerated >= before + LIFE_EVENTS_MAX && pending.every(({ load }) => load === undefined);
}

/** Waits until the victim sends or acks something new, or has nothing left to do. @throws {Error} At the deadline. */
async function untilWork(scene: Scene, victim: Victim, generatedBefore: number): Promise<void> {
  const { wire } = scene;
  const worked = victim === scene.agent ? wire.sent : wire.acked;
  const before = worked.size;
  const startMs = performance.now();
  while (worked.size === before) {
    const waitedMs = performance.now() - startMs;
    if (waitedMs > IDLE_MS && isDone(scene, generatedBefore)) return;
    if (waitedMs > DEADLINE_MS) {
      const { pending } = lookAtAgent(runStorePath(scene.folder));
      const found = `${pending.length} events pending: ${victim.shown}`;
      throw new Error(`Cannot see work of "${victim.name}" on the wire within ${DEADLINE_MS} ms: ${found}`);
    }
    await after(POLL_MS);
  }
}

/** Waits for the moment of the next kill. */
async function untilMoment(scene: Scene, victim: Victim, { random, generated }: Drawn): Promise<void> {
  if (random.chance("early", EARLY_PART)) return await after(random.integer("early_ms", 0, EARLY_MS_MAX));
  await untilWork(scene, victim, generated);
  await after(random.integer("working_ms", 0, WORKING_MS_MAX));
}

/**
 * Kills both in an order and at moments that the scene's seed draws, and starts the dead one again at once.
 *
 * @returns Events of the load that the agent had generated when it died last.
 * @throws {AssertionError} When the audit finds a problem after a kill.
 */
export async function killAll(scene: Scene): Promise<number> {
  let generated = 0;
  const random = randomStreams(scene.seed);
  for (const [index, victim] of drawOrder(scene, random).entries()) {
    await untilMoment(scene, victim, { random, generated });
    await victim.kill();
    const outside = look(scene);
    const problems = scene.audit.take(outside);
    assert.deepEqual(problems, [], `seed ${scene.seed}, kill ${index + 1}, of "${victim.name}"`);
    if (victim === scene.agent) generated = outside.agent.loadGenerated;
    victim.start();
  }
  return generated;
}

/** Waits until the agent's last life has recorded its share, and none of it is pending. @param before Generated before it. */
export async function drain(scene: Scene, before: number): Promise<void> {
  const { folder, audit, agent } = scene;
  const endMs = performance.now() + DEADLINE_MS;
  while (true) {
    assert.deepEqual(audit.follow(lookAtLtn(ltnStorePath(folder), audit.lastN)), []);
    if (isDone(scene, before)) return;
    const { pending } = lookAtAgent(runStorePath(folder));
    assert.ok(performance.now() < endMs, `${pending.length} events still pending: ${agent.shown}`);
    await after(POLL_MS);
  }
}
