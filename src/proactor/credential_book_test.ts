import { strict as assert } from "node:assert";
import { CREDENTIAL_CERTIFICATES_MAX, credentialBook } from "./credential_book.ts";

const DATES = { item: "cert", subject: "CN=x", notBeforeMs: 1, notAfterMs: 2 } as const;

Deno.test("credentialBook() remembers what each connection uses, and a refused set changes nothing", () => {
  const book = credentialBook();
  book.told({ verdict: "in_use", connection: "a", certificates: [DATES] });
  book.told({ verdict: "refused", connection: "a", reason: "bad" });
  book.told({ verdict: "in_use", connection: "b", certificates: Array(100).fill(DATES) });
  assert.deepEqual(book.inUse.get("a"), [DATES]);
  assert.equal(book.inUse.get("b")?.length, CREDENTIAL_CERTIFICATES_MAX);
});

Deno.test("credentialBook() gives each reason of a refusal once, until good files were taken", () => {
  const book = credentialBook();
  const refuse = (reason: string, connection = "a") => book.told({ verdict: "refused", connection, reason });
  refuse("bad, and the clock says 2026-01-01T00:00:00Z: set it");
  refuse("bad, and the clock says 2026-01-01T00:00:01Z: set it");
  assert.deepEqual(book.takeRefused().map(({ reason }) => reason), [
    "bad, and the clock says 2026-01-01T00:00:00Z: set it",
  ]);
  assert.deepEqual(book.takeRefused(), []);
  refuse("worse");
  refuse("worse", "b");
  assert.deepEqual(book.takeRefused(), [{ connection: "a", reason: "worse" }, { connection: "b", reason: "worse" }]);
  book.told({ verdict: "in_use", connection: "a", certificates: [] });
  refuse("worse");
  refuse("worse", "b");
  assert.deepEqual(book.takeRefused(), [{ connection: "a", reason: "worse" }]);
});

Deno.test("credentialBook() holds only the newest refusal of a connection while nobody takes them", () => {
  const book = credentialBook();
  for (let n = 0; n < 1_000; n++) book.told({ verdict: "refused", connection: "a", reason: `${n}` });
  assert.deepEqual(book.takeRefused(), [{ connection: "a", reason: "999" }]);
});
