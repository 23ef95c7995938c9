/** Right inputs that fuzzing starts from: the project's own encoders, and the reference's samples when they are there. */
import {
  ackPayload,
  channelReadings,
  commEvent,
  encodeEnvelope,
  type EventDraft,
  fillEvent,
  pingPayload,
  powerWatts,
  problemEvent,
  reportEvent,
  sendSnap,
  shutdownEvent,
  type SingleMachineState,
  singleReading,
  snapshotSpaceheat,
  startupEvent,
} from "../../src/protocol/mod.ts";

const UUID = "97eba574-bd20-45b5-bf82-9ba2f492d8f6";
const SCADA = "hw1.isone.me.hearth.house0.scada";
const LTN = "hw1.isone.me.hearth.house0";
const TIME_MS = 1_763_683_200_000;

/** All that targets may start from. */
export interface FuzzSeeds {
  /** Envelopes as they are on the wire. */
  readonly envelopes: readonly string[];
  /** Payloads, each with its TypeName. */
  readonly payloads: readonly string[];
  readonly topics: readonly string[];
  readonly layouts: readonly string[];
  /** Whether the reference's samples are among them. */
  readonly hasReference: boolean;
}

function fsmEvent(relay: string, name: string) {
  return {
    FromHandle: "admin",
    ToHandle: `admin.${relay}`,
    EventType: "change.relay.state",
    EventName: name,
    SendTimeUnixMs: TIME_MS,
    TriggerId: UUID,
    TypeName: "fsm.event",
    Version: "000",
  };
}

const CLOSED = "RelayClosed";

function machineState(handle: string, stateEnum: string, state: string): SingleMachineState {
  return {
    MachineHandle: handle,
    StateEnum: stateEnum,
    State: state,
    UnixMs: TIME_MS,
    Cause: "admin.dispatch",
    TypeName: "single.machine.state",
    Version: "000",
  };
}

function ownPayloads(): readonly EventDraft[] {
  const readings = [singleReading("tank1-depth1", 47_000, TIME_MS), singleReading("hp-odu-pwr", 3_100, TIME_MS)];
  const stamp = { messageId: UUID, timeCreatedMs: TIME_MS, src: SCADA };
  const events: readonly EventDraft[] = [
    startupEvent(),
    shutdownEvent("stopped in order"),
    problemEvent({ problemType: "warning", summary: "A summary", details: "Details\nof two lines" }),
    commEvent("connect", "gridworks_mqtt"),
    commEvent("peer_active", "gridworks_mqtt"),
    commEvent("response_timeout", "gridworks_mqtt"),
    { TypeName: "gridworks.event.no.peer.knows", Odd: "\u{1F525}", Count: 1e21 },
    reportEvent({
      fromGNodeAlias: SCADA,
      fromGNodeInstanceId: UUID,
      aboutGNodeAlias: `${LTN}.ta`,
      slotStartUnixS: TIME_MS / 1_000,
      slotDurationS: 300,
      channelReadings: [channelReadings("tank1-depth1", [[TIME_MS, 47_000], [TIME_MS + 1_000, 47_100]])],
      states: [],
      fsmReports: [],
      messageCreatedMs: TIME_MS,
      id: UUID,
    }),
  ];
  return [
    ...events.map((event) => fillEvent(event, stamp)),
    ackPayload(UUID),
    pingPayload(UUID),
    powerWatts(3_100),
    sendSnap(LTN),
    snapshotSpaceheat({
      fromGNodeAlias: SCADA,
      fromGNodeInstanceId: UUID,
      timeMs: TIME_MS,
      readings,
      states: [machineState("s", "top.state", "Admin"), machineState("admin.relay3", "relay.closed.or.open", CLOSED)],
    }),
    { ToGNodeAlias: SCADA, FromGNodeAlias: LTN, TypeName: "send.control.capabilities", Version: "000" },
    { AdminTimeoutSeconds: 30, TypeName: "admin.keep.alive", Version: "000" },
    { TypeName: "admin.release.control", Version: "000" },
    {
      DispatchTrigger: fsmEvent("relay3", "CloseRelay"),
      TimeoutSeconds: 30,
      TypeName: "admin.dispatch",
      Version: "000",
    },
    fsmEvent("relay1", "OpenRelay"),
    {
      Levels: { message_summary: 20, lifecycle: -1, comm_event: 10, io_loop: 20 },
      Command: "show_subscriptions",
      TypeName: "gridworks.proactor.dbg",
    },
    { TypeName: "no.such.type", Any: { thing: [1, 2, 3] } },
  ];
}

function envelope(payload: EventDraft): string {
  const { MessageId, AckRequired } = payload;
  const header = {
    src: LTN,
    dst: "s",
    type: payload.TypeName,
    messageId: typeof MessageId === "string" ? MessageId : UUID,
    ackRequired: AckRequired !== false,
  };
  return new TextDecoder().decode(encodeEnvelope({ ...header, payload }));
}

interface CapturedLine {
  readonly topic: string;
  readonly payload: string;
}

interface InvalidLine {
  readonly payload: EventDraft;
}

function lines<Line>(path: string): readonly Line[] {
  return Deno.readTextFileSync(path).split("\n").filter((line) => line !== "").map((line) => JSON.parse(line) as Line);
}

function isPayload(value: unknown): value is EventDraft {
  return typeof (value as { TypeName?: unknown } | null)?.TypeName === "string";
}

function referencePayloads(folder: string): readonly EventDraft[] {
  const samples = [...Deno.readDirSync(`${folder}/types/samples`)].filter(({ isFile }) => isFile)
    .map(({ name }) => name).sort()
    .map((name): unknown => JSON.parse(Deno.readTextFileSync(`${folder}/types/samples/${name}`)));
  // Many of the wrong ones differ little from a right one: each seventh is enough.
  const invalid = lines<InvalidLine>(`${folder}/types/invalid.jsonl`).filter((_, index) => index % 7 === 0);
  return [...samples, ...invalid.map(({ payload }) => payload)].filter(isPayload);
}

/**
 * Reads all seeds.
 *
 * @param reference Folder of the reference's samples; undefined when there is none.
 */
export function readSeeds(reference: string | undefined): FuzzSeeds {
  const own = ownPayloads();
  const layouts = ["simple_house.json", "gpio_house.json"]
    .map((name) => Deno.readTextFileSync(new URL(`../../layouts/${name}`, import.meta.url)));
  const topics = ["gw/hw1-isone-me-hearth-house0/to/s/gridworks-ping", "gw/a-b/to/s/report-event/more", "gw/x", "a"];
  if (reference === undefined) {
    const payloads = own.map((payload) => JSON.stringify(payload));
    return { envelopes: own.map(envelope), payloads, topics, layouts, hasReference: false };
  }
  const captured = lines<CapturedLine>(`${reference}/proactor-wire-capture.jsonl`);
  const payloads = [...own, ...referencePayloads(reference)];
  return {
    envelopes: [...payloads.map(envelope), ...captured.map(({ payload }) => payload).filter(isJson)],
    payloads: payloads.map((payload) => JSON.stringify(payload)),
    topics: [...topics, ...new Set(captured.map(({ topic }) => topic))],
    layouts: [...layouts, Deno.readTextFileSync(`${reference}/gridworks-scada-layout.json`)],
    hasReference: true,
  };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
