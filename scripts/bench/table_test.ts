import { strict as assert } from "node:assert";
import { figure, median, tableText } from "./table.ts";

Deno.test("figure() rounds to three digits and sets thousands apart", () => {
  assert.deepEqual([12_345, 0.01234, 99.96, 7, NaN, undefined].map(figure), ["12,300", "0.01", "100", "7", "–", "–"]);
});

Deno.test("median() takes the middle value, of an even number the lower one", () => {
  assert.deepEqual([median([3, 1, 2]), median([4, 1, 3, 2])], [2, 2]);
});

Deno.test("tableText() compares rates and costs so that more is better", () => {
  const rows = [
    { what: "live", unit: "1/s", hearth: 200, python: 50, compared: "rate", aim: "15 ×" },
    { what: "written", unit: "B", hearth: 10, python: 40, compared: "cost" },
    { what: "p99", unit: "ms", hearth: 5, python: undefined },
  ] as const;
  const [, , live, written, p99] = tableText(rows).split("\n");
  assert.deepEqual([live, written, p99], [
    "| live | 1/s | 200 | 50 | 4 × | 15 × |",
    "| written | B | 10 | 40 | 4 × |  |",
    "| p99 | ms | 5 | – |  |  |",
  ]);
});
