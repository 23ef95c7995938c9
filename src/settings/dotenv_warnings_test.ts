import { strict as assert } from "node:assert";
import { DOTENV_WARNINGS_MAX, dotenvWarnings } from "./dotenv_warnings.ts";

function messages(text: string): readonly string[] {
  return dotenvWarnings({ text, path: "/a.env" }, "SCADA_").map(({ message }) => message);
}

Deno.test("dotenvWarnings() names lines that say nothing, and never their text", () => {
  const text = '\uFEFF# why\r\n\r\nSCADA_A=1\r\nhush hush\r\nSCADA_B="2\n3"\n  =4\n\t# end';
  assert.deepEqual(messages(text), [
    "Cannot use /a.env:4 as a line must be NAME=value, a comment or empty",
    "Cannot use /a.env:7 as a line must be NAME=value, a comment or empty",
  ]);
  assert.deepEqual(messages(""), []);
});

Deno.test("dotenvWarnings() names a setting of ours that stands there twice, in any case of letters", () => {
  assert.deepEqual(messages("SCADA_A=1\nOTHER=1\nOTHER=2\nscada_a=2\n"), [
    "SCADA_A (/a.env:4) takes the place of line 1",
  ]);
});

Deno.test("dotenvWarnings() stays short when the file is garbage", () => {
  assert.equal(messages("\u0000\n".repeat(1_000)).length, DOTENV_WARNINGS_MAX);
});
