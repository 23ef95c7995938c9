import type { CredentialsTold } from "../core/credentials.ts";
import { assertNever, invariant } from "../core/invariant.ts";
import type { ConnectionEffect, ConnectionInput } from "../links/connection_port.ts";
import { certificateDates } from "./certificate_dates.ts";
import { isoSeconds } from "./clock_doubt.ts";
import { judgeTls, tlsContent } from "./judge_tls.ts";
import type { ConnectionHost, MqttConnectionConfig } from "./mqtt_config.ts";
import type { MqttConnection } from "./mqtt_connection.ts";
import {
  ROTATION_INITIAL,
  type RotationEffect,
  type RotationInput,
  type RotationState,
  stepRotation,
} from "./rotation_table.ts";
import type { readTlsFiles, TlsTexts } from "./tls_preflight.ts";

/** How often TLS files are looked at unless configured, ms. */
export const TLS_POLL_MS = 10_000;

/** Replaced files must keep still for this long before they are judged, ms: CA, certificate and key change one by one. */
export const TLS_SETTLE_MS = 2_000;

/** Files that were not taken are judged or tried again after this long while the connection lives, ms. */
export const TLS_TRY_AGAIN_MS = 300_000;

/**
 * A TLS connection's configuration. `unread` says why its files could not be read: its texts are empty then, no connect
 * succeeds, and the files are used once they are there.
 */
export type TlsConnectionConfig = MqttConnectionConfig & { readonly tls: TlsTexts; readonly unread?: string };

/** A connection as its shell drives it. */
export type RotatingConnection = Pick<MqttConnection, "effect" | "pause" | "resume"> & Disposable;

/** What a rotation needs of its shell. */
export interface RotationParts {
  readonly host: ConnectionHost;
  /** Makes one connection; the second one of a trial, too. */
  open(config: MqttConnectionConfig, emit: (input: ConnectionInput) => void): MqttConnection;
  /** Tells the present content of the files from another. Never rejects. */
  mark(): Promise<string>;
  read(): ReturnType<typeof readTlsFiles>;
  /** Every error of a set, or undefined. */
  check(tls: TlsTexts): string | undefined;
  /** 1 to 23 bytes, unique at the broker. */
  newClientId(): string;
  tell(told: CredentialsTold): void;
  /** Default 10,000 ms. */
  readonly pollMs?: number;
}

/**
 * Makes a TLS connection that takes over its files when they are replaced: what a look finds changed, still and fit is
 * tried on a second connection, which never subscribes; then the first one is ended in order, and its links connect
 * anew. What does not fit, or is refused, leaves the connection as it is and is told once for each content. Without a
 * connection, files that fit are used by the next connect, in turn with the old ones after a refusal.
 */
export function rotatingConnection(
  config: TlsConnectionConfig,
  emit: (input: ConnectionInput) => void,
  parts: RotationParts,
): RotatingConnection {
  const made = new Rotation(config, emit, parts);
  made.start();
  return made;
}

class Rotation implements RotatingConnection {
  readonly #config: TlsConnectionConfig;
  readonly #emit: (input: ConnectionInput) => void;
  readonly #parts: RotationParts;
  readonly #inner: MqttConnection;
  #state: RotationState = ROTATION_INITIAL;
  #inUse: TlsTexts;
  /** Fits, and waits for its turn. */
  #candidate: TlsTexts | undefined;
  /** What the present or last connect uses. */
  #attempted: TlsTexts;
  #phase: "idle" | "connecting" | "up" = "idle";
  /** Of the last look. */
  #mark: string | undefined;
  /** Why the last set was refused; told once for each content. */
  #refusal: { readonly content: string; readonly reason: string } = { content: "", reason: "" };
  #toldContent: string | undefined;
  #trial: MqttConnection | undefined;
  #lookTimer: Disposable | undefined;
  #againTimer: Disposable | undefined;
  #disposed = false;

  constructor(
    config: TlsConnectionConfig,
    emit: (input: ConnectionInput) => void,
    parts: RotationParts,
  ) {
    this.#config = config;
    this.#emit = emit;
    this.#parts = parts;
    this.#inUse = this.#attempted = config.tls;
    this.#inner = parts.open(config, (input) => this.#heard(input));
  }

  start(): void {
    // Its dates count, also when they do not hold now: the clock may be what is wrong.
    this.#tellInUse();
    const { unread } = this.#config;
    const reason = unread ?? this.#parts.check(this.#inUse);
    if (reason !== undefined) {
      this.#refusal = { content: unread ?? tlsContent(this.#inUse), reason };
      this.#tellRefused();
    }
    this.#planLook();
  }

  effect(effect: ConnectionEffect): void {
    if (effect.kind === "connect" && this.#phase === "idle") {
      this.#attempted = (this.#state === "next" ? this.#candidate : undefined) ?? this.#inUse;
      this.#inner.useTls(this.#attempted);
      this.#phase = "connecting";
    }
    this.#inner.effect(effect);
  }

  pause(): void {
    this.#inner.pause();
  }

  resume(): void {
    this.#inner.resume();
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    this.#lookTimer?.[Symbol.dispose]();
    this.#againTimer?.[Symbol.dispose]();
    this.#trial?.[Symbol.dispose]();
    this.#inner[Symbol.dispose]();
  }

