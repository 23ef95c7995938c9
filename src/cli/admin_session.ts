import type { TimerContext } from "../core/context.ts";
import { EXIT } from "../core/exit_codes.ts";
import { assertNever } from "../core/invariant.ts";
import type { Message } from "../core/message.ts";
import { type MachineTable, stepMachine } from "../core/table_machine.ts";
import type { ConnectionEffect, ConnectionInput } from "../links/connection_port.ts";
import { decodeEnvelope, decodeTopic, DEFAULT_REGISTRY, encodeEnvelope, encodeTopic } from "../protocol/mod.ts";
import { subscriptionTopic, topicName } from "../protocol/mod.ts";
import type { SingleMachineState, SnapshotSpaceheat } from "../protocol/mod.ts";

/** The scada must answer within this, in ms of real time. */
export const ANSWER_MS_MAX = 10_000;
/** A snapshot is asked for this often while an answer is awaited, in ms. */
export const ASK_EVERY_MS = 1_000;
/** Control is kept alive this often, in ms. */
export const KEEP_ALIVE_MS = 1_000;
/** The release is given this long to be seen, in ms: less than the launcher waits for a worker that it stops. */
export const RELEASE_MS_MAX = 2_500;
/** A take-over ends by itself this long after the last keep-alive, at least, in ms: a lost admin gives control back. */
export const TAKEOVER_MS_MIN = 5_000;
/** The longest take-over of the wire, in s. */
const TIMEOUT_S_MAX = 86_400;

/** Where a session stands. */
export type AdminState =
  | "connecting"
  | "subscribing"
  | "asking"
  | "commanding"
  | "holding"
  | "releasing"
  | "done";

/** What moves a session. */
export type AdminInput =
  | "connected"
  | "subscribed"
  | "answered"
  | "answered_for_release"
  | "confirmed"
  | "time_over"
  | "released"
  | "interrupted"
  | "failed";

/** The session as a table: after the command was sent every way out but `failed` leads through a release. */
export const ADMIN_TABLE: MachineTable<AdminState, AdminInput> = {
  connecting: { connected: "subscribing", interrupted: "done", failed: "done" },
  subscribing: { subscribed: "asking", interrupted: "done", failed: "done" },
  asking: { answered: "commanding", answered_for_release: "releasing", interrupted: "done", failed: "done" },
  commanding: { confirmed: "holding", time_over: "releasing", interrupted: "releasing", failed: "done" },
  holding: { time_over: "releasing", interrupted: "releasing", failed: "done" },
  releasing: { released: "done", time_over: "done", interrupted: "done", failed: "done" },
  done: {},
};

/** What a session does. */
export interface AdminSessionConfig {
  readonly connection: string;
  /** Topic source of what we send, for example "admin". */
  readonly name: string;
  /** GNode alias of the scada. */
  readonly scada: string;
  /** Absent: control is only given back. */
  readonly command?: { readonly relay: string; readonly action: "open" | "close" } | undefined;
  /** How long control is held from the confirmation on, in ms of real time. */
  readonly forMs: number;
  /** House seconds a second: the scada's time-out counts house time. */
  readonly houseSpeed: number;
}

/** One step as it is shown: `step` for programs, `text` for people. */
export interface AdminStep {
  readonly step: AdminState | "refused";
  readonly text: string;
}

/** What a session may ask of its shell. */
export interface AdminSessionContext extends TimerContext {
  connection(effect: ConnectionEffect): void;
  say(step: AdminStep): void;
  /** The session is over; nothing more comes. */
  end(exit: number): void;
}

/** One conversation of an operator with a scada: pure, told of the connection, its timers and Ctrl-C. */
export interface AdminSession {
  start(ctx: AdminSessionContext): void;
  input(input: ConnectionInput, ctx: AdminSessionContext): void;
  timer(name: string, ctx: AdminSessionContext): void;
  interrupt(ctx: AdminSessionContext): void;
  readonly state: AdminState;
}

const WORDS = {
  open: { event: "OpenRelay", state: "RelayOpen" },
  close: { event: "CloseRelay", state: "RelayClosed" },
} as const;

