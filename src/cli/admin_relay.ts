import * as z from "zod";
import { OutsideDataError } from "../core/errors.ts";
import { nearestName } from "../core/nearest_name.ts";
import type { Layout } from "../layout/mod.ts";
import { joinPath, type MqttLinkSettings, xdgFolders } from "../settings/mod.ts";
import { adminSession, type AdminSessionConfig, type AdminSessionContext } from "./admin_session.ts";
import type { CliHost } from "./cli_host.ts";
import { devRunFilePath, parseDevRunFile } from "./dev_run_file.ts";
import { readLayout, readScadaSettings } from "./read_settings.ts";
import type { AdminRelayOptions } from "./run_options.ts";

/** Event type of the relays that open and close; the others change over. */
const OPEN_CLOSE = "change.relay.state";

interface Target {
  readonly link: MqttLinkSettings;
  readonly name: string;
  readonly scada: string;
  readonly houseSpeed: number;
  /** Of the layout, when there is one. */
  readonly relays: readonly Relay[];
}

/** The running demo, if there is one and nothing on the command line says that another house is meant. */
function demoTarget(host: CliHost, options: AdminRelayOptions): Target | undefined {
  if (options.envFile !== undefined || options.layout !== undefined || options.scada !== undefined) return undefined;
  const path = devRunFilePath(xdgFolders(host.init.env));
  const text = host.readText(path);
  if (text === undefined) return undefined;
  const run = parseDevRunFile(text, path);
  const link: MqttLinkSettings = { link: "admin", host: run.host, port: run.port, keepaliveS: 60, peer: "hearth" };
  const relays = run.layout === "" ? [] : layoutRelays(readLayout(host, run.layout));
  return { link, name: "admin", scada: run.scada, houseSpeed: run.speed, relays };
}

interface Relay {
  readonly name: string;
  /** Event that switches it, for example "change.relay.state". */
  readonly eventType: string | undefined;
}

const Config = z.object({ ActorName: z.string(), EventType: z.string() });

function layoutRelays(layout: Layout): readonly Relay[] {
  const configs = layout.components.flatMap(({ raw }) => Array.isArray(raw["ConfigList"]) ? raw["ConfigList"] : [])
    .flatMap((config) => Config.safeParse(config).data ?? []);
  return layout.nodes.filter((node) => node.actorClass === "Relay").map(({ name }) => ({
    name,
    eventType: configs.find((config) => config.ActorName === name)?.EventType,
  }));
}

function houseTarget(host: CliHost, options: AdminRelayOptions): Target {
  const settings = readScadaSettings(host, options);
  if (!settings.admin.enabled) {
    throw new OutsideDataError(
      `Cannot take over as SCADA_ADMIN__ENABLED must be true: found "false", and no demo runs`,
    );
  }
  const { admin, paths } = settings;
  const common = { link: admin, name: admin.name, houseSpeed: 1 };
  if (options.scada !== undefined && options.layout === undefined) {
    return { ...common, scada: options.scada, relays: [] };
  }
  const path = options.layout === undefined ? paths.hardwareLayout : joinPath(host.init.cwd, options.layout);
  const layout = readLayout(host, path);
  return { ...common, scada: options.scada ?? layout.aliases.scada, relays: layoutRelays(layout) };
}

function checkRelay(name: string, relays: readonly Relay[]): void {
  if (relays.length === 0) return;
  const names = relays.map((relay) => relay.name);
  const found = relays.find((relay) => relay.name === name);
  if (found === undefined) {
    const near = nearestName(name, names);
    const hint = near === undefined ? `there are ${names.join(", ")}` : `did you mean "${near}"`;
    throw new OutsideDataError(`Cannot find relay "${name}" in the layout: ${hint}`);
  }
  if (found.eventType === undefined || found.eventType === OPEN_CLOSE) return;
  const must = `it must be switched by "${OPEN_CLOSE}"`;
  throw new OutsideDataError(`Cannot open or close relay "${name}" as ${must}: the layout says "${found.eventType}"`);
}

/** `hearth admin relay`: takes a relay over, keeps it until the time is over or the operator stops, gives it back. */
export function adminRelay(host: CliHost, options: AdminRelayOptions): Promise<number> {
  const target = demoTarget(host, options) ?? houseTarget(host, options);
  if (options.command !== undefined) checkRelay(options.command.relay, target.relays);
  const { name, scada, houseSpeed, link } = target;
  const { command, forMs, json } = options;
  return converse(host, { config: { connection: "admin", name, scada, command, forMs, houseSpeed }, link, json });
}

interface Conversation {
  readonly config: AdminSessionConfig;
  readonly link: MqttLinkSettings;
  readonly json: boolean;
}

function converse(host: CliHost, { config, link, json }: Conversation): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  const session = adminSession(config);
  const timers = new Map<string, Disposable>();
  const pipe = host.connect(link, (input) => session.input(input, context()));
  function cancel(name: string): void {
    timers.get(name)?.[Symbol.dispose]();
    timers.delete(name);
  }
  function context(): AdminSessionContext {
    const { nowMs, wallMs, newId } = host.clock();
    return {
      nowMs,
      wallMs,
      newId,
      random: () => 0,
      log: () => {},
      connection: (effect) => pipe.effect(effect),
      timer(name, delayMs) {
        cancel(name);
        timers.set(name, host.after(delayMs, `admin.${name}`, () => session.timer(name, context())));
      },
      cancel,
      say: (step) => host.print("stdout", json ? `${JSON.stringify(step)}\n` : `${step.step}: ${step.text}\n`),
      end: resolve,
    };
  }
  host.onStop(() => session.interrupt(context()));
  session.start(context());
  return promise.finally(() => pipe[Symbol.dispose]());
}
