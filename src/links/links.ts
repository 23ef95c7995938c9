import { assertNever, invariant } from "../core/invariant.ts";
import type { Message } from "../core/message.ts";
import type { Registry } from "../protocol/mod.ts";
import type { EventRow } from "../store/port.ts";
import type { ConnectionInput } from "./connection_port.ts";
import { type ConnectionKeeper, connectionKeeper } from "./connections.ts";
import { type Link, makeLink } from "./link.ts";
import type { LinkShared, PlantedBug } from "./link_shared.ts";
import type { Links, LinksConfig, LinksContext, LinkSnapshot } from "./port.ts";
import { type LinkProblems, linkProblems } from "./problems.ts";
import { firstBytes, topicOwner } from "./wire.ts";

/** Topics whose owner is remembered; all are forgotten when there are more, as a peer may invent types. */
export const TOPICS_MAX = 256;

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
  const shared = { config, registry, planted, problems: linkProblems(), nextNumber: () => ++lastNumber };
  return new PeerLinks(shared);
}

class PeerLinks implements Links {
  readonly #problems: LinkProblems;
  readonly #links: ReadonlyMap<string, Link>;
  readonly #byConnection: ReadonlyMap<string, readonly Link[]>;
  /** Owners of topics that were heard, by connection and topic. */
  readonly #owners = new Map<string, Link>();
  readonly #keepers = new Map<string, ConnectionKeeper>();
  readonly #upstream: Link | undefined;

  constructor(shared: LinkShared) {
    const { config } = shared;
    this.#problems = shared.problems;
    this.#links = new Map(config.links.map((link) => [link.name, makeLink(link, shared)]));
    this.#byConnection = Map.groupBy(this.#links.values(), (link) => link.config.connection);
    for (const { connection } of config.links) {
      if (!this.#keepers.has(connection)) this.#keepers.set(connection, connectionKeeper(connection));
    }
    this.#upstream = [...this.#links.values()].find((link) => link.reupload !== undefined);
  }

  start(ctx: LinksContext): void {
    for (const link of this.#links.values()) link.start(ctx);
    for (const keeper of this.#keepers.values()) keeper.start(ctx);
  }

  stop(ctx: LinksContext): void {
    for (const link of this.#links.values()) link.stop(ctx);
    for (const keeper of this.#keepers.values()) keeper.stop(ctx);
  }

  input(input: ConnectionInput, ctx: LinksContext): void {
    const keeper = this.#keepers.get(input.connection);
    invariant(keeper !== undefined, `no link uses connection "${input.connection}"`);
    const here = this.#on(input.connection);
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
        return this.#message(input, ctx);
      case "taken":
        for (const link of here) link.taken(input.token, ctx);
        return;
      default:
        return assertNever(input);
    }
  }

  clockStepped(ctx: LinksContext): void {
    for (const keeper of this.#keepers.values()) keeper.retryNow(ctx);
  }

  timer(name: string, ctx: LinksContext): void {
    for (const keeper of this.#keepers.values()) if (keeper.timerName === name) return keeper.retryDue(ctx);
    for (const link of this.#links.values()) {
      const { poll, subscribe, clock, ackPrefix } = link.timerNames;
      if (name === poll) return link.pollDue(ctx);
      if (name === subscribe) return link.subscribeDue(ctx);
      if (name === clock) return link.clockDue(ctx);
      if (name.startsWith(ackPrefix)) return link.ackDue(name, ctx);
    }
    invariant(false, `no link has a timer "${name}"`);
  }

  committed(rows: readonly EventRow[], ctx: LinksContext): void {
    this.#upstream?.reupload?.committed(rows, ctx);
  }

  rowsRead(rows: readonly EventRow[], end: boolean, ctx: LinksContext): void {
    this.#upstream?.reupload?.rowsRead(rows, end, ctx);
  }

  evicted(fromSeq: number, toSeq: number, ctx: LinksContext): void {
    this.#upstream?.evicted(fromSeq, toSeq, ctx);
  }

  send(link: string, message: Message, ctx: LinksContext): boolean {
    return this.#find(link).send(message, ctx);
  }

  ack(link: string, received: Message, ctx: LinksContext): void {
    if (received.ackRequired) this.#find(link).ack(received.messageId, ctx);
  }

  snapshot(): readonly LinkSnapshot[] {
    return [...this.#links.values()].map((link) => link.snapshot());
  }

  #on(connection: string): readonly Link[] {
    return this.#byConnection.get(connection) ?? [];
  }

  #find(name: string): Link {
    const link = this.#links.get(name);
    invariant(link !== undefined, `no link "${name}"`);
    return link;
  }

  #message(input: Extract<ConnectionInput, { kind: "message" }>, ctx: LinksContext): void {
    const key = `${input.connection} ${input.topic}`;
    const known = this.#owners.get(key);
    if (known !== undefined) return known.received(input.topic, input.bytes, ctx);
    const owner = topicOwner(input.topic, this.#on(input.connection).map((link) => link.config));
    if (owner.kind === "link") {
      const link = this.#find(owner.name);
      if (this.#owners.size >= TOPICS_MAX) this.#owners.clear();
      this.#owners.set(key, link);
      return link.received(input.topic, input.bytes, ctx);
    }
    const details = `${owner.because}\n${firstBytes(input.bytes)}`;
    const summary = `Cannot take a message from connection "${input.connection}" as its topic must be one of ours`;
    this.#problems.problem(`topic ${input.connection}`, { summary, details }, ctx);
  }
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