  #heard(input: ConnectionInput): void {
    const isNew = this.#attempted === this.#candidate;
    switch (input.kind) {
      case "connected":
        this.#phase = "up";
        if (this.#attempted !== this.#inUse) this.#adopt(this.#attempted);
        this.#emit(input);
        return this.#step(isNew ? "accepted" : "old_accepted");
      case "connect_failed":
        this.#phase = "idle";
        this.#emit(input);
        return this.#failed(input, isNew);
      case "disconnected":
        this.#phase = "idle";
        this.#againTimer?.[Symbol.dispose]();
        this.#emit(input);
        return this.#step("lost");
      default:
        return this.#emit(input);
    }
  }

  #failed({ refusal, reason }: Extract<ConnectionInput, { kind: "connect_failed" }>, isNew: boolean): void {
    // Without an answer nothing is known about either set.
    if (refusal === "network") return isNew ? this.#step("unreached") : undefined;
    if (isNew) this.#refusal = { content: tlsContent(this.#attempted), reason };
    this.#step(isNew ? "refused" : "old_refused");
  }

  #step(input: RotationInput): void {
    const cell = stepRotation(this.#state, input);
    if (cell === undefined) return;
    const [to, ...effects] = cell;
    this.#state = to;
    for (const effect of effects) this.#carryOut(effect);
  }

  #carryOut(effect: RotationEffect): void {
    switch (effect) {
      case "try":
        return this.#try();
      case "abandon":
        return this.#endTrial();
      case "take":
        return this.#take();
      case "tell_refused":
        return this.#tellRefused();
      case "await_again":
        return this.#awaitAgain();
      case "judge":
        return void this.#judge();
      default:
        return assertNever(effect);
    }
  }

  #planLook(): void {
    const delayMs = this.#state === "changing" ? TLS_SETTLE_MS : this.#parts.pollMs ?? TLS_POLL_MS;
    this.#lookTimer = this.#parts.host.after(delayMs, `connection.${this.#config.name}.look`, () => void this.#look());
  }

  async #look(): Promise<void> {
    const mark = await this.#parts.mark();
    if (this.#disposed) return;
    if (mark !== this.#mark) this.#changed(mark);
    else if (this.#state === "changing" || this.#state === "doubtful") await this.#judge();
    if (!this.#disposed) this.#planLook();
  }

  async #judge(): Promise<void> {
    const before = this.#mark;
    const read = this.#parts.read();
    const after = await this.#parts.mark();
    if (this.#disposed || this.#mark !== before) return;
    // One of them was replaced between two reads, so that the texts are of two sets.
    if (after !== before) return this.#changed(after);
    this.#step(this.#judgement(read));
  }

  #changed(mark: string): void {
    this.#mark = mark;
    this.#step("changed");
  }

  #judgement(read: ReturnType<RotationParts["read"]>): RotationInput {
    const judged = judgeTls(read, this.#inUse, this.#parts.check);
    if (judged.kind === "known") return "known";
    if (judged.kind === "misfit") {
      this.#refusal = judged;
      return "misfit";
    }
    this.#candidate = judged.tls;
    return this.#phase === "up" ? "fit_up" : "fit_down";
  }

  #try(): void {
    const tls = this.#candidate;
    invariant(tls !== undefined, `connection ${this.#config.name} tries a set that it does not have`);
    this.#endTrial();
    const name = `${this.#config.name}.trial`;
    const clientId = this.#parts.newClientId();
    const trial = this.#trial = this.#parts.open({ ...this.#config, name, clientId, tls }, (input) => {
      if (input.kind === "connected") {
        trial.effect({ kind: "disconnect", connection: name });
        this.#step("accepted");
      } else if (input.kind === "connect_failed") {
        this.#refusal = { content: tlsContent(tls), reason: input.reason };
        this.#step(input.refusal === "network" ? "unreached" : "refused");
      }
    });
    trial.effect({ kind: "connect", connection: name });
  }

  #endTrial(): void {
    this.#trial?.[Symbol.dispose]();
    this.#trial = undefined;
  }

  #take(): void {
    invariant(this.#candidate !== undefined, `connection ${this.#config.name} takes a set that it does not have`);
    this.#adopt(this.#candidate);
    this.#inner.renew();
  }

  #adopt(tls: TlsTexts): void {
    this.#inUse = tls;
    if (this.#candidate === tls) this.#candidate = undefined;
    this.#toldContent = undefined;
    // Another subject is another user for a broker: who may do less there then finds it here.
    const [own] = certificateDates(tls).filter(({ item }) => item === "cert");
    const shown = own === undefined ? {} : { subject: own.subject, until: isoSeconds(own.notAfterMs) };
    const fields = { connection: this.#config.name, ...shown };
    this.#parts.host.log({ level: "info", event: "connection.credentials_taken", fields });
    this.#tellInUse();
  }

  #awaitAgain(): void {
    this.#againTimer?.[Symbol.dispose]();
    this.#againTimer = this.#parts.host.after(TLS_TRY_AGAIN_MS, `connection.${this.#config.name}.again`, () => {
      if (this.#phase === "up") this.#step("again");
    });
  }

  #tellInUse(): void {
    const certificates = certificateDates(this.#inUse);
    this.#parts.tell({ verdict: "in_use", connection: this.#config.name, certificates });
  }

  #tellRefused(): void {
    const { content, reason } = this.#refusal;
    if (content === this.#toldContent) return;
    this.#toldContent = content;
    const connection = this.#config.name;
    this.#parts.host.log({ level: "warn", event: "connection.credentials_refused", fields: { connection, reason } });
    this.#parts.tell({ verdict: "refused", connection, reason });
  }
}
