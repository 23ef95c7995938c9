import { strict as assert } from "node:assert";
import type { LinksContext } from "./port.ts";
import { linkProblems } from "./problems.ts";

function told(refusal: string, doubt?: string): readonly string[] {
  const said: string[] = [];
  const ctx = {
    nowMs: 0,
    log: ({ fields }: { readonly fields: { readonly reason?: string } }) =>
      void (fields.reason && said.push(fields.reason)),
    record: ({ Details }: { readonly Details?: string }) => void (Details && said.push(Details)),
    ...(doubt === undefined ? {} : { clockDoubt: () => doubt }),
  } as unknown as LinksContext;
  linkProblems().connectFailed("cloud", { refusal, reason: "not valid yet" }, ctx);
  return said;
}

Deno.test("linkProblems() adds what is wrong with the clock to a refusal of TLS, in the log and in the event", () => {
  const doubted = "not valid yet; the wall clock is not right";
  assert.deepEqual(told("tls", "the wall clock is not right"), [doubted, doubted]);
});

Deno.test("linkProblems() adds nothing to other refusals, nor when the clock is not suspected", () => {
  assert.deepEqual(told("tls", ""), ["not valid yet", "not valid yet"]);
  assert.deepEqual(told("tls"), ["not valid yet", "not valid yet"]);
  assert.deepEqual(told("credentials", "the wall clock is not right"), ["not valid yet", "not valid yet"]);
});
