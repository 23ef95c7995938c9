import { strict as assert } from "node:assert";
import { CREDENTIAL_CERTIFICATES_MAX, credentialBook } from "./credential_book.ts";
import { PROBLEM_REPEAT_MS } from "./problems.ts";

const DATES = { item: "cert", subject: "CN=x", notBeforeMs: 1, notAfterMs: 2 } as const;

Deno.test("credentialBook() remembers what each connection uses, and a refused set changes nothing", () => {
  const book = credentialBook();
  book.told({ verdict: "in_use", connection: "a", certificates: [DATES] });
  book.told({ verdict: "refused", connection: "a", reason: "bad" });
  book.told({ verdict: "in_use", connection: "b", certificates: Array(100).fill(DATES) });
  assert.deepEqual(book.inUse.get("a"), [DATES]);
  assert.equal(book.inUse.get("b")?.length, CREDENTIAL_CERTIFICATES_MAX);
});

Deno.test("credentialBook() gives each reason of a refusal once in a while, until good files were taken", () => {
  const book = credentialBook();
  const taken = (nowMs: number) => book.takeRefused(nowMs).map(({ connection, reason }) => `${connection}: ${reason}`);
  const refuse = (reason: string, connection = "a") => book.told({ verdict: "refused", connection, reason });
  refuse("bad, and the clock says 2026-01-01T00:00:00Z: set it");
  assert.deepEqual(taken(0), ["a: bad, and the clock says 2026-01-01T00:00:00Z: set it"]);
  refuse("bad, and the clock says 2026-01-01T00:00:01Z: set it");
  assert.deepEqual(taken(1), []);
  refuse("worse");
  refuse("worse", "b");
  assert.deepEqual(taken(2), ["a: worse", "b: worse"]);
  assert.deepEqual(taken(3), []);
  refuse("worse");
  assert.deepEqual(taken(PROBLEM_REPEAT_MS + 1), []);
  refuse("worse");
  assert.deepEqual(taken(PROBLEM_REPEAT_MS + 2), ["a: worse"], "who tries again later is told again");
  book.told({ verdict: "in_use", connection: "a", certificates: [] });
  refuse("worse");
  assert.deepEqual(taken(PROBLEM_REPEAT_MS + 3), ["a: worse"]);
});

Deno.test("credentialBook() holds only the newest refusal of a connection while nobody takes them", () => {
  const book = credentialBook();
  for (let n = 0; n < 1_000; n++) book.told({ verdict: "refused", connection: "a", reason: `${n}` });
  assert.deepEqual(book.takeRefused(0), [{ connection: "a", reason: "999" }]);
});
