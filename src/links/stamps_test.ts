import { strict as assert } from "node:assert";
import { DEFAULT_REGISTRY, fillEvent, problemEvent } from "../protocol/mod.ts";
import type { EventRow } from "../store/port.ts";
import {
  mapStamps,
  mayHaveStampMark,
  newestUntrustedMs,
  rightStamps,
  type StampMark,
  type WallClocks,
  withStampMark,
} from "./stamps.ts";
import { encodeRow } from "./wire.ts";

const NOW_MS = 1_800_000_000_000;
const UP = {
  name: "up",
  connection: "c",
  role: "upstream",
  peerLongName: "d1.peer",
  peerShortName: "peer",
  ownShortName: "own",
} as const;

/** What is known: this clock is right by this offset; others never were. */
function clocks(mark: StampMark, right?: readonly [string, number]): WallClocks {
  return { mark: () => mark, offsetMs: (clock) => clock === right?.[0] ? right[1] : undefined };
}

function eventRow(timeCreatedMs: number, known: WallClocks): EventRow {
  const draft = problemEvent({ problemType: "warning", summary: "x" });
  const filled = fillEvent(draft, { messageId: "m1", timeCreatedMs, src: "d1.own" });
  const bytes = new TextEncoder().encode(JSON.stringify(withStampMark(filled, known)));
  return { seq: 7, lane: 2, class: draft.TypeName, messageId: "m1", bytes };
}

function sent(row: EventRow, known: WallClocks) {
  const from = {
    ownLongName: "d1.own",
    wallMs: NOW_MS,
    clocks: known,
    registry: DEFAULT_REGISTRY,
    withSeq: false,
    isRefused: false,
  };
  const { bytes, isGuess, corrupt } = encodeRow(row, UP, from);
  return { payload: JSON.parse(new TextDecoder().decode(bytes)).Payload, isGuess, corrupt };
}

Deno.test("mapStamps() changes the fields that are stamps, and no others", () => {
  const payload = {
    TimeCreatedMs: 1,
    Report: { SlotStartUnixS: 2, SlotDurationS: 300, Rows: [{ ScadaReadTimeUnixMsList: [3, 4], ValueList: [5] }] },
    Text: "TimeCreatedMs",
    UnixMs: null,
  };
  assert.deepEqual(mapStamps(payload, (ms) => ms + 1_500), {
    TimeCreatedMs: 1_501,
    Report: {
      SlotStartUnixS: 3,
      SlotDurationS: 300,
      Rows: [{ ScadaReadTimeUnixMsList: [1_503, 1_504], ValueList: [5] }],
    },
    Text: "TimeCreatedMs",
    UnixMs: null,
  });
});

Deno.test("newestUntrustedMs() finds the newest stamp before 2020", () => {
  assert.equal(newestUntrustedMs({ TimeCreatedMs: NOW_MS, A: { UnixMsList: [5, 9, 7] } }), 9);
  assert.equal(newestUntrustedMs({ TimeCreatedMs: NOW_MS, A: [1, 2], B: "x" }), undefined);
});

Deno.test("rightStamps() shifts a report's slot that begins at 0, and leaves another 0 alone", () => {
  const known = clocks({ clock: "c", offsetMs: 0 }, ["c", NOW_MS]);
  const payload = { TimeCreatedMs: 300_000, SlotStartUnixS: 0, LastSeenUnixMs: 0 };
  const { payload: right } = rightStamps(payload, { clock: "c", offsetMs: 0 }, { wallMs: NOW_MS, clocks: known });
  assert.deepEqual(right, { TimeCreatedMs: NOW_MS + 300_000, SlotStartUnixS: NOW_MS / 1_000, LastSeenUnixMs: 0 });
});

Deno.test("newestUntrustedMs() takes 0 for no time at all", () => {
  assert.equal(newestUntrustedMs({ UntilUnixMs: 0 }), undefined);
});

Deno.test("rightStamps() moves untrusted stamps by what the clock was wrong, and leaves the others", () => {
  const known = clocks({ clock: "", offsetMs: 0 }, ["b/1", NOW_MS - 10_000]);
  const payload = { TimeCreatedMs: 4_000, SlotStartUnixS: 3, SendTimeUnixMs: NOW_MS };
  assert.deepEqual(rightStamps(payload, { clock: "b/1", offsetMs: 1_000 }, { wallMs: NOW_MS, clocks: known }), {
    payload: { TimeCreatedMs: NOW_MS - 7_000, SlotStartUnixS: (NOW_MS - 8_000) / 1_000, SendTimeUnixMs: NOW_MS },
    isGuess: false,
  });
});

Deno.test("rightStamps() puts the newest stamp at the moment of sending when the clock was never right", () => {
  const now = { wallMs: NOW_MS, clocks: clocks({ clock: "", offsetMs: 0 }) };
  assert.deepEqual(rightStamps({ TimeCreatedMs: 4_000, UnixMs: 1_000 }, { clock: "b/1", offsetMs: 0 }, now), {
    payload: { TimeCreatedMs: NOW_MS, UnixMs: NOW_MS - 3_000 },
    isGuess: true,
  });
});

Deno.test("encodeRow() sends a marked row with right stamps and without its mark", () => {
  const known = clocks({ clock: "b/1", offsetMs: 1_000 }, ["b/1", NOW_MS - 10_000]);
  const row = eventRow(4_000, known);
  assert.equal(mayHaveStampMark(row.bytes), true);
  const { payload, isGuess, corrupt } = sent(row, known);
  assert.deepEqual([isGuess, corrupt], [false, undefined]);
  assert.deepEqual(Object.keys(payload).slice(0, 4), ["MessageId", "TimeCreatedMs", "Src", "TypeName"]);
  assert.deepEqual([payload.MessageId, payload.TimeCreatedMs, "HearthStamp" in payload], [
    "m1",
    NOW_MS - 7_000,
    false,
  ]);
});

Deno.test("encodeRow() says that a stamp is a guess when the clock of the row was never right", () => {
  const row = eventRow(4_000, clocks({ clock: "old/1", offsetMs: 0 }));
  const { payload, isGuess } = sent(row, clocks({ clock: "", offsetMs: 0 }));
  assert.deepEqual([payload.TimeCreatedMs, isGuess], [NOW_MS, true]);
});

Deno.test("encodeRow() sends a problem in the place of a marked row that no peer could take", () => {
  const known = clocks({ clock: "b/1", offsetMs: 0 }, ["b/1", NOW_MS]);
  const good = eventRow(4_000, known);
  const text = new TextDecoder().decode(good.bytes).replace('"Summary":"x"', '"Summary":17');
  const { payload, corrupt } = sent({ ...good, bytes: new TextEncoder().encode(text) }, known);
  assert.deepEqual([corrupt, payload.MessageId, payload.TimeCreatedMs], [
    "its stamps must fit its type",
    "m1",
    NOW_MS,
  ]);
});

Deno.test("withStampMark() leaves a row of a trusted clock as it is", () => {
  const row = eventRow(NOW_MS, clocks({ clock: "b/1", offsetMs: 0 }));
  assert.equal(mayHaveStampMark(row.bytes), false);
});
