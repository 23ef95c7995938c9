import type { VirtualClock } from "./virtual_clock.ts";

/** Bytes that a process reads from its socket before it has a turn. */
export const READ_BYTES_MAX = 65_536;
/** Then so much time (ms) passes. */
const TURN_MS = 1;

/** The receiving end of a connection: a process that stops reading, or is handed much at once, gets the rest later. */
export interface ClientSocket {
  /** A message came. @param size Its bytes. */
  arrived(give: () => void, size: number): void;
  /** The process stops, or goes on, reading. */
  flow(reading: boolean): void;
}

/** Makes a socket that is read. */
export function clientSocket(clock: VirtualClock): ClientSocket {
  const unread: { readonly give: () => void; readonly size: number }[] = [];
  let isReading = true;
  let isWaiting = false;
  let turnMs = 0;
  let left = READ_BYTES_MAX;

  function read(): void {
    if (clock.nowMs !== turnMs) {
      turnMs = clock.nowMs;
      left = READ_BYTES_MAX;
    }
    while (isReading && !isWaiting && unread.length > 0) {
      if (left <= 0) return wait();
      const { give, size } = unread.shift()!;
      left -= size;
      give();
    }
  }
  function wait(): void {
    isWaiting = true;
    clock.after(TURN_MS, "socket.turn", () => {
      isWaiting = false;
      read();
    });
  }
  return {
    arrived(give, size) {
      unread.push({ give, size });
      read();
    },
    flow(reading) {
      isReading = reading;
      // Never inside the step that asks for it.
      if (reading && unread.length > 0 && !isWaiting) wait();
    },
  };
}
