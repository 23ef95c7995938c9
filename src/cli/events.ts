import { EXIT } from "../core/exit_codes.ts";
import { joinPath, xdgFolders } from "../settings/mod.ts";
import type { OwnerStat, PendingRow, StoreInspection, TombstoneRow } from "../store/inspect.ts";
import type { CallOf, CliHost } from "./cli_host.ts";
import { readLtnSettings, readScadaSettings } from "./read_settings.ts";
import type { EventsOptions } from "./run_options.ts";
import { tableLines } from "./table_lines.ts";

/** Name of the store's file in the event folder. */
export const STORE_FILE = "hearth.db";

/** The store's file: the one that is named, else that of the program's settings. */
export function storePath(host: CliHost, options: EventsOptions): string {
  if (options.store !== undefined) return joinPath(host.init.cwd, options.store);
  if (options.app === "dev") return joinPath(xdgFolders(host.init.env).stateHome, `hearth/dev/${STORE_FILE}`);
  const settings = options.app === "ltn" ? readLtnSettings(host, options) : readScadaSettings(host, options);
  return joinPath(settings.paths.eventDir, STORE_FILE);
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

function look(
  host: CliHost,
  options: EventsOptions,
  show: (store: StoreInspection) => { readonly data: unknown; readonly lines: readonly string[] },
): number {
  using store = host.inspect(storePath(host, options));
  const { data, lines } = show(store);
  host.print("stdout", options.json ? `${JSON.stringify(data)}\n` : `${lines.join("\n")}\n`);
  return EXIT.ok;
}

/** `hearth events ls`. */
export function eventsLs(host: CliHost, options: CallOf<"events ls">["options"]): number {
  return look(host, options, (store) => {
    const data = store.pending(0, options.limit);
    return { data, lines: pendingLines(data) };
  });
}

/** `hearth events stat`. */
export function eventsStat(host: CliHost, options: EventsOptions): number {
  return look(host, options, (store) => {
    const owners = store.owners();
    const tombstones = store.tombstones();
    return {
      data: { storeId: store.storeId, schema: store.schema, owners, tombstones },
      lines: statLines(owners, tombstones),
    };
  });
}
