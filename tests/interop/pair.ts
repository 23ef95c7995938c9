/** What the interop tests have in common: one Hearth beside one Python peer. */
import { setTimeout as sleep } from "node:timers/promises";
import type { LiveObject } from "../support/hearth_output.ts";
import { type HearthProcess, repositoryPath } from "../support/hearth_process.ts";
import { testWithReal } from "../support/test_with_real.ts";
import { type PythonEnvironment, pythonEnvironment } from "./python_environment.ts";
import type { HouseNames } from "./python_peer.ts";

/** The packages; made before any test is registered, so that a test's name can say why it is skipped. */
const ENVIRONMENT: PythonEnvironment = await pythonEnvironment();

/** Registers a test that needs the Python packages. @param run Gets the path of the interpreter that has them. */
export function interopTest(name: string, run: (python: string) => Promise<void>): void {
  const environment = ENVIRONMENT;
  if (environment.kind === "ready") testWithReal(name, undefined, () => run(environment.python));
  else testWithReal(name, environment.because, () => Promise.resolve());
}

/** The names in the layout that the tests run Hearth with. */
export function houseNames(): HouseNames {
  const layout = JSON.parse(Deno.readTextFileSync(repositoryPath("layouts/simple_house.json")));
  return { scada: layout.MyScadaGNode.Alias, ltn: layout.MyLeafTransactiveNodeGNode.Alias };
}

/** Newest object of a Hearth with `--json`. */
export function last(process: HearthProcess): LiveObject | undefined {
  return process.json<LiveObject>().at(-1);
}

/** State of a link in the newest object. */
export function linkState(process: HearthProcess, link: string): string {
  return last(process)?.links.find(({ name }) => name === link)?.state ?? "";
}

/** States that a link of Hearth went through, from its log, oldest first. */
export function statesOf(process: HearthProcess, link: string): readonly string[] {
  const states: string[] = [];
  for (const line of process.stderr.split("\n").slice(0, -1)) {
    if (!line.startsWith("{")) continue;
    const record = JSON.parse(line) as Readonly<Record<string, unknown>>;
    if (record["event"] === "link.moved" && record["link"] === link) states.push(String(record["to"]));
  }
  return states;
}

/** Puts the second start of a pair off; nothing is waited for by it. @param ms 0 or more. */
export async function startLater(ms: number): Promise<void> {
  await sleep(ms);
}
