/** Targets of what isolates say to each other: the bus protocol and the frames of a credit window; and of the admin's client. */
import { strict as assert } from "node:assert";
import { adminSession, type AdminSessionContext } from "../../src/cli/admin_session.ts";
import type { FromBus, ToBus } from "../../src/core/device.ts";
import { LEASE_MS } from "../../src/core/device.ts";
import { type BusPort, serveBus } from "../../src/host/bus_server.ts";
import { creditSender } from "../../src/host/credit_window.ts";
import type { ConnectionInput } from "../../src/links/connection_port.ts";
import type { FuzzSeeds } from "./fuzz_seeds.ts";
import { bytesOf, type FuzzTarget, valueOf } from "./fuzz_target.ts";
import { makeSeed, type Sample } from "./mutate.ts";

const OUTPUTS = [
  { name: "relay1", safeValue: 0, holdMsMin: 0 },
  { name: "relay2", safeValue: 1, holdMsMin: 1_000 },
];

interface Said extends Record<string, unknown> {
  readonly waitMs?: unknown;
}

/** Messages of a sample: an array of objects. */
function said(sample: Sample): readonly Said[] {
  const value = valueOf(sample);
  if (!Array.isArray(value)) return [];
  return value.filter((one): one is Said => typeof one === "object" && one !== null).slice(0, 50);
}

function isNames(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((name) => typeof name === "string");
}

/** Who may write what, as the contract says it; kept beside the server. */
class LeaseModel {
  readonly #rights = new Map<string, { readonly life: number; readonly endMs: number }>();
  #newest = 0;

