import { assertNever, invariant } from "../core/invariant.ts";
import type { Registry } from "../protocol/mod.ts";
import type { ConnectionInput } from "./connection_port.ts";
import { type ConnectionKeeper, connectionKeeper } from "./connections.ts";
import { type Link, makeLink } from "./link.ts";
import type { PlantedBug } from "./link_shared.ts";
import type { LinkConfig, Links, LinksConfig, LinksContext } from "./port.ts";
import { linkProblems } from "./problems.ts";
import { firstBytes, topicOwner } from "./wire.ts";

/**
 * Makes the links of one proactor.
 *
 * @param registry Payload types that are understood.
 * @param planted Bugs for tests of the tests; never given in production.
 * @throws {TypeError} If two links have one name, or two lead upstream.
 */
export function makeLinks(
  config: LinksConfig,
  registry: Registry,
  planted: ReadonlySet<PlantedBug> = new Set(),
): Links {
  checkConfig(config);
  let lastNumber = 0;
  const problems = linkProblems();
  const shared = { config, registry, planted, problems, nextNumber: () => ++lastNumber };
  const links = new Map<string, Link>(config.links.map((link) => [link.name, makeLink(link, shared)]));
  const keepers = new Map<string, ConnectionKeeper>();
  for (const { connection } of config.links) {
    if (!keepers.has(connection)) keepers.set(connection, connectionKeeper(connection));
  }
  const upstream = [...links.values()].find((link) => link.reupload !== undefined);

  function on(connection: string): readonly Link[] {
    return [...links.values()].filter((link) => link.config.connection === connection);
  }
  function find(name: string): Link {
    const link = links.get(name);
    invariant(link !== undefined, `no link "${name}"`);
    return link;
  }
  function message(input: Extract<ConnectionInput, { kind: "message" }>, ctx: LinksContext): void {
    const configs: LinkConfig[] = on(input.connection).map((link) => link.config);
    const owner = topicOwner(input.topic, configs);
    if (owner.kind === "link") return find(owner.name).received(input.topic, input.bytes, ctx);
    const details = `${owner.because}\n${firstBytes(input.bytes)}`;
    const summary = `Cannot take a message from connection "${input.connection}" as its topic must be one of ours`;
    problems.problem(`topic ${input.connection}`, { summary, details }, ctx);
  }
  return {
    start(ctx) {
      for (const link of links.values()) link.start(ctx);
      for (const keeper of keepers.values()) keeper.start(ctx);
    },
    stop(ctx) {
      for (const link of links.values()) link.stop(ctx);
      for (const keeper of keepers.values()) keeper.stop(ctx);
    },
    input(input, ctx) {
      const keeper = keepers.get(input.connection);
      invariant(keeper !== undefined, `no link uses connection "${input.connection}"`);
      const here = on(input.connection);
      switch (input.kind) {
        case "connected":
          if (keeper.connected(ctx)) { for (const link of here) link.connected(ctx); }
          return;
        case "connect_failed":
          for (const link of here) link.connectFailed(input, ctx);
          return keeper.lost(ctx);
        case "disconnected":
          for (const link of here) link.disconnected(ctx);
          return keeper.lost(ctx);
        case "suback":
          for (const link of here) if (link.suback(input.id, input.refused, ctx)) keeper.proven();
          return;
        case "message":
          return message(input, ctx);
        case "taken":
          for (const link of here) link.taken(input.token, ctx);
          return;
        default:
          return assertNever(input);
      }
    },
    timer(name, ctx) {
      for (const keeper of keepers.values()) if (keeper.timerName === name) return keeper.retryDue(ctx);
      for (const link of links.values()) {
        const { poll, subscribe, clock, ackPrefix } = link.timerNames;
        if (name === poll) return link.pollDue(ctx);
        if (name === subscribe) return link.subscribeDue(ctx);
        if (name === clock) return link.clockDue(ctx);
        if (name.startsWith(ackPrefix)) return link.ackDue(name, ctx);
      }
      invariant(false, `no link has a timer "${name}"`);
    },
    committed(rows, ctx) {
      upstream?.reupload?.committed(rows, ctx);
    },
    rowsRead(rows, end, ctx) {
      upstream?.reupload?.rowsRead(rows, end, ctx);
    },
    evicted(fromSeq, toSeq, ctx) {
      upstream?.evicted(fromSeq, toSeq, ctx);
    },
    send(link, toSend, ctx) {
      return find(link).send(toSend, ctx);
    },
    ack(link, received, ctx) {
      if (received.ackRequired) find(link).ack(received.messageId, ctx);
    },
    snapshot() {
      return [...links.values()].map((link) => link.snapshot());
    },
  };
}

function checkConfig(config: LinksConfig): void {
  const names = config.links.map((link) => link.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new TypeError(`Cannot make links as their names must differ: "${twice}" twice`);
  const upstream = config.links.filter((link) => link.role === "upstream").map((link) => link.name);
  if (upstream.length > 1) {
    throw new TypeError(`Cannot make links as at most one may lead upstream: ${upstream.join(", ")}`);
  }
}
