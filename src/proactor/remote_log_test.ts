import { strict as assert } from "node:assert";
import type { LogRecord } from "../core/log.ts";
import type { Message } from "../core/message.ts";
import { ProactorDbg } from "../protocol/mod.ts";
import { ANSWERS_MAX, ASKED_MS, ASKED_RECORDS_MAX, remoteLog } from "./remote_log.ts";

const MESSAGE: Message = {
  src: "ltn",
  dst: "s",
  type: "send.snap",
  messageId: "m",
  ackRequired: false,
  payload: {},
};

function command(levels: Readonly<Record<string, number>>, Command: string | null = null): ProactorDbg {
  const Levels = { message_summary: -1, lifecycle: -1, comm_event: -1, ...levels };
  return ProactorDbg.parse({ TypeName: "gridworks.proactor.dbg", Levels, Command });
}

function bench() {
  const written: LogRecord[] = [];
  const time = { nowMs: 0 };
  const log = remoteLog({
    realMs: () => time.nowMs,
    effect: (effect) => void (effect.kind === "log" && written.push(effect.record)),
  });
  return { log, written, time };
}

function record(level: LogRecord["level"], event: LogRecord["event"] = "link.moved"): LogRecord {
  return { level, event, fields: {} };
}

Deno.test("gate() changes nothing until a peer asks, and a level of -1 asks for nothing", () => {
  const { log } = bench();
  const debug = record("debug");
  assert.equal(log.gate(debug), debug);
  assert.equal(log.take(command({}), [])?.["Count"], 0);
  assert.equal(log.gate(debug), debug);
});

Deno.test("gate() marks what was asked for, holds back what is below, and never a warning", () => {
  const { log } = bench();
  assert.equal(log.take(command({ comm_event: 10 }), [])?.["Count"], 1);
  assert.deepEqual(log.gate(record("debug")), { ...record("debug"), wanted: true });
  const other = record("info", "scada.x");
  assert.equal(log.gate(other), other);
  log.take(command({ comm_event: 50, lifecycle: 30 }), []);
  assert.equal(log.gate(record("info")), undefined);
  assert.equal(log.gate(other), undefined);
  for (const level of ["warn", "error"] as const) assert(log.gate(record(level)), level);
});

Deno.test("gate() forgets what was asked for after an hour", () => {
  const { log, time } = bench();
  log.take(command({ comm_event: 10 }), []);
  time.nowMs = ASKED_MS - 1;
  assert(log.gate(record("debug"))?.wanted);
  time.nowMs = ASKED_MS;
  assert.equal(log.gate(record("debug"))?.wanted, undefined);
});

Deno.test("gate() marks no more than so many records a minute", () => {
  const { log, time } = bench();
  log.take(command({ comm_event: 10 }), []);
  const marked = Array.from({ length: 2 * ASKED_RECORDS_MAX }, () => log.gate(record("debug"))).filter((one) =>
    one?.wanted
  );
  assert.equal(marked.length, ASKED_RECORDS_MAX);
  time.nowMs = 60_000;
  assert(log.gate(record("debug"))?.wanted);
});

Deno.test("received() writes one line a message while a peer asks for that", () => {
  const { log, written } = bench();
  log.received("up", MESSAGE);
  log.take(command({ message_summary: 30 }), []);
  log.received("up", MESSAGE);
  assert.deepEqual(written, []);
  log.take(command({ message_summary: 20 }), []);
  log.received("up", MESSAGE);
  const fields = { link: "up", type: "send.snap", src: "ltn", messageId: "m" };
  assert.deepEqual(written, [{ level: "info", event: "proactor.message", fields, wanted: true }]);
});

Deno.test("take() shows each link, and answers only so many commands a minute", () => {
  const { log, written, time } = bench();
  const counts = { inFlight: 0, window: 5, reuploading: false, timeouts: 0, received: 0, sent: 0, heldBack: 0 };
  const answer = log.take(command({}, "show_subscriptions"), [{ name: "up", state: "active", ...counts }]);
  assert.equal(answer?.["Path"], "0x00000002");
  assert.deepEqual(written.map(({ event, fields }) => [event, fields]), [["link.subscriptions", { up: "active" }]]);
  for (let n = 1; n < ANSWERS_MAX; n++) assert(log.take(command({}), []));
  assert.equal(log.take(command({ comm_event: 10 }), []), undefined);
  assert(log.gate(record("debug"))?.wanted, "the level is set all the same");
  time.nowMs = 60_000;
  assert(log.take(command({}), []));
});
