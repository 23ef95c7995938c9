import { strict as assert } from "node:assert";
import fc from "fast-check";
import { OutsideDataError } from "../core/errors.ts";
import { type ArchiveFile, packTar, unpackTar } from "./tar_archive.ts";

const name = fc.stringMatching(/^[a-z0-9_]{1,12}(\/[a-z0-9_.-]{1,12}){0,3}$/).filter((text) =>
  !/(^|\/)\.\.?(\/|$)/.test(text)
);
const file: fc.Arbitrary<ArchiveFile> = fc.record({
  name,
  content: fc.uint8Array({ maxLength: 1_100 }),
  mode: fc.constantFrom(0o600, 0o644),
});

Deno.test("unpackTar() gives back what packTar() packed", () => {
  fc.assert(fc.property(fc.array(file, { minLength: 1, maxLength: 5 }), (files) => {
    const archive = packTar(files, 1_700_000_000_000);
    assert.equal(archive.length % 512, 0);
    const plain = ({ content, ...rest }: ArchiveFile) => ({ ...rest, content: [...content] });
    assert.deepEqual(unpackTar(archive).map(plain), files.map(plain));
  }));
});

function one(change: Partial<ArchiveFile> = {}): Uint8Array {
  return packTar([{ name: "a/b", content: new Uint8Array(600), mode: 0o600, ...change }], 0);
}

/** Changes bytes of the first header and makes its checksum right again. */
function tampered(at: number, bytes: readonly number[]): Uint8Array {
  const archive = one();
  archive.set(bytes, at);
  archive.set(new TextEncoder().encode("        "), 148);
  const sum = archive.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  archive.set(new TextEncoder().encode(`${sum.toString(8).padStart(6, "0")}\0 `), 148);
  return archive;
}

Deno.test("unpackTar() refuses what is damaged or leads out of the folder", () => {
  const text = (words: string) => [...new TextEncoder().encode(words)];
  const rows: readonly (readonly [Uint8Array, RegExp])[] = [
    [one({ name: "../a" }), /must stay inside the folder: there is "\.\.\/a"/],
    [one({ name: "/etc/a" }), /must stay inside/],
    [one({ name: "a/../../b" }), /must stay inside/],
    [tampered(156, text("2")), /files and folders only: "a\/b" has type "2"/],
    [tampered(124, text("77777777777")), /file "a\/b" must be whole/],
    [tampered(124, text("zzzzzzzzzzz")), /a number is wrong/],
    [one().subarray(0, 700), /must be whole/],
    [one().map((byte, at) => at === 3 ? byte ^ 1 : byte), /a checksum is wrong/],
    [new Uint8Array(1_024), /there is none/],
    [new TextEncoder().encode("-----BEGIN CERTIFICATE-----"), /there is none/],
  ];
  for (const [archive, message] of rows) {
    assert.throws(
      () => unpackTar(archive),
      (thrown: Error) => thrown instanceof OutsideDataError && message.test(thrown.message),
      String(message),
    );
  }
});

Deno.test("packTar() refuses a name that the header cannot hold", () => {
  assert.throws(() => one({ name: "x".repeat(101) }), RangeError);
});