/** Makes a session. Source: gridworks-admin, the conversation of `admin.dispatch` and `admin.release.control`. */
export function adminSession(config: AdminSessionConfig): AdminSession {
  return new Session(config);
}

class Session implements AdminSession {
  readonly #config: AdminSessionConfig;
  #state: AdminState = "connecting";
  #exit: number = EXIT.ok;
  #token = 0;

  constructor(config: AdminSessionConfig) {
    this.#config = config;
  }

  get state(): AdminState {
    return this.#state;
  }

  start(ctx: AdminSessionContext): void {
    ctx.timer("answer", ANSWER_MS_MAX);
    ctx.say({ step: "connecting", text: "connecting to the broker" });
    ctx.connection({ kind: "connect", connection: this.#config.connection });
  }

  interrupt(ctx: AdminSessionContext): void {
    this.#move("interrupted", ctx, "stopped by the operator");
  }

  input(input: ConnectionInput, ctx: AdminSessionContext): void {
    switch (input.kind) {
      case "connected":
        return this.#move("connected", ctx, "connected, subscribing");
      case "connect_failed":
        return this.#fail(ctx, `cannot connect (${input.refusal}): ${input.reason}`);
      case "disconnected":
        return this.#fail(ctx, `the connection was lost: ${input.reason}`);
      case "suback":
        if (input.refused.length > 0) return this.#fail(ctx, `the broker refused ${input.refused.join(", ")}`);
        return this.#move("subscribed", ctx, `asking ${this.#config.scada} for its state`);
      case "message":
        return this.#heard(input.topic, input.bytes, ctx);
      case "taken":
        return;
      default:
        return assertNever(input);
    }
  }

  timer(name: string, ctx: AdminSessionContext): void {
    if (this.#state === "done") return;
    if (name === "ask") {
      this.#ask(ctx);
    } else if (name === "keep_alive") {
      this.#send(ctx, "admin.keep.alive", { AdminTimeoutSeconds: this.#timeoutS() });
      ctx.timer("keep_alive", KEEP_ALIVE_MS);
    } else if (name === "hold") {
      this.#move("time_over", ctx, "the time is over, giving control back");
    } else if (this.#state === "commanding") {
      this.#exit = EXIT.refused;
      const text = `the scada did not confirm within ${ANSWER_MS_MAX} ms, giving control back`;
      this.#move("time_over", ctx, text);
    } else if (this.#state === "releasing") {
      this.#exit = EXIT.refused;
      this.#move(
        "time_over",
        ctx,
        `the release was not seen within ${RELEASE_MS_MAX} ms; the scada's time-out ends it`,
      );
    } else {
      this.#fail(ctx, `no answer within ${ANSWER_MS_MAX} ms`);
    }
  }

  #fail(ctx: AdminSessionContext, text: string): void {
    if (this.#state === "done") return;
    this.#exit = EXIT.refused;
    this.#move("failed", ctx, text);
  }

  #move(input: AdminInput, ctx: AdminSessionContext, text: string): void {
    const step = stepMachine(ADMIN_TABLE, this.#state, input);
    if (step.kind === "refused") return;
    this.#state = step.to;
    ctx.say({ step: step.to, text });
    this.#enter(ctx);
  }

  #enter(ctx: AdminSessionContext): void {
    const { connection, name, scada, forMs } = this.#config;
    switch (this.#state) {
      case "connecting":
        return;
      case "subscribing":
        return ctx.connection({ kind: "subscribe", connection, id: 1, topics: [subscriptionTopic(scada, name)] });
      case "asking":
        return this.#ask(ctx);
      case "commanding":
        ctx.timer("answer", ANSWER_MS_MAX);
        ctx.timer("keep_alive", KEEP_ALIVE_MS);
        this.#dispatch(ctx);
        return this.#ask(ctx);
      case "holding":
        ctx.cancel("answer");
        ctx.cancel("ask");
        return ctx.timer("hold", forMs);
      case "releasing":
        ctx.cancel("keep_alive");
        ctx.cancel("hold");
        ctx.timer("answer", RELEASE_MS_MAX);
        this.#send(ctx, "admin.release.control", {});
        return this.#ask(ctx);
      case "done":
        for (const timer of ["answer", "ask", "keep_alive", "hold"]) ctx.cancel(timer);
        ctx.connection({ kind: "disconnect", connection });
        return ctx.end(this.#exit);
      default:
        return assertNever(this.#state);
    }
  }

  /** The scada's time-out in s of house time: long enough for a few lost keep-alives, whole, never zero. */
  #timeoutS(): number {
    const realMs = Math.min(Math.max(this.#config.forMs, KEEP_ALIVE_MS), TAKEOVER_MS_MIN);
    return Math.min(TIMEOUT_S_MAX, Math.max(1, Math.ceil((realMs * this.#config.houseSpeed) / 1_000)));
  }

  #dispatch(ctx: AdminSessionContext): void {
    const { command, name } = this.#config;
    if (command === undefined) return;
    this.#send(ctx, "admin.dispatch", {
      DispatchTrigger: {
        FromHandle: name,
        ToHandle: `${name}.${command.relay}`,
        EventType: "change.relay.state",
        EventName: WORDS[command.action].event,
        SendTimeUnixMs: ctx.wallMs,
        TriggerId: ctx.newId(),
        TypeName: "fsm.event",
        Version: "000",
      },
      TimeoutSeconds: this.#timeoutS(),
    });
  }

  #ask(ctx: AdminSessionContext): void {
    this.#send(ctx, "send.snap", { FromGNodeAlias: this.#config.name });
    ctx.timer("ask", ASK_EVERY_MS);
  }

  #send(ctx: AdminSessionContext, type: string, body: { readonly [key: string]: unknown }): void {
    const { connection, name, scada } = this.#config;
    const payload = { ...body, TypeName: type, Version: "000" };
    const message: Message = { src: name, dst: scada, type, messageId: ctx.newId(), ackRequired: false, payload };
    const topic = encodeTopic({ src: name, dst: scada, type });
    ctx.connection({ kind: "publish", connection, topic, bytes: encodeEnvelope(message), token: ++this.#token });
  }

  #heard(topic: string, bytes: Uint8Array, ctx: AdminSessionContext): void {
    const parts = decodeTopic(topic);
    if (parts.kind === "problem" || parts.src !== topicName(this.#config.scada)) return;
    const decoded = decodeEnvelope(bytes, DEFAULT_REGISTRY);
    if (decoded.kind !== "message") return;
    const { type, payload } = decoded.message;
    if (type === "snapshot.spaceheat") this.#snapshot(payload as SnapshotSpaceheat, ctx);
    else if (type === "gridworks.event.problem" && this.#state === "commanding") {
      this.#exit = EXIT.refused;
      ctx.say({ step: "refused", text: (payload as { readonly Summary: string }).Summary });
      this.#move("interrupted", ctx, "giving control back");
    }
  }

  #snapshot(snapshot: SnapshotSpaceheat, ctx: AdminSessionContext): void {
    const { command, name } = this.#config;
    if (this.#state === "asking") {
      if (command === undefined) return this.#move("answered_for_release", ctx, "giving control back");
      return this.#move("answered", ctx, `taking over: ${command.action} ${command.relay}`);
    }
    const states = snapshot.LatestStateList;
    if (this.#state === "commanding" && command !== undefined) {
      const own = states.find((state) => lastWord(state.MachineHandle) === command.relay);
      if (own?.State !== WORDS[command.action].state || !rules(states, name, own)) return;
      return this.#move("confirmed", ctx, `${command.relay} is ${own.State}, holding control`);
    }
    if (this.#state === "releasing" && !states.some((state) => rules(states, name, state))) {
      this.#move("released", ctx, "control is given back");
    }
  }
}

function lastWord(handle: string): string {
  return handle.slice(handle.lastIndexOf(".") + 1);
}

/** Whether the operator rules: as the top machine says; without it, as the handle says, which is that of the last change. */
function rules(states: readonly SingleMachineState[], name: string, one: SingleMachineState): boolean {
  const top = states.find((state) => state.StateEnum === "top.state");
  return top === undefined ? one.MachineHandle.startsWith(`${name}.`) : top.State === "Admin";
}
