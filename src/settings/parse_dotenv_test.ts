import { strict as assert } from "node:assert";
import { parseDotenv } from "./parse_dotenv.ts";

Deno.test("parseDotenv() reads a value in each way it may be written", () => {
  for (
    const [content, text] of [
      ["A=b", "b"],
      ["A = b c # why", "b c"],
      ["export A=b", "b"],
      ["A=", ""],
      ['A="b # c" # why', "b # c"],
      ["A='b\\nc'", "b\\nc"],
      ['A="b\\nc"', "b\nc"],
      ['A=`it\'s "b"`', 'it\'s "b"'],
      ['A="b\nc"', "b\nc"],
      ["A=b=c", "b=c"],
      ['A="b', '"b'],
      ["\uFEFFA=b\r\n", "b"],
    ] as const
  ) assert.deepEqual(parseDotenv(content), [{ name: "A", text, line: 1 }], content);
});

Deno.test("parseDotenv() tells the line of each name, and leaves out what is no assignment", () => {
  const content = '# A=1\n\nB=2\nnot an assignment\nC="3\n4"\n  D=5\n9E=6\nB=7';
  assert.deepEqual(parseDotenv(content), [
    { name: "B", text: "2", line: 3 },
    { name: "C", text: "3\n4", line: 5 },
    { name: "D", text: "5", line: 7 },
    { name: "B", text: "7", line: 9 },
  ]);
});
