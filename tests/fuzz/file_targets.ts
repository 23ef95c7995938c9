/** Targets of what people and files say: layouts, settings, command lines, event files, archives, run files. */
import { strict as assert } from "node:assert";
import { unixAddress } from "../../drivers/linux/notify_socket.ts";
import { parseDevRunFile } from "../../src/cli/dev_run_file.ts";
import { layoutLines } from "../../src/cli/layout_show.ts";
import { parseDuration } from "../../src/cli/parse_duration.ts";
import { parseCommandLine } from "../../src/cli/run_options.ts";
import { OutsideDataError } from "../../src/core/errors.ts";
import { packTar, unpackTar } from "../../src/keys/tar_archive.ts";
import { layoutBuses, loadLayout } from "../../src/layout/mod.ts";
import { scadaFacts } from "../../src/scada/mod.ts";
import {
  effectiveLines,
  ltnFields,
  ltnSettings,
  parseDotenv,
  scadaFields,
  scadaSettings,
  xdgFolders,
} from "../../src/settings/mod.ts";
import { dotenvRest } from "../../src/settings/parse_dotenv.ts";
import { readReferenceEvent, referenceId } from "../../src/store/reference_event.ts";
import type { FuzzSeeds } from "./fuzz_seeds.ts";
import { bytesOf, type FuzzTarget, textOf } from "./fuzz_target.ts";
import { makeSeed, type Sample } from "./mutate.ts";

/** Runs a reader that refuses by throwing; only the errors for foreign data may come. */
function refusing(read: () => void, ...errors: readonly (new (...args: never[]) => Error)[]): string {
  try {
    read();
    return "taken";
  } catch (thrown) {
    if (!errors.some((error) => thrown instanceof error)) throw thrown;
    return "refused";
  }
}

function runLayout(sample: Sample): string {
  const text = textOf(sample);
  const loaded = loadLayout(text, "layout.json");
  if (loaded.kind === "layout") {
    layoutBuses(text, "layout.json");
    const facts = refusing(() => void scadaFacts(JSON.parse(text)), OutsideDataError);
    assert.ok(layoutLines(loaded.layout).length > 0);
    return facts === "taken" ? "taken" : "refused: no facts for the scada";
  }
  assert.ok(loaded.problems.some(({ severity }) => severity === "error"), "refused without an error");
  for (const problem of loaded.problems) {
    assert.ok(problem.line >= 1 && problem.column >= 1, `"${problem.wanted}" has no place`);
  }
  return "refused";
}

const XDG = xdgFolders({ HOME: "/home/pi" });

function runSettings(sample: Sample): string {
  const dotenvText = textOf(sample);
  const lines = parseDotenv(dotenvText);
  const last = dotenvText.split("\n").length;
  for (const { line } of lines) assert.ok(line >= 1 && line <= last, `line ${line} of ${last}`);
  assert.ok(dotenvRest(dotenvText).every((line) => line >= 1 && line <= last));
  const input = { env: {}, dotenvText, xdg: XDG, cwd: "/home/pi" };
  const outcomes = [scadaSettings(input), ltnSettings(input)].map((load) => {
    assert.equal(effectiveLines(load.effective).length, load.effective.length);
    if (load.kind === "problems") assert.ok(load.problems.every(({ message }) => message !== ""));
    return load.kind === "settings" ? "taken" : "refused";
  });
  return outcomes.join(", ");
}

/** Arguments are split at line breaks, so that one text is one command line. */
function runCommandLine(sample: Sample): string {
  const line = parseCommandLine(textOf(sample).split("\n"));
  if (line.kind === "command") return `taken: ${line.call.name}`;
  if (line.kind === "help") return "help";
  assert.ok(line.exit > 0 && line.exit < 256, `exit code ${line.exit}`);
  assert.ok(line.text !== "", "refused without a word");
  return "refused";
}

function runDuration(sample: Sample): string {
  return refusing(() => {
    const ms = parseDuration(textOf(sample));
    assert.ok(Number.isSafeInteger(ms) && ms >= 1, `${ms} ms`);
  }, RangeError);
}

function runNotify(sample: Sample): string {
  const address = unixAddress(textOf(sample));
  if (address === undefined) return "refused";
  // struct sockaddr_un: two bytes of family, at most 108 of path. Source: unix(7).
  assert.ok(address.length > 3 && address.length <= 110, `${address.length} bytes`);
  assert.equal(new DataView(address.buffer).getUint16(0, true), 1);
  return "taken";
}

