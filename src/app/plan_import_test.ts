import { strict as assert } from "node:assert";
import type { PlanHost } from "./plan_basis.ts";
import { scadaSettings, xdgFolders } from "../settings/mod.ts";
import { makeImportPlan } from "./make_plan.ts";
import { storeInit } from "./plan_parts.ts";
import type { StoreInit } from "./store_init.ts";

const OPTIONS = { folder: "python/event", app: "run", dryRun: false, json: false } as const;
const STORE = "/home/pi/.local/share/gridworks/scada/event";
const INIT = { command: "events", args: [], env: { HOME: "/home/pi" }, cwd: "/srv", isTerminal: false };

const HOST: PlanHost = {
  readText: () => undefined,
  board: () => ({ arch: "x86_64", libcPath: undefined }),
  freePort: () => assert.fail("no port here"),
  wallMs: () => 0,
};

Deno.test("makeImportPlan() reads the folder, writes the store's, and holds the store for itself alone", () => {
  const outcome = makeImportPlan(OPTIONS, INIT, HOST);
  assert.deepEqual(outcome.kind === "plan" ? outcome.plan : outcome.problems, {
    workers: [{
      name: "import",
      entry: "import",
      grants: { read: ["/srv/python/event", STORE], write: [STORE] },
      supervision: "foreground",
      silentMs: 0,
      init: {
        folder: "/srv/python/event",
        storePath: `${STORE}/scada.sqlite`,
        owner: "scada",
        bytesMax: 524_288_000,
        dryRun: false,
        json: false,
      },
    }],
    ports: [],
    locks: [`${STORE}/scada.lock`],
  });
});

Deno.test("storeInit() bounds the file as the payloads, and ages only when that was asked for", () => {
  function init(env: Record<string, string>): StoreInit {
    const load = scadaSettings({ env, xdg: xdgFolders({ HOME: "/home/pi" }), cwd: "/", dotenvPath: "/.env" });
    if (load.kind === "problems") assert.fail(load.problems.map(({ message }) => message).join("\n"));
    return storeInit("/f", "scada", load.settings.store);
  }
  const { ageMsMax, ...rest } = init({ SCADA_STORE__AGE_DAYS_MAX: "90", SCADA_PERSISTER__MAX_BYTES: "9000000" });
  assert.deepEqual([ageMsMax, rest.bytesMax, rest.fileBytesMax], [7_776_000_000, 9_000_000, 9_000_000]);
  assert.equal("ageMsMax" in init({}), false);
});

Deno.test("makeImportPlan() holds nothing when it only looks, and says what is wrong with the settings", () => {
  const dry = makeImportPlan({ ...OPTIONS, dryRun: true, store: "s/ltn.sqlite", app: "ltn" }, INIT, HOST);
  assert.equal(dry.kind, "plan");
  if (dry.kind === "plan") {
    assert.equal(dry.plan.locks, undefined);
    assert.deepEqual(dry.plan.workers[0]!.grants, { read: ["/srv/python/event", "/srv/s"], write: ["/srv/s"] });
  }
  const wrong = { ...INIT, env: { ...INIT.env, SCADA_TIMEZONE_STR: "Mars/Base" } };
  assert.equal(makeImportPlan(OPTIONS, wrong, HOST).kind, "problems");
});