  hear(message: Said, nowMs: number): boolean {
    const { kind, life, outputs, output, value } = message;
    if (typeof life !== "number" || !Number.isSafeInteger(life)) return false;
    if (kind === "lease") {
      if (life < this.#newest || !isNames(outputs)) return false;
      this.#newest = life;
      for (const name of outputs) this.#rights.set(name, { life, endMs: nowMs + LEASE_MS });
      return false;
    }
    const right = this.#rights.get(output as string);
    const isHeld = right !== undefined && right.life === life && right.endMs > nowMs && life >= this.#newest;
    return kind === "write" && isHeld && typeof value === "number" && Number.isFinite(value);
  }
}

function runBus(sample: Sample): string {
  let nowMs = 0;
  let tick: () => void = () => undefined;
  const values = new Map<string, number>();
  const writes: string[] = [];
  const answers: FromBus[] = [];
  const port: BusPort = {
    send: (message) => (answers.push(message), "sent"),
    onmessage: undefined,
    [Symbol.dispose]() {},
  };
  const devices = {
    bus: "fuzz",
    outputs: OUTPUTS,
    channels: [],
    write(output: string, value: number) {
      writes.push(output);
      values.set(output, value);
      return { kind: "written", readBack: value } as const;
    },
    read: () => undefined,
  };
  const every = (_ms: number, _name: string, callback: () => void) => (tick = callback, { [Symbol.dispose]() {} });
  const server = serveBus(devices, port, { nowMs: () => nowMs, houseMs: () => nowMs, every });
  const model = new LeaseModel();
  let obeyed = 0;
  for (const message of said(sample)) {
    const { waitMs } = message;
    for (let left = typeof waitMs === "number" ? Math.min(waitMs, 5_000) : 0; left > 0; left -= 100) {
      nowMs += 100;
      tick();
    }
    writes.length = 0;
    const mayWrite = model.hear(message, nowMs);
    port.onmessage?.(message as unknown as ToBus);
    assert.ok(writes.length === 0 || mayWrite, `an output was written without a right: ${writes.join()}`);
    obeyed += writes.length;
    assert.ok([...values.values()].every(Number.isFinite), "an output has a value that is no number");
  }
  for (let left = 0; left < LEASE_MS + 200; left += 100) {
    nowMs += 100;
    tick();
  }
  for (const { name, safeValue } of OUTPUTS) assert.equal(values.get(name), safeValue, `${name} is safe at the end`);
  server[Symbol.dispose]();
  return obeyed > 0 ? "taken" : "refused";
}

/** Credits that were never given are an invariant; all else keeps the window's bounds. */
function runCredit(sample: Sample): string {
  const options = { rowsMax: 8, bytesMax: 1_000, waitingRowsMax: 16, waitingBytesMax: 2_000 } as const;
  const overflow = bytesOf(sample).length % 2 === 0 ? "refuse" : "drop_oldest";
  const sender = creditSender<string>({ ...options, overflow, key: (message) => message === "" ? undefined : message });
  let rows = 0;
  let bytes = 0;
  const under: number[] = [];
  for (const byte of bytesOf(sample).subarray(0, 500)) {
    if (byte % 3 === 0 && under.length > 0) {
      const size = under.shift()!;
      rows--;
      bytes -= size;
      for (const sent of sender.credit(1, size)) {
        under.push(sent.bytes);
        rows++;
        bytes += sent.bytes;
      }
    } else if (sender.offer(byte % 5 === 0 ? `key ${byte % 7}` : "", byte * 2) === "sent") {
      under.push(byte * 2);
      rows++;
      bytes += byte * 2;
    }
    assert.ok(rows <= options.rowsMax && (rows === 1 || bytes <= options.bytesMax), `${rows} rows, ${bytes} bytes`);
    assert.ok(sender.waitingRows <= options.waitingRowsMax, `${sender.waitingRows} rows wait`);
    assert.ok(sender.waitingBytes >= 0, `${sender.waitingBytes} bytes wait`);
  }
  assert.throws(() => sender.credit(rows + 1, 0), /credits do not exceed/, "credits that were never given");
  return overflow;
}

const SCADA = "hw1.isone.me.hearth.house0.scada";

function sessionContext(steps: string[], effects: { count: number }): AdminSessionContext {
  let ids = 0;
  const context = {
    nowMs: 0,
    wallMs: 1_763_683_200_000,
    newId: () => `00000000-0000-4000-8000-${String(++ids).padStart(12, "0")}`,
    random: () => 0.5,
    timer: () => undefined,
    cancel: () => undefined,
    log: () => undefined,
    connection: () => void effects.count++,
    say: ({ step }: { readonly step: string }) => void steps.push(step),
    end: () => void steps.push("end"),
  };
  return context as unknown as AdminSessionContext;
}

/** The admin's client hears anything instead of the scada's answers: it ends at most once, and asks no more often. */
function runAdmin(sample: Sample): string {
  const steps: string[] = [];
  const effects = { count: 0 };
  const ctx = sessionContext(steps, effects);
  const command = { relay: "relay3", action: "close" } as const;
  const session = adminSession({ connection: "c", name: "admin", scada: SCADA, command, forMs: 1_000, houseSpeed: 1 });
  const topic = `gw/${SCADA}/to/admin/snapshot-spaceheat`.replaceAll(".", "-");
  const inputs: readonly ConnectionInput[] = [
    { kind: "connected", connection: "c" },
    { kind: "suback", connection: "c", id: 1, refused: [] },
    { kind: "message", connection: "c", topic, bytes: bytesOf(sample) },
    { kind: "message", connection: "c", topic, bytes: bytesOf(sample) },
  ];
  session.start(ctx);
  for (const input of inputs) session.input(input, ctx);
  assert.ok(effects.count < 20, `${effects.count} effects`);
  assert.ok(steps.filter((step) => step === "end").length <= 1, "it ended twice");
  const { state } = session;
  session.interrupt(ctx);
  return `${state}`;
}

const LEASE = { kind: "lease", life: 1, outputs: ["relay1", "relay2"] };
const WRITE = { kind: "write", life: 1, id: "a", output: "relay1", value: 1 };
const TALKS = [
  [LEASE, WRITE],
  [LEASE, WRITE, { ...WRITE, id: "b", output: "relay2", value: 0, waitMs: 1_200 }],
  [LEASE, { ...LEASE, life: 2, waitMs: 400 }, WRITE, { ...WRITE, life: 2 }],
  [WRITE, LEASE, { ...WRITE, waitMs: 1_600 }],
];

/** The targets between isolates, and of the admin's client. */
export function busTargets({ envelopes }: FuzzSeeds): readonly FuzzTarget[] {
  const snapshots = envelopes.filter((text) => text.includes('"snapshot.spaceheat"'));
  const talks = TALKS.map((talk) => makeSeed(JSON.stringify(talk), true));
  const bytes = makeSeed(Uint8Array.from({ length: 200 }, (_, index) => (index * 37) & 0xff), false);
  return [
    { name: "bus server", weight: 5, seeds: talks, run: runBus },
    { name: "credit window", weight: 2, seeds: [bytes], run: runCredit },
    {
      name: "admin's client",
      weight: 3,
      seeds: [...Array.from({ length: 40 }, () => snapshots).flat(), ...envelopes].map((text) => makeSeed(text, true)),
      run: runAdmin,
    },
  ];
}
