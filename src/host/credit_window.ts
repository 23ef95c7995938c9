import { invariant } from "../core/invariant.ts";

/** What a sender does with one more message when window and waiting room are full. */
export type WindowOverflow =
  /** `send` answers "refused"; the caller must wait for `onroom`. */
  | "refuse"
  /** The oldest waiting message goes. */
  | "drop_oldest";

/** Bounds of one direction of a port. */
export interface WindowOptions<Out> {
  /** Messages under way, at least 1. */
  readonly rowsMax: number;
  /** Bytes under way; a larger message passes alone. */
  readonly bytesMax: number;
  /** Messages that may wait at the sender. */
  readonly waitingRowsMax: number;
  /** Bytes that may wait at the sender. */
  readonly waitingBytesMax: number;
  readonly overflow: WindowOverflow;
  /** A waiting message is replaced by a newer one of the same key (readings: the channel). */
  readonly key?: (message: Out) => string | undefined;
  /**
   * What is sent in one turn crosses the port as one message at the turn's end: for traffic of many small messages. Not
   * for a sender that may be held up in the middle of a turn.
   */
  readonly byTurn?: boolean;
}

/** What became of an offered message. */
export type Offer = "sent" | "waiting" | "replaced" | "refused" | "dropped_oldest";

interface Waiting<Out> {
  message: Out;
  bytes: number;
  readonly key: string | undefined;
}

/** The sending half as a pure part: it decides, the shell posts. */
export interface CreditSender<Out> {
  /** Decides about one message; when the answer is "sent" the shell posts it now. */
  offer(message: Out, bytes: number): Offer;
  /** The receiver has handled this much. @returns The messages to post now, oldest first. */
  credit(rows: number, bytes: number): readonly { readonly message: Out; readonly bytes: number }[];
  /** Whether to ask the receiver for its credits now; true once for each answer. */
  takeAsk(): boolean;
  readonly waitingRows: number;
  readonly waitingBytes: number;
  /** Messages refused or dropped since the sender was made; replaced ones do not count. */
  readonly lost: number;
}

/** What waits at a sender, oldest first, within its bounds. */
function waitingRoom<Out>(options: WindowOptions<Out>) {
  const waiting: Waiting<Out>[] = [];
  let waitingBytes = 0, lost = 0;
  function replace(key: string, message: Out, size: number): boolean {
    const old = waiting.find((item) => item.key === key);
    if (old === undefined) return false;
    waitingBytes += size - old.bytes;
    old.message = message;
    old.bytes = size;
    return true;
  }
  function isFull(size: number): boolean {
    return waiting.length >= options.waitingRowsMax || waitingBytes + size > options.waitingBytesMax;
  }
  function shift(): Waiting<Out> | undefined {
    const oldest = waiting.shift();
    waitingBytes -= oldest?.bytes ?? 0;
    return oldest;
  }
  return {
    add(message: Out, size: number): Offer {
      const key = options.key?.(message);
      if (key !== undefined && replace(key, message, size)) return "replaced";
      let offer: Offer = "waiting";
      while (isFull(size)) {
        lost++;
        if (options.overflow !== "drop_oldest" || shift() === undefined) return "refused";
        offer = "dropped_oldest";
      }
      waiting.push({ message, bytes: size, key });
      waitingBytes += size;
      return offer;
    },
    shift,
    first: () => waiting[0],
    rows: () => waiting.length,
    bytes: () => waitingBytes,
    lost: () => lost,
  };
}

/** Makes the pure sending half. */
export function creditSender<Out>(options: WindowOptions<Out>): CreditSender<Out> {
  invariant(options.rowsMax >= 1 && options.bytesMax >= 1, "a window has room for a message");
  const room = waitingRoom(options);
  let rows = 0, bytes = 0, isAsked = false;
  function fits(size: number): boolean {
    return rows === 0 || (rows < options.rowsMax && bytes + size <= options.bytesMax);
  }
  function depart(size: number): void {
    rows++;
    bytes += size;
  }
  return {
    offer(message, size) {
      if (room.rows() > 0 || !fits(size)) return room.add(message, size);
      depart(size);
      return "sent";
    },
    credit(creditRows, creditBytes) {
      rows -= creditRows;
      bytes -= creditBytes;
      invariant(rows >= 0 && bytes >= 0, "credits do not exceed what was sent");
      isAsked = false;
      const now: { message: Out; bytes: number }[] = [];
      for (let next = room.first(); next !== undefined && fits(next.bytes); next = room.first()) {
        room.shift();
        depart(next.bytes);
        now.push({ message: next.message, bytes: next.bytes });
      }
      return now;
    },
    takeAsk() {
      const isLow = room.rows() > 0 || rows * 2 > options.rowsMax || bytes * 2 > options.bytesMax;
      if (!isLow || isAsked) return false;
      return isAsked = true;
    },
    get waitingRows() {
      return room.rows();
    },
    get waitingBytes() {
      return room.bytes();
    },
    get lost() {
      return room.lost();
    },
  };
}

