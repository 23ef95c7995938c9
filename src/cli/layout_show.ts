import { EXIT } from "../core/exit_codes.ts";
import type { Layout } from "../layout/mod.ts";
import { joinPath } from "../settings/mod.ts";
import type { CliHost } from "./cli_host.ts";
import { readLayout, readScadaSettings } from "./read_settings.ts";
import type { ConfigOptions } from "./run_options.ts";
import { tableLines } from "./table_lines.ts";

/** Plain data about a layout. */
export function layoutSummary(layout: Layout) {
  return {
    aliases: layout.aliases,
    nodes: layout.nodes.map(({ name, actorClass, handle }) => ({ name, actorClass, handle })),
    channels: layout.channels.map(({ name, aboutNodeName, capturedByNodeName, telemetryName }) => ({
      name,
      about: aboutNodeName,
      capturedBy: capturedByNodeName,
      telemetry: telemetryName,
    })),
    components: layout.components.map(({ displayName, typeName, driven }) => ({ displayName, typeName, driven })),
    warnings: layout.warnings.map((warning) => warning.text),
  };
}

/** For people: a table of nodes, channels and components each. */
export function layoutLines(layout: Layout): readonly string[] {
  const { aliases, nodes, channels, components, warnings } = layoutSummary(layout);
  return [
    `scada ${aliases.scada}, ltn ${aliases.ltn}`,
    "",
    ...tableLines(["node", "actor", "handle"], nodes.map((node) => [node.name, node.actorClass, node.handle])),
    "",
    ...tableLines(
      ["channel", "about", "captured by", "telemetry"],
      channels.map((channel) => [channel.name, channel.about, channel.capturedBy, channel.telemetry]),
    ),
    "",
    ...tableLines(
      ["component", "type", "driver"],
      components.map(({ displayName, typeName, driven }) => [displayName, typeName, driven ? "yes" : "none yet"]),
    ),
    ...warnings.map((warning) => `warning: ${warning}`),
  ];
}

/** `hearth layout show`. */
export function layoutShow(host: CliHost, options: ConfigOptions & { readonly json: boolean }): number {
  const path = options.layout === undefined
    ? readScadaSettings(host, options).paths.hardwareLayout
    : joinPath(host.init.cwd, options.layout);
  const layout = readLayout(host, path);
  const text = options.json ? JSON.stringify(layoutSummary(layout)) : layoutLines(layout).join("\n");
  host.print("stdout", `${text}\n`);
  return EXIT.ok;
}