const EVENT_NAME = "2026-11-21T09:24:21.489084+00:00.uid[97eba574-bd20-45b5-bf82-9ba2f492d8f6].json";

function runEventFile(sample: Sample): string {
  const read = readReferenceEvent(EVENT_NAME, bytesOf(sample));
  if (read.kind === "event") assert.ok(read.class !== "");
  return read.kind === "event" ? "taken" : `refused: ${read.why.replace(/:.*/s, "")}`;
}

function runEventName(sample: Sample): string {
  const name = textOf(sample);
  const text = JSON.stringify({ TypeName: "report.event", MessageId: referenceId(name) });
  const read = readReferenceEvent(name, new TextEncoder().encode(text));
  return read.kind === "event" ? "taken" : "refused";
}

function runArchive(sample: Sample): string {
  return refusing(() => {
    for (const { name, mode } of unpackTar(bytesOf(sample))) {
      assert.ok(!name.startsWith("/") && !name.split("/").includes(".."), `a file leads out of the archive: ${name}`);
      assert.ok(mode >= 0 && mode <= 0o777);
    }
  }, OutsideDataError);
}

function envText(prefix: string, fields: Readonly<Record<string, unknown>>): string {
  const lines = Object.keys(fields).map((tail, index) => {
    const value = ["1", "true", '"a b"', "'x'", "/etc/x.pem", "localhost", "America/New_York", "info"][index % 8];
    return `${index % 5 === 0 ? "export " : ""}${prefix}${tail}=${value}${index % 7 === 0 ? " # why" : ""}`;
  });
  return `# settings\n\n${lines.join("\n")}\n`;
}

function textSeeds(texts: readonly string[]) {
  return texts.map((text) => makeSeed(text, false));
}

const COMMAND_LINES = [
  "run\n--env-file\n.env\n--layout\nhouse.json\n--exit-after\n20s\n--json\n--dry-run",
  "ltn\n--exit-after=5m",
  "dev\n--speed\n300\n--data\nfolder\n--json",
  "check\n--app\nltn",
  "guard\n--once",
  "admin\nrelay\nrelay3\nopen\n--for\n60s\n--scada\nhw1.isone.scada",
  "admin\nrelay\n--release",
  "layout\nshow\n--layout\nx.json",
  "events\nls\n--limit\n50\n--store\nx.sqlite",
  "events\nimport\nfolder\n--json",
  "key\nadd\nscada\n--ca-dir\nca\n--dns\nhouse.local\n--ip\n127.0.0.1",
  "ca\ncreate\n--force",
  "--help",
  "--version",
];

/** The targets of files and of the command line. */
export function fileTargets({ layouts, payloads }: FuzzSeeds): readonly FuzzTarget[] {
  const event = JSON.stringify({ ...JSON.parse(payloads[0]!), MessageId: "97eba574-bd20-45b5-bf82-9ba2f492d8f6" });
  const content = new TextEncoder().encode("-----BEGIN CERTIFICATE-----");
  const archive = packTar([{ name: "a/ca.pem", mode: 0o644, content }, { name: "key.pem", mode: 0o600, content }], 0);
  const settings = [envText("SCADA_", scadaFields()), envText("LTN_", ltnFields()), "", "A=1\nB='x\ny'\n"];
  const runFile = JSON.stringify({ host: "127.0.0.1", port: 1883, layout: "/x.json", scada: "hw1.scada", speed: 120 });
  return [
    { name: "layout", weight: 0.8, seeds: layouts.map((text) => makeSeed(text, true)), run: runLayout },
    { name: "settings", weight: 1.5, seeds: textSeeds(settings), run: runSettings },
    { name: "command line", weight: 0.7, seeds: textSeeds(COMMAND_LINES), run: runCommandLine },
    { name: "duration", weight: 1, seeds: textSeeds(["20s", "1.5m", "250ms", "2h"]), run: runDuration },
    {
      name: "notify address",
      weight: 2,
      seeds: textSeeds(["/run/systemd/notify", "@hearth", `/${"x".repeat(106)}`]),
      run: runNotify,
    },
    { name: "event file", weight: 3, seeds: [makeSeed(event, true)], run: runEventFile },
    { name: "event file name", weight: 1, seeds: textSeeds([EVENT_NAME]), run: runEventName },
    { name: "archive", weight: 2, seeds: [makeSeed(archive, false)], run: runArchive },
    {
      name: "run file",
      weight: 2,
      seeds: [makeSeed(runFile, true)],
      run: (sample) => refusing(() => void parseDevRunFile(textOf(sample), "dev.json"), OutsideDataError),
    },
  ];
}
