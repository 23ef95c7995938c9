/** As much of a `MessagePort` as a server needs: a real one fits, and so does a fake in a test. */
export interface PortLike {
  postMessage(message: unknown): void;
  // deno-lint-ignore no-explicit-any
  onmessage: ((event: any) => void) | null;
  close?(): void;
}

/** Two ports that hand each message over at once, in the same isolate; for tests and simulation. */
export function portPair(): readonly [PortLike, PortLike] {
  const a: PortLike = { onmessage: null, postMessage: (message) => b.onmessage?.({ data: message }) };
  const b: PortLike = { onmessage: null, postMessage: (message) => a.onmessage?.({ data: message }) };
  return [a, b];
}
