import { strict as assert } from "node:assert";
import type { ConnectionEffect } from "../links/connection_port.ts";
import { decodeEnvelope, DEFAULT_REGISTRY, encodeEnvelope } from "../protocol/mod.ts";
import { adminSession, type AdminSessionContext, type AdminStep } from "./admin_session.ts";
import type { AdminSession, AdminSessionConfig } from "./admin_session.ts";

const CONFIG: AdminSessionConfig = {
  connection: "admin",
  name: "admin",
  scada: "d1.house.scada",
  command: { relay: "relay3", action: "close" },
  forMs: 60_000,
  houseSpeed: 120,
};

interface Desk {
  readonly session: AdminSession;
  readonly ctx: AdminSessionContext;
  readonly effects: ConnectionEffect[];
  readonly steps: AdminStep[];
  readonly timers: Map<string, number>;
  readonly exits: number[];
  snapshot(states: Readonly<Record<string, string>>, topic?: string): void;
  sent(): { readonly type: string; readonly payload: unknown }[];
}

function desk(change: Partial<AdminSessionConfig> = {}): Desk {
  const session = adminSession({ ...CONFIG, ...change });
  const effects: ConnectionEffect[] = [];
  const steps: AdminStep[] = [];
  const timers = new Map<string, number>();
  const exits: number[] = [];
  const ctx: AdminSessionContext = {
    nowMs: 0,
    wallMs: 1_750_000_000_000,
    newId: () => "6ef82da1-8863-4d59-b8ae-e0727dfd9b2a",
    random: () => 0,
    log: () => {},
    timer: (name, delayMs) => timers.set(name, delayMs),
    cancel: (name) => timers.delete(name),
    connection: (effect) => effects.push(effect),
    say: (step) => steps.push(step),
    end: (exit) => exits.push(exit),
  };
  function snapshot(
    states: Readonly<Record<string, string>>,
    topic = "gw/d1-house-scada/to/admin/snapshot-spaceheat",
  ): void {
    const payload = {
      FromGNodeAlias: "d1.house.scada",
      FromGNodeInstanceId: "0384ef21-648b-4455-b917-58a1172d7fc1",
      SnapshotTimeUnixMs: 1_750_000_000_000,
      LatestReadingList: [],
      LatestStateList: Object.entries(states).map(([MachineHandle, State]) => ({
        MachineHandle,
        StateEnum: MachineHandle === "s" ? "top.state" : "relay.closed.or.open",
        State,
        UnixMs: 1_750_000_000_000,
        TypeName: "single.machine.state",
        Version: "000",
      })),
      TypeName: "snapshot.spaceheat",
      Version: "003",
    };
    const message = {
      src: "d1.house.scada",
      dst: "admin",
      type: payload.TypeName,
      messageId: "",
      ackRequired: false,
      payload,
    };
    session.input({ kind: "message", connection: "admin", topic, bytes: encodeEnvelope(message) }, ctx);
  }
  function sent() {
    return effects.splice(0).flatMap((effect) => {
      if (effect.kind !== "publish") return [];
      const decoded = decodeEnvelope(effect.bytes, DEFAULT_REGISTRY);
      assert.equal(decoded.kind, "message");
      return decoded.kind === "message" ? [{ type: decoded.message.type, payload: decoded.message.payload }] : [];
    });
  }
  return { session, ctx, effects, steps, timers, exits, snapshot, sent };
}

function taken(change: Partial<AdminSessionConfig> = {}): Desk {
  const made = desk(change);
  made.session.start(made.ctx);
  made.session.input({ kind: "connected", connection: "admin" }, made.ctx);
  assert.deepEqual(made.effects.splice(0), [
    { kind: "connect", connection: "admin" },
    { kind: "subscribe", connection: "admin", id: 1, topics: ["gw/d1-house-scada/to/admin/#"] },
  ]);
  made.session.input({ kind: "suback", connection: "admin", id: 1, refused: [] }, made.ctx);
  assert.deepEqual(made.sent().map((message) => message.type), ["send.snap"]);
  made.snapshot({ "auto.lc.n.relay3": "RelayOpen" });
  return made;
}

