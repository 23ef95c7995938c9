import { EnvironmentError } from "../core/errors.ts";
import { invariant } from "../core/invariant.ts";
import type { Counters, FromStore, RecoveredStore, StoreEngine, StoreTxn } from "../store/port.ts";
import { isDamage } from "../store/sql_port.ts";
import { isDiskReason, mayPass } from "./store_disk_reason.ts";
import { type LateKept, lateKept } from "./store_late_kept.ts";
import { lateNumbering, type Numbering } from "./store_numbering.ts";

type Opened = Extract<FromStore, { readonly kind: "opened" }>;

/**
 * Failed commits in a row after which the engine is opened anew: what was opened on a disk that has gone read-only for its
 * faults, or was pulled, or what is damaged, never works again.
 */
export const REOPEN_AFTER_FAILURES = 3;

/** What a file that takes no writes could still be read for. */
export type Glance = Pick<Opened, "kept" | "journal" | "appliedIds">;

/** What a late engine is made from. */
export interface LateEngineOptions {
  /** Opens the engine behind; again when it fails for long. @throws {EnvironmentError} With a disk reason, or another code that ends the program. */
  open(): StoreEngine;
  /** Reads what it can of a file that cannot be opened; undefined when nothing can. @throws {EnvironmentError} As `open`. */
  glance(): Glance | undefined;
  /** UUID of this process start. */
  readonly boot: string;
  /** Life of the store in the process, from 1. */
  readonly life: number;
  /** Told of a refusal by the disk: once for each code. @param isRead Whether the file could be read. */
  refused(error: EnvironmentError, isRead: boolean): void;
  /** Told when the engine is open after a refusal. @param isDamaged Whether `opened` must be told again. */
  cameLate(isDamaged: boolean): void;
  /** Told of a reason that no time mends. */
  hopeless(error: EnvironmentError): void;
}

/** A store engine that need not be open to greet a proactor. */
export interface LateEngine extends StoreEngine {
  /**
   * Opens the engine behind, unless it is open.
   *
   * @returns Why the disk refused; undefined when the engine is open.
   * @throws {EnvironmentError} When it was refused for another reason.
   */
  tryOpen(): EnvironmentError | undefined;
}

/**
 * An engine over one that the disk may refuse to open. Until it is open a life is greeted with what could be read, or with
 * nothing, and with numbers above all of the disk's; each commit tries to open it first, and fails when that is refused,
 * so that what was handed over waits in its order. What lives knew and did not know of the disk is held apart: see
 * `lateKept`.
 */
export function lateEngine(options: LateEngineOptions): LateEngine {
  return new WaitingEngine(options);
}

interface Greeting {
  readonly boot: string;
  readonly life: number;
}

/** A disk that is full takes writes again in the same file; a damaged file is replaced when it is opened. */
function isForNothing(thrown: unknown): thrown is EnvironmentError {
  if (!(thrown instanceof EnvironmentError)) return false;
  return isDamage(thrown.code) || (isDiskReason(thrown) && thrown.code !== "SQLITE_FULL");
}

const NOTHING: Counters = { generated: 0, acked: 0, tombstoned: 0, pending: 0, applied: 0 };

class WaitingEngine implements LateEngine {
  readonly #options: LateEngineOptions;
  readonly #numbering: Numbering = lateNumbering();
  #engine: StoreEngine | undefined;
  #refusal: EnvironmentError | undefined;
  #toldCode: string | undefined;
  #glance: Glance | undefined;
  #kept: LateKept | undefined;
  /** The last one that was greeted without the engine. */
  #greeted: Greeting | undefined;
  /** Whether that was after the engine was last open. */
  #isGreeted = false;
  /** The last one that was greeted, in any way. */
  #last: Greeting | undefined;
  #failures = 0;
  /** Told to each life until one has written something. */
  #untold: RecoveredStore | undefined;
  /** Last number that the disk is known to have given. */
  #lastSeq = 0;
  #isTold = false;
  #isUsed = false;

  constructor(options: LateEngineOptions) {
    this.#options = options;
  }

