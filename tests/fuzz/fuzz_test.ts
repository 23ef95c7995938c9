import { strict as assert } from "node:assert";
import { allTargets } from "./all_targets.ts";
import { makeDice } from "./dice.ts";
import { figureLines, heapBytes, heapGrowth, heapPerInput, heapRatio } from "./figures.ts";
import { readSeeds } from "./fuzz_seeds.ts";
import { bytesOf, type FuzzTarget, textOf, valueOf } from "./fuzz_target.ts";
import { treeOf, treeText } from "./json_tree.ts";
import { makeSeed, mutated, type Sample } from "./mutate.ts";
import { reduced } from "./reduce.ts";
import { FuzzFailure, type FuzzResult, runFuzz } from "./run_fuzz.ts";

const INPUTS = Number(Deno.env.get("HEARTH_FUZZ_INPUTS") ?? 100_000);
const SEED = Number(Deno.env.get("HEARTH_FUZZ_SEED") ?? 20_251_121);
/** Bytes of heap that an input may leave behind; caches of the runtime still grow in a short run. */
const HEAP_BYTES_PER_INPUT_MAX = 200;
/** The heap of the last quarter over that of the second one. */
const HEAP_RATIO_MAX = 1.2;

/** Outcomes without which a target has not been tested: what is taken, and what is refused. */
const SEEN: Readonly<Record<string, readonly string[]>> = {
  "envelope": ["taken", "refused: type not known"],
  "payload": ["taken", "refused: does not fit"],
  "raw json": ["taken", "refused: no JSON"],
  "stored row": ["taken", "refused: its text must be JSON"],
  "layout": ["taken", "refused"],
  "settings": ["taken, taken", "refused, taken", "taken, refused"],
  "bus server": ["taken", "refused"],
  "agent, from its LTN": [
    "undecodable",
    "unknown_type",
    "unexpected",
    "log_command",
    "ack",
    "ack of a row",
    "ping",
    "question: send.snap",
  ],
  "agent, from its admin": ["undecodable", "command: admin.dispatch, switched", "command: admin.release.control"],
  "LTN": ["log command", "undecodable", "unknown type", "event", "event again", "ack", "ping", "message"],
  "agent, any topic": ["foreign", "question: send.snap"],
};

function assertSeen({ targets }: FuzzResult): void {
  for (const { name, inputs, outcomes } of targets) {
    assert.ok(inputs > 0, `${name} was given nothing`);
    for (const outcome of SEEN[name] ?? []) {
      assert.ok((outcomes.get(outcome) ?? 0) > 0, `${name} never saw "${outcome}"`);
    }
  }
}

Deno.test("every decoder and the running agent take or refuse any input as documented, in flat memory", () => {
  const targets = allTargets(readSeeds(Deno.env.get("HEARTH_REFERENCE_DATA")));
  const result = runFuzz(targets, { inputs: INPUTS, seed: SEED, nowMs: () => performance.now(), heapBytes });
  assert.ok(result.inputs >= INPUTS);
  if (INPUTS >= 50_000) assertSeen(result);
  const isFlat = (heapRatio(result.heap) ?? 1) <= HEAP_RATIO_MAX &&
    (heapPerInput(result.heap) ?? 0) <= HEAP_BYTES_PER_INPUT_MAX;
  assert.ok(isFlat, `${heapGrowth(result.heap)}\n${figureLines(result).join("\n")}`);
});

function target(run: (sample: Sample) => string): FuzzTarget {
  return { name: "planted", weight: 1, seeds: [makeSeed('{"a":[1,2,{"b":"text"}],"c":true}', true)], run };
}

/** Runs it between others, as the planted target of a whole run is. */
function failureOf(planted: FuzzTarget): FuzzFailure {
  const others = ["first", "second"].map((name) => ({ ...target(() => "taken"), name }));
  try {
    runFuzz([...others, planted], { inputs: 15_000, seed: 3, nowMs: () => 0, heapBytes: () => undefined });
  } catch (thrown) {
    if (thrown instanceof FuzzFailure) return thrown;
    throw thrown;
  }
  assert.fail("the planted bug was not found");
}

Deno.test("runFuzz() finds a planted bug, and prints its smallest input and how to replay it", () => {
  const planted = target((sample) => {
    if (textOf(sample).includes("__proto__")) throw new TypeError("a planted bug");
    return "taken";
  });
  const { message } = failureOf(planted);
  assert.match(message, /^planted fails: a planted bug\nsmallest input: "__proto__"\nreplay: /);
  const [, from] = /--seed 3 --only "planted" --from (\d+)/.exec(message) ?? [];
  if (from === undefined) return assert.match(message, /fast-check seed/);
  const again = { inputs: 1, seed: 3, from: Number(from), nowMs: () => 0, heapBytes: () => undefined };
  assert.throws(() => runFuzz([planted], again), FuzzFailure);
});

Deno.test("runFuzz() finds a wrong type, a twin key, nesting beyond the bound, and bytes that are no text", () => {
  const bugs: readonly ((sample: Sample) => boolean)[] = [
    (sample) => (valueOf(sample) as { c?: unknown } | undefined)?.c === null,
    (sample) => /"c":.*"c":/.test(textOf(sample)),
    (sample) => textOf(sample).includes("[".repeat(190)),
    (sample) => textOf(sample).includes("\ufffd"),
    (sample) => sample.length > 1_000_000,
  ];
  for (const bug of bugs.slice(0, 2)) {
    failureOf(target((sample) => {
      assert.ok(!bug(sample));
      return "taken";
    }));
  }
  // The rare ones are drawn, in as many inputs as it takes.
  const seeds = [makeSeed('{"a":[1,2,{"b":"text"}],"c":true}', true)];
  const left = new Set(bugs);
  for (let number = 0; left.size > 0 && number < 200_000; number++) {
    const sample = mutated(seeds, makeDice(1, number));
    for (const bug of left) if (bug(sample)) left.delete(bug);
  }
  assert.equal(left.size, 0, [...left].join("\n"));
});

Deno.test("mutated() makes the same input of the same seed and number", () => {
  const seeds = [makeSeed('{"a":1}', true), makeSeed("text", false)];
  for (let number = 0; number < 500; number++) {
    const [first, second] = [mutated(seeds, makeDice(9, number)), mutated(seeds, makeDice(9, number))];
    assert.deepEqual(bytesOf(first), bytesOf(second));
  }
});

Deno.test("treeText() writes back what treeOf() has read", () => {
  const value = { a: [1, "x\n", null, { "__proto__x": true }], b: {}, c: [] };
  assert.deepEqual(JSON.parse(treeText(treeOf(value))), value);
});

Deno.test("reduced() leaves what is needed to fail", () => {
  assert.equal(reduced("aaaXbbbbYcc", (smaller) => /X.*Y/s.test(textOf(smaller))), "XY");
  assert.deepEqual(reduced(Uint8Array.of(1, 2, 3, 4), (smaller) => bytesOf(smaller).includes(3)), Uint8Array.of(3));
});
