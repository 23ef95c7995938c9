import type { EnvironmentError } from "../core/errors.ts";
import { invariant } from "../core/invariant.ts";
import type { Counters, FromStore, RecoveredStore, StoreEngine, StoreTxn } from "../store/port.ts";
import { isDiskReason } from "./store_disk_reason.ts";
import { type LateKept, lateKept } from "./store_late_kept.ts";
import { lateNumbering, type Numbering } from "./store_numbering.ts";

type Opened = Extract<FromStore, { readonly kind: "opened" }>;

/** What a file that takes no writes could still be read for. */
export type Glance = Pick<Opened, "kept" | "journal" | "appliedIds">;

/** What a late engine is made from. */
export interface LateEngineOptions {
  /** Opens the engine behind. @throws {EnvironmentError} With a disk reason, or another code that ends the program. */
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
  /** Told of a reason of another kind that shows later. */
  hopeless(thrown: unknown): void;
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

const NOTHING: Counters = { generated: 0, acked: 0, tombstoned: 0, pending: 0, applied: 0 };

class WaitingEngine implements LateEngine {
  readonly #options: LateEngineOptions;
  readonly #numbering: Numbering = lateNumbering();
  #engine: StoreEngine | undefined;
  #refusal: EnvironmentError | undefined;
  #glance: Glance | undefined;
  #kept: LateKept | undefined;
  /** Boot and life that were greeted before the engine was open, the last ones. */
  #greeted: { readonly boot: string; readonly life: number } | undefined;
  /** Told to each life until one has written something. */
  #untold: RecoveredStore | undefined;
  /** Last number on the disk when the last life was greeted. */
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
      if (this.#greeted) this.#takeOver(engine, this.#greeted);
    } catch (thrown) {
      engine?.[Symbol.dispose]();
      if (!isDiskReason(thrown)) throw thrown;
      const before = this.#refusal;
      this.#refusal = thrown;
      if (before === undefined) this.#glance = glance();
      if (before?.code !== thrown.code) refused(thrown, this.#glance !== undefined);
      return thrown;
    }
    this.#engine = engine;
    if (this.#refusal !== undefined) cameLate(this.#untold !== undefined);
    return undefined;
  }

  open(boot: string, life: number): Opened {
    if (this.#opens()) {
      try {
        return this.#openedBy(this.#engine!, boot, life);
      } catch (thrown) {
        if (this.#isUsed || !isDiskReason(thrown)) throw thrown;
        this.#engine?.[Symbol.dispose]();
        this.#engine = undefined;
        this.#refusal = thrown;
      }
    }
    this.#greeted = { boot, life };
    const lastSeq = this.#numbering.lateBase(this.#options.life);
    const read = this.#glance ?? { kept: [], journal: [], appliedIds: [] };
    const kept = this.#numbering.resume(read.kept, "");
    return { kind: "opened", boot, life, lastSeq, counters: NOTHING, ...read, kept };
  }

  commit(txns: readonly StoreTxn[]): readonly Extract<FromStore, { kind: "evicted" }>[] {
    const engine = this.#opened();
    for (const { append } of txns) this.#numbering.meet(append, () => this.#lastSeq);
    const evicted = engine.commit(this.#translated(txns));
    this.#isUsed = true;
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
      this.#options.hopeless(thrown);
      throw thrown;
    }
  }

  /** The engine is open, and lives that it has not greeted go on with it. */
  #takeOver(engine: StoreEngine, { boot, life }: { readonly boot: string; readonly life: number }): void {
    const opened = engine.open(boot, life);
    this.#numbering.begin(this.#numbering.lateBase(this.#options.life), opened.lastSeq);
    this.#kept = lateKept(opened, this.#glance);
    this.#untold = opened.recovered;
    this.#isUsed = true;
  }

  #openedBy(engine: StoreEngine, boot: string, life: number): Opened {
    const opened = engine.open(boot, life);
    const kept = this.#numbering.resume(opened.kept, this.#options.boot);
    this.#isUsed = true;
    this.#lastSeq = opened.lastSeq;
    // Another life is given everything; the one that went on without it does not look at it again.
    if (this.#greeted?.boot !== boot || this.#greeted.life !== life) this.#kept = undefined;
    this.#isTold = this.#untold !== undefined;
    const lastSeq = this.#numbering.toProactor(opened.lastSeq);
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
