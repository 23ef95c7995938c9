import { strict as assert } from "node:assert";
import { SCADA_LINK, UPSTREAM_LINK } from "../../src/app/link_names.ts";
import { ltnEnv, runEnv } from "../support/hearth_house.ts";
import { startHearth, temporaryFolder } from "../support/hearth_process.ts";
import { startMosquitto } from "../support/mosquitto.ts";
import { houseNames, interopTest, last, linkState, startLater, statesOf } from "./pair.ts";
import { startPeer } from "./python_peer.ts";

const STARTS = 20;
/** Pairs that start side by side. */
const PAIRS = 4;
/** Each start of Hearth is this much later after the start of Python than the one before, in ms: both orders are seen. */
const STEP_MS = 60;
/** Of Hearth, in s: a timer of a ping that nobody heard would fire within this time. */
const ACK_TIMEOUT_S = 3;
/** Of Python, in s; shorter, so that its own stale timer fires while Hearth is watched. */
const PYTHON_ACK_TIMEOUT_S = 2;
/** How long a link that became active is watched, in s. */
const WATCHED_S = ACK_TIMEOUT_S + 1;

/** Ways from a start to an active link, without a detour. */
const STRAIGHT_WAYS: readonly string[] = [
  "connecting,awaiting_setup_and_peer,awaiting_peer,active",
  "connecting,awaiting_setup_and_peer,awaiting_setup,active",
];

const ROLES = [
  { program: "run", prefix: "SCADA_", link: UPSTREAM_LINK, setting: "GRIDWORKS_MQTT", env: runEnv, peer: "parent" },
  { program: "ltn", prefix: "LTN_", link: SCADA_LINK, setting: "SCADA_MQTT", env: ltnEnv, peer: "child" },
] as const;

/** One start of both. @returns The states that Hearth's link went through while it was watched. */
async function startBoth(role: typeof ROLES[number], python: string, delayMs: number): Promise<string> {
  await using broker = await startMosquitto();
  using folder = temporaryFolder();
  const place = { port: broker.port };
  const env = {
    ...role.env(place),
    [`${role.prefix}${role.setting}__PEER`]: "python",
    [`${role.prefix}PROACTOR__ACK_TIMEOUT_SECONDS`]: `${ACK_TIMEOUT_S}`,
  };
  await using peer = startPeer(role.peer, {
    python,
    place,
    folder: folder.path,
    names: houseNames(),
    ackTimeoutS: PYTHON_ACK_TIMEOUT_S,
  });
  await startLater(delayMs);
  await using hearth = startHearth([role.program, "--json"], { folder: folder.path, env });
  const activeS = await hearth.until("an active link", () => {
    return linkState(hearth, role.link) === "active" && last(hearth)!.virtualSeconds;
  });
  await peer.until("Python's first activation", () => peer.lines("activated").length > 0);
  await hearth.until("the end of the watch", () => last(hearth)!.virtualSeconds > activeS + WATCHED_S);
  return statesOf(hearth, role.link).join();
}

for (const role of ROLES) {
  const name = `hearth ${role.program} reaches active and stays when it starts beside a Python ${role.peer}`;
  interopTest(`${name}, ${STARTS} times`, async (python) => {
    const delays = Array.from({ length: STARTS }, (_, index) => index * STEP_MS);
    async function lane(): Promise<void> {
      for (let delayMs = delays.shift(); delayMs !== undefined; delayMs = delays.shift()) {
        const states = await startBoth(role, python, delayMs);
        assert.ok(STRAIGHT_WAYS.includes(states), `${delayMs} ms after Python: ${states}`);
      }
    }
    await Promise.all(Array.from({ length: PAIRS }, lane));
  });
}
