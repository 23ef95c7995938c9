import * as z from "zod";
import { OutsideDataError } from "../core/errors.ts";
import { EXIT } from "../core/exit_codes.ts";
import { joinPath } from "../settings/mod.ts";
import type { OwnerStat, PendingRow, StoreInspection, TombstoneRow } from "../store/inspect.ts";
import type { CallOf, CliHost } from "./cli_host.ts";
import { readLtnSettings, readScadaSettings } from "./read_settings.ts";
import type { EventsOptions } from "./run_options.ts";
import { tableLines } from "./table_lines.ts";

/** What the plan hands to a store worker, as far as its file's name needs it. */
const StorePlace = z.object({ folder: z.string(), owner: z.string() });

/**
 * The store files: the one that is named, else those of the program's plan, in the folder that is named.
 *
 * @throws {OutsideDataError} When a file and a folder are named, or the demo's plan or the settings have problems.
 */
export async function storePaths(host: CliHost, options: EventsOptions): Promise<readonly string[]> {
  const { store, data } = options;
  if (store !== undefined && data !== undefined) {
    throw new OutsideDataError(`Cannot find stores as either --store or --data must be given: found both`);
  }
  if (store !== undefined) return [joinPath(host.init.cwd, store)];
  // Only the demo is told its stores' folder by --data.
  const { envFile, layout } = options;
  const app = data === undefined ? options.app : "dev";
  const config = { ...(envFile === undefined ? {} : { envFile }), ...(layout === undefined ? {} : { layout }) };
  const outcome = await host.plan({ app, ...config, init: host.init });
  if (outcome.kind === "problems") {
    if (app === "dev") throw new OutsideDataError(outcome.problems.join("\n"));
    return [settledStorePath(host, app, options)];
  }
  return outcome.plan.workers.filter((worker) => worker.entry === "store").map((worker) => {
    const { folder, owner } = StorePlace.parse(worker.init);
    return joinPath(data === undefined ? folder : joinPath(host.init.cwd, data), `${owner}.sqlite`);
  });
}

/** The store can be looked at while layout or certificates are missing: only settings say where it is. */
function settledStorePath(host: CliHost, app: "run" | "ltn", options: EventsOptions): string {
  const { paths } = app === "ltn" ? readLtnSettings(host, options) : readScadaSettings(host, options);
  return joinPath(paths.eventDir, app === "ltn" ? "ltn.sqlite" : "scada.sqlite");
}

/** For people: the pending events, oldest first. */
export function pendingLines(rows: readonly PendingRow[]): readonly string[] {
  return tableLines(
    ["owner", "seq", "lane", "bytes", "message id", "type"],
    rows.map((row) => [row.owner, `${row.seq}`, `${row.lane}`, `${row.bytesLength}`, row.messageId, row.class]),
  );
}

/** For people: the account of each owner, then what was evicted. */
export function statLines(owners: readonly OwnerStat[], tombstones: readonly TombstoneRow[]): readonly string[] {
  const accounts = tableLines(
    ["owner", "generated", "acked", "pending", "tombstoned", "applied", "pending bytes"],
    owners.map(({ owner, counters, pendingBytes }) => [
      owner,
      ...[counters.generated, counters.acked, counters.pending, counters.tombstoned, counters.applied].map(String),
      `${pendingBytes}`,
    ]),
  );
  return [
    ...accounts,
    ...tombstones.map((row) => `evicted ${row.count} ${row.class} of ${row.owner}, seq ${row.fromSeq} to ${row.toSeq}`),
  ];
}

interface Look {
  /** An object or a list for programs. */
  readonly data: object;
  readonly lines: readonly string[];
}

/** One JSON document, or one block of lines, a store file. */
async function look(host: CliHost, options: EventsOptions, show: (store: StoreInspection) => Look): Promise<number> {
  for (const path of await storePaths(host, options)) {
    using store = host.inspect(path);
    const { data, lines } = show(store);
    host.print("stdout", options.json ? `${JSON.stringify(data)}\n` : `${path}\n${lines.join("\n")}\n`);
  }
  return EXIT.ok;
}

/** `hearth events ls`. */
export function eventsLs(host: CliHost, options: CallOf<"events ls">["options"]): Promise<number> {
  return look(host, options, (store) => {
    const data = store.pending(0, options.limit);
    return { data, lines: pendingLines(data) };
  });
}

/** `hearth events stat`. */
export function eventsStat(host: CliHost, options: EventsOptions): Promise<number> {
  return look(host, options, ({ storeId, schema, owners, tombstones }) => {
    const data = { storeId, schema, owners: owners(), tombstones: tombstones() };
    return { data, lines: statLines(data.owners, data.tombstones) };
  });
}