/** A port with a credit window in each direction; both ends of a channel must be wrapped. */
export interface WindowedPort<In, Out> extends Disposable {
  /** @param bytes Size of the message, about. */
  send(message: Out, bytes: number): Offer;
  /** Set to receive; a message counts as handled when the function returns. */
  onmessage: ((message: In) => void) | undefined;
  /** Called when waiting messages left after a refusal. */
  onroom: (() => void) | undefined;
  readonly sender: Pick<CreditSender<Out>, "waitingRows" | "waitingBytes" | "lost">;
}

/** Window for small control traffic such as the bus protocol. */
export const BUS_WINDOW = {
  rowsMax: 256,
  bytesMax: 64 * 1024,
  waitingRowsMax: 1_024,
  waitingBytesMax: 256 * 1024,
  overflow: "drop_oldest",
} as const satisfies WindowOptions<unknown>;

/** Window for rows of the store; a refused transaction waits with the sender. */
export const STORE_WINDOW = {
  rowsMax: 256,
  bytesMax: 4 * 1024 * 1024,
  waitingRowsMax: 1_024,
  waitingBytesMax: 8 * 1024 * 1024,
  overflow: "refuse",
  byTurn: true,
} as const satisfies WindowOptions<unknown>;

type Frame<Body> =
  | { readonly kind: "data"; readonly body: Body; readonly bytes: number }
  | { readonly kind: "ask" }
  | { readonly kind: "credit"; readonly rows: number; readonly bytes: number };

/** Posts frames: each at once, or all of one turn in one message at its end. */
function framePoster(port: MessagePort, byTurn: boolean): { post(frame: Frame<unknown>): void; close(): void } {
  let waiting: Frame<unknown>[] = [];
  let isClosed = false;
  function flush(): void {
    const frames = waiting;
    waiting = [];
    if (frames.length > 0 && !isClosed) port.postMessage(frames);
  }
  return {
    post(frame) {
      if (isClosed) return;
      if (!byTurn) return port.postMessage([frame]);
      if (waiting.push(frame) === 1) queueMicrotask(flush);
    },
    close() {
      flush();
      isClosed = true;
    },
  };
}

/**
 * Wraps a `MessagePort`, which alone is unbounded. The receiver returns credits when asked; the order of the port makes
 * that exact: the answer to an ask covers everything sent before it.
 */
export function windowPort<In, Out>(port: MessagePort, options: WindowOptions<Out>): WindowedPort<In, Out> {
  const sender = creditSender<Out>(options);
  const early: In[] = [];
  const poster = framePoster(port, options.byTurn ?? false);
  const post: (frame: Frame<Out>) => void = poster.post;
  let receive: ((message: In) => void) | undefined;
  let handledRows = 0, handledBytes = 0, wasRefused = false, isClosed = false;
  function askWhenLow(): void {
    if (sender.takeAsk()) post({ kind: "ask" });
  }
  function onCredit(rows: number, bytes: number): void {
    for (const item of sender.credit(rows, bytes)) post({ kind: "data", body: item.message, bytes: item.bytes });
    askWhenLow();
    if (!wasRefused) return;
    wasRefused = false;
    windowed.onroom?.();
  }
  function onFrame(frame: Frame<In>): void {
    if (isClosed) return;
    if (frame.kind === "credit") return onCredit(frame.rows, frame.bytes);
    if (frame.kind === "data") {
      handledRows++;
      handledBytes += frame.bytes;
      if (receive === undefined) early.push(frame.body); // bounded by the peer's window: no credit leaves meanwhile
      else receive(frame.body);
      return;
    }
    isCreditOwed = true;
    returnCredit();
  }
  let isCreditOwed = false;
  function returnCredit(): void {
    if (!isCreditOwed || early.length > 0) return;
    isCreditOwed = false;
    post({ kind: "credit", rows: handledRows, bytes: handledBytes });
    handledRows = handledBytes = 0;
  }
  port.onmessage = (event: MessageEvent<readonly Frame<In>[]>) => event.data.forEach(onFrame);
  const windowed: WindowedPort<In, Out> = {
    send(message, bytes) {
      const offer = sender.offer(message, bytes);
      if (offer === "sent") post({ kind: "data", body: message, bytes });
      if (offer === "refused") wasRefused = true;
      askWhenLow();
      return offer;
    },
    get onmessage() {
      return receive;
    },
    set onmessage(handler) {
      receive = handler;
      while (receive !== undefined && early.length > 0) receive(early.shift() as In);
      returnCredit();
    },
    onroom: undefined,
    sender,
    [Symbol.dispose]() {
      isClosed = true;
      poster.close();
      port.onmessage = null;
      port.close();
    },
  };
  return windowed;
}