  tryOpen(): EnvironmentError | undefined {
    if (this.#engine !== undefined) return undefined;
    const { open, glance, refused, cameLate } = this.#options;
    let engine: StoreEngine | undefined;
    try {
      engine = open();
      if (this.#last) this.#takeOver(engine, this.#last);
    } catch (thrown) {
      engine?.[Symbol.dispose]();
      if (!(isDiskReason(thrown) || (this.#refusal !== undefined && mayPass(thrown)))) throw thrown;
      this.#refusal = thrown;
      if (this.#toldCode === undefined) this.#glance = glance();
      if (this.#toldCode !== thrown.code) refused(thrown, this.#glance !== undefined);
      this.#toldCode = thrown.code;
      return thrown;
    }
    this.#engine = engine;
    if (this.#refusal !== undefined) cameLate(this.#untold !== undefined);
    this.#refusal = undefined;
    return undefined;
  }

  open(boot: string, life: number): Opened {
    if (this.#opens()) {
      try {
        return this.#openedBy(this.#engine!, boot, life);
      } catch (thrown) {
        if (this.#isUsed || !isDiskReason(thrown)) throw thrown;
        this.#letGo(this.#engine!, thrown);
      }
    }
    this.#last = this.#greeted = { boot, life };
    this.#isGreeted = true;
    const { lateBase, toProactor } = this.#numbering;
    const lastSeq = this.#isUsed ? toProactor(this.#lastSeq) : lateBase(this.#options.life);
    const read = this.#glance ?? { kept: [], journal: [], appliedIds: [] };
    const kept = this.#numbering.resume(read.kept, "");
    return { kind: "opened", boot, life, lastSeq, counters: NOTHING, ...read, kept };
  }

  commit(txns: readonly StoreTxn[]): readonly Extract<FromStore, { kind: "evicted" }>[] {
    const engine = this.#opened();
    for (const { append } of txns) this.#numbering.meet(append, () => this.#lastSeq);
    const translated = this.#translated(txns);
    const evicted = this.#commitTo(engine, translated);
    for (const { append } of translated) for (const { seq } of append) this.#used(seq);
    this.#numbering.saved();
    this.#kept?.written(txns);
    if (this.#isTold) this.#untold = undefined;
    const { toProactor } = this.#numbering;
    return evicted.map((one) => ({ ...one, fromSeq: toProactor(one.fromSeq), toSeq: toProactor(one.toSeq) }));
  }

  read(request: Parameters<StoreEngine["read"]>[0]): Extract<FromStore, { kind: "rows" }> {
    const found = this.#present().read({ ...request, afterSeq: this.#numbering.toDisk(request.afterSeq) });
    if (this.#numbering.isPlain) return found;
    return { ...found, rows: found.rows.map((row) => ({ ...row, seq: this.#numbering.toProactor(row.seq) })) };
  }

  inboxList(newest: number): ReturnType<StoreEngine["inboxList"]> {
    return this.#present().inboxList(newest);
  }

  counters(): Counters {
    return this.#engine?.counters() ?? NOTHING;
  }

  [Symbol.dispose](): void {
    this.#engine?.[Symbol.dispose]();
  }

  /** @throws {EnvironmentError} Why there is no engine. */
  #present(): StoreEngine {
    if (this.#engine !== undefined) return this.#engine;
    invariant(this.#refusal !== undefined, "a store that is not open was refused");
    throw this.#refusal;
  }

  #opened(): StoreEngine {
    this.#opens();
    return this.#present();
  }

  #opens(): boolean {
    try {
      return this.tryOpen() === undefined;
    } catch (thrown) {
      if (thrown instanceof EnvironmentError) this.#options.hopeless(thrown);
      throw thrown;
    }
  }

  #commitTo(engine: StoreEngine, txns: readonly StoreTxn[]): ReturnType<StoreEngine["commit"]> {
    try {
      const evicted = engine.commit(txns);
      this.#failures = 0;
      return evicted;
    } catch (thrown) {
      const isGone = isForNothing(thrown);
      this.#failures = isGone ? this.#failures + 1 : 0;
      if (isGone && this.#failures >= REOPEN_AFTER_FAILURES) this.#letGo(engine, thrown);
      throw thrown;
    }
  }

  #letGo(engine: StoreEngine, refusal: EnvironmentError): void {
    this.#toldCode = undefined;
    this.#failures = 0;
    this.#engine = undefined;
    this.#refusal = refusal;
    engine[Symbol.dispose]();
  }

  /** The engine is open, and a life that knows another one, or none, goes on with it. */
  #takeOver(engine: StoreEngine, { boot, life }: Greeting): void {
    const opened = engine.open(boot, life);
    if (!this.#isUsed) this.#numbering.begin(this.#numbering.lateBase(this.#options.life), opened.lastSeq);
    if (this.#isGreeted) this.#kept = lateKept(opened, this.#glance);
    this.#untold ??= opened.recovered;
    this.#used(opened.lastSeq);
    this.#isGreeted = false;
  }

  #used(lastSeq: number): void {
    this.#isUsed = true;
    this.#lastSeq = Math.max(this.#lastSeq, lastSeq);
  }

  #openedBy(engine: StoreEngine, boot: string, life: number): Opened {
    const opened = engine.open(boot, life);
    const kept = this.#numbering.resume(opened.kept, this.#options.boot);
    this.#last = { boot, life };
    this.#used(opened.lastSeq);
    // Another life is given everything; the one that went on without it does not look at it again.
    if (this.#greeted?.boot !== boot || this.#greeted.life !== life) this.#kept = undefined;
    this.#isTold = this.#untold !== undefined;
    const lastSeq = this.#numbering.toProactor(this.#lastSeq);
    return { ...opened, lastSeq, kept, ...(this.#untold === undefined ? {} : { recovered: this.#untold }) };
  }

  #translated(txns: readonly StoreTxn[]): readonly StoreTxn[] {
    const { isPlain, toDisk, unsaved } = this.#numbering;
    const ruled = this.#kept?.ruled(txns) ?? txns;
    if (isPlain) return ruled;
    const numbered = ruled.map((txn) => ({
      ...txn,
      append: txn.append.map((row) => ({ ...row, seq: toDisk(row.seq) })),
      deletes: txn.deletes.map(toDisk),
    }));
    const row = unsaved(this.#options.boot);
    const [first, ...rest] = numbered;
    return row === undefined || first === undefined ? numbered : [{ ...first, keep: [...first.keep, row] }, ...rest];
  }
}
