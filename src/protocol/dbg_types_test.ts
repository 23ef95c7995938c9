import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { decodeEnvelope } from "./envelope.ts";
import { fillEvent, proactorDbgEvent } from "./events.ts";
import { DEFAULT_REGISTRY } from "./registry.ts";
import { ProactorDbg, type ProactorDbgEvent } from "./types/dbg_types.ts";

const DATA = Deno.env.get("HEARTH_REFERENCE_DATA");
const WHY = DATA === undefined ? " (skipped: HEARTH_REFERENCE_DATA is not set)" : "";
const TypeName = "gridworks.proactor.dbg";

/** Payloads of one type that the reference sent, in order. */
function captured(type: string): { readonly payload: unknown; readonly text: string }[] {
  const lines = readFileSync(`${DATA}/proactor-wire-capture.jsonl`, "utf8").trim().split("\n");
  return lines.flatMap((line) => {
    const { topic = "", payload } = JSON.parse(line) as { readonly topic?: string; readonly payload: string };
    if (!topic.endsWith(`/${type.replaceAll(".", "-")}`)) return [];
    const decoded = decodeEnvelope(new TextEncoder().encode(payload), DEFAULT_REGISTRY);
    assert(decoded.kind === "message", `${topic}: ${decoded.kind}`);
    return [{ payload: decoded.message.payload, text: decoded.payloadText }];
  });
}

Deno.test({
  name: `proactorDbgEvent() answers each command of the wire as the reference did, key by key${WHY}`,
  ignore: DATA === undefined,
  fn() {
    const asked = captured(TypeName).map(({ payload }) => payload as ProactorDbg);
    const answered = captured("gridworks.event.proactor.dbg");
    assert.equal(asked.length, 3);
    assert.equal(answered.length, asked.length);
    for (const [index, command] of asked.entries()) {
      const { payload, text } = answered[index]!;
      const { MessageId, TimeCreatedMs, Src } = payload as ProactorDbgEvent;
      const count = [0, 0, 1][index]!;
      const event = fillEvent(proactorDbgEvent({ command, count }), {
        messageId: MessageId,
        timeCreatedMs: TimeCreatedMs!,
        src: Src,
      });
      assert.equal(JSON.stringify(event), text);
    }
  },
});

Deno.test("ProactorDbg leaves all levels when it has none, and takes the defaults of those it leaves out", () => {
  assert.deepEqual(ProactorDbg.parse({ TypeName }), {
    Levels: { message_summary: -1, lifecycle: -1, comm_event: -1, io_loop: 20 },
    Command: null,
    TypeName,
  });
  const { Levels } = ProactorDbg.parse({ TypeName, Levels: { comm_event: -1 } });
  assert.deepEqual(Levels, { message_summary: 30, lifecycle: 20, comm_event: -1, io_loop: 20 });
});

Deno.test("ProactorDbg takes levels by name in any case, and reads an unknown command as none", () => {
  const Levels = { message_summary: "Debug", lifecycle: "WARNING", comm_event: "critical", io_loop: "notset" };
  const parsed = ProactorDbg.parse({ TypeName, Levels, Command: "reboot" });
  assert.deepEqual(parsed.Levels, { message_summary: 10, lifecycle: 30, comm_event: 50, io_loop: 0 });
  assert.equal(parsed.Command, null);
  assert.equal(ProactorDbg.safeParse({ TypeName, Levels: { lifecycle: "loud" } }).success, false);
  assert.equal(ProactorDbg.safeParse({ TypeName, Levels: { lifecycle: 10.5 } }).success, false);
});

Deno.test("proactorDbgEvent() tells by bits what was done", () => {
  const command = ProactorDbg.parse({ TypeName });
  const shows = ProactorDbg.parse({ TypeName, Command: "show_subscriptions" });
  const paths = [[command, 0], [command, 3], [shows, 0], [shows, 2]] as const;
  assert.deepEqual(
    paths.map(([asked, count]) => proactorDbgEvent({ command: asked, count })["Path"]),
    ["0x00000004", "0x00000005", "0x00000002", "0x00000003"],
  );
});