Deno.test("adminSession() takes over, holds and gives back when the scada follows", () => {
  const { session, ctx, snapshot, sent, steps, timers, exits } = taken();
  const [dispatch, ask] = sent();
  assert.deepEqual(dispatch?.payload, {
    DispatchTrigger: {
      FromHandle: "admin",
      ToHandle: "admin.relay3",
      EventType: "change.relay.state",
      EventName: "CloseRelay",
      TriggerId: "6ef82da1-8863-4d59-b8ae-e0727dfd9b2a",
      SendTimeUnixMs: 1_750_000_000_000,
      TypeName: "fsm.event",
      Version: "000",
    },
    TimeoutSeconds: 600,
    TypeName: "admin.dispatch",
    Version: "000",
  });
  assert.equal(ask?.type, "send.snap");
  snapshot({ "admin.relay3": "RelayOpen" });
  assert.equal(session.state, "commanding");
  assert.deepEqual([...timers], [["answer", 10_000], ["ask", 1_000], ["keep_alive", 1_000]]);
  snapshot({ "admin.relay3": "RelayClosed" });
  assert.equal(session.state, "holding");
  assert.deepEqual([...timers], [["keep_alive", 1_000], ["hold", 60_000]]);
  session.timer("keep_alive", ctx);
  assert.deepEqual(sent().map((message) => message.type), ["admin.keep.alive"]);
  session.timer("hold", ctx);
  assert.deepEqual(sent().map((message) => message.type), ["admin.release.control", "send.snap"]);
  snapshot({ "admin.relay3": "RelayClosed" });
  assert.equal(session.state, "releasing");
  snapshot({ "auto.lc.n.relay3": "RelayClosed" });
  assert.deepEqual(steps.map((step) => step.step), [
    "connecting",
    "subscribing",
    "asking",
    "commanding",
    "holding",
    "releasing",
    "done",
  ]);
  assert.deepEqual([exits, timers.size], [[0], 0]);
});

Deno.test("adminSession() believes the top machine when the relay did not move", () => {
  const { session, ctx, snapshot } = taken();
  snapshot({ s: "Auto", "auto.lc.n.relay3": "RelayClosed" });
  assert.equal(session.state, "commanding");
  snapshot({ s: "Admin", "auto.lc.n.relay3": "RelayClosed" });
  assert.equal(session.state, "holding");
  session.timer("hold", ctx);
  snapshot({ s: "Admin", "admin.relay3": "RelayClosed" });
  assert.equal(session.state, "releasing");
  snapshot({ s: "Auto", "admin.relay3": "RelayClosed" });
  assert.equal(session.state, "done");
});

Deno.test("adminSession() gives control back when it is interrupted", () => {
  const { session, ctx, snapshot, sent, exits } = taken();
  sent();
  session.interrupt(ctx);
  assert.deepEqual(sent().map((message) => message.type), ["admin.release.control", "send.snap"]);
  snapshot({});
  assert.deepEqual(exits, [0]);
});

Deno.test("adminSession() releases and ends as refused when the scada does not confirm", () => {
  const { session, ctx, snapshot, sent, exits } = taken();
  session.timer("answer", ctx);
  assert.equal(sent().at(-2)?.type, "admin.release.control");
  snapshot({});
  assert.deepEqual(exits, [6]);
});

Deno.test("adminSession() ends as refused when the broker refuses, nobody answers, or the connection is lost", () => {
  const lost = taken();
  lost.session.input({ kind: "disconnected", connection: "admin", reason: "gone" }, lost.ctx);
  const refused = desk();
  refused.session.start(refused.ctx);
  refused.session.input(
    { kind: "connect_failed", connection: "admin", refusal: "credentials", reason: "bad user name" },
    refused.ctx,
  );
  const silent = desk();
  silent.session.start(silent.ctx);
  silent.session.timer("answer", silent.ctx);
  assert.deepEqual([lost.exits, refused.exits, silent.exits], [[6], [6], [6]]);
  assert.deepEqual(refused.steps.at(-1), { step: "done", text: "cannot connect (credentials): bad user name" });
});

Deno.test("adminSession() only releases when it has no command", () => {
  const { sent, snapshot, exits } = taken({ command: undefined });
  assert.deepEqual(sent().map((message) => message.type), ["admin.release.control", "send.snap"]);
  snapshot({});
  assert.deepEqual(exits, [0]);
});

Deno.test("adminSession() ignores what another house says", () => {
  const made = desk();
  made.session.start(made.ctx);
  made.session.input({ kind: "connected", connection: "admin" }, made.ctx);
  made.session.input({ kind: "suback", connection: "admin", id: 1, refused: [] }, made.ctx);
  made.snapshot({}, "gw/other-scada/to/admin/snapshot-spaceheat");
  assert.equal(made.session.state, "asking");
});
