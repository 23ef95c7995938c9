/** The test's side of fake_kernel.c: the outside world of the drivers. */

const SYMBOLS = {
  fake_reset: { parameters: [], result: "void" },
  fake_fail: { parameters: ["i32", "i32", "i32"], result: "void" },
  fake_level: { parameters: ["i32"], result: "i32" },
  fake_set_level: { parameters: ["i32", "i32"], result: "void" },
  fake_flags: { parameters: ["i32"], result: "u64" },
  fake_take: { parameters: ["i32", "buffer"], result: "void" },
  fake_temperature: { parameters: ["i32"], result: "void" },
  fake_power_dip: { parameters: [], result: "void" },
  fake_open_files: { parameters: [], result: "i32" },
  fake_take_log: { parameters: ["buffer", "i32"], result: "i32" },
} as const satisfies Deno.ForeignLibraryInterface;

const CALLS = { open: 0, request: 1, set: 2, get: 3, transfer: 4 } as const;
const LOG_BYTES = 8_192;

/** What a test may do to the machine. */
export interface FakeWorld extends Disposable {
  /** The next `count` calls of this kind fail with this errno. */
  fail(call: keyof typeof CALLS, errno: number, count?: number): void;
  /** Physical level of a line of the chip "relays". */
  level(offset: number): number;
  setLevel(offset: number, level: number): void;
  flags(offset: number): number;
  /** Another program takes a line; "" frees it. */
  take(offset: number, consumer: string): void;
  setMilliC(milliC: number): void;
  powerDip(): void;
  openFiles(): number;
  /** Changes since the last call: "1!0" a request with its first level, "1=1" a level that was set. */
  changes(): string[];
}

/** Opens the world of a fake kernel, as it is after power on. */
export function fakeWorld(path: string): FakeWorld {
  const library = Deno.dlopen(path, SYMBOLS);
  const c = library.symbols;
  c.fake_reset();
  return {
    fail: (call, errno, count = 1) => c.fake_fail(CALLS[call], errno, count),
    level: (offset) => c.fake_level(offset),
    setLevel: (offset, level) => c.fake_set_level(offset, level),
    flags: (offset) => Number(c.fake_flags(offset)),
    take: (offset, consumer) => c.fake_take(offset, new TextEncoder().encode(consumer + "\0")),
    setMilliC: (milliC) => c.fake_temperature(milliC),
    powerDip: () => c.fake_power_dip(),
    openFiles: () => c.fake_open_files(),
    changes() {
      const log = new Uint8Array(LOG_BYTES);
      const length = c.fake_take_log(log, LOG_BYTES);
      return new TextDecoder().decode(log.subarray(0, length)).split(" ").filter((entry) => entry !== "");
    },
    [Symbol.dispose]: () => library.close(),
  };
}
