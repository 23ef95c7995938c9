/** A memory that is looked at by address. */
export interface AddressedMemory extends Disposable {
  copy(address: bigint, count: number): number[];
}

/** Looks at memory by its address, through a memcpy of the test's own. */
export function libcAddresses(path: string): AddressedMemory {
  const library = Deno.dlopen(
    path,
    { memcpy: { parameters: ["buffer", "u64", "usize"], result: "void" } } as const,
  );
  return {
    copy(address, count) {
      const copy = new Uint8Array(new ArrayBuffer(count));
      library.symbols.memcpy(copy, address, BigInt(count));
      return [...copy];
    },
    [Symbol.dispose]: () => library.close(),
  };
}
