import { strict as assert } from "node:assert";
import { ageMarks } from "./age_marks.ts";

const AGE_MS = 6_400;

Deno.test("ageMarks() tells what is too old by running time, at most one part of the age late", () => {
  let now = 1_000_000;
  const marks = ageMarks({ ageMsMax: AGE_MS, nowMs: () => now });
  for (let seq = 1; seq <= 200; seq++) {
    marks.note(seq);
    const aged = marks.agedSeq();
    // Event `seq` came 100 ms after the one before; 64 of them fit the age.
    assert.ok(aged <= Math.max(0, seq - 64) && aged >= Math.max(0, seq - 66), `${aged} at ${seq}`);
    now += 100;
  }
});

Deno.test("ageMarks() goes on in the next life from what was kept, and the time in between does not count", () => {
  let now = 50;
  const first = ageMarks({ ageMsMax: AGE_MS, nowMs: () => now });
  first.note(7);
  now += AGE_MS - 100;
  const kept = first.note(9);
  first.saved();
  assert.equal(first.note(9), undefined, "nothing has changed since");
  now = 999_999_999;
  const second = ageMarks({ ageMsMax: AGE_MS, nowMs: () => now, kept });
  assert.equal(second.agedSeq(), 0);
  now += 100;
  assert.equal(second.agedSeq(), 7);
  now += AGE_MS;
  assert.equal(second.agedSeq(), 9);
});

Deno.test("ageMarks() makes nothing old when what was kept cannot be read, or the clock goes back", () => {
  let now = 1_000_000;
  for (const kept of ["", "{", '{"runMs":"x"}', "null"]) {
    assert.equal(ageMarks({ ageMsMax: AGE_MS, nowMs: () => now, kept }).agedSeq(), 0);
  }
  const marks = ageMarks({ ageMsMax: AGE_MS, nowMs: () => now });
  marks.note(3);
  now = 0;
  assert.equal(marks.agedSeq(), 0);
});
