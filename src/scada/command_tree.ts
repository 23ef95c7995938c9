import { invariant } from "../core/invariant.ts";
import type { NodeFacts } from "./scada_facts.ts";

/** The chain of command: who is boss of whom now. Only the hub and the brain that holds the tree change it. */
export interface CommandTree {
  /** Current handle of a node; its name when it has none. */
  handleOf(node: string): string;
  /** Handle of its boss; undefined for a node that is its own boss. */
  bossOf(node: string): string | undefined;
  /** Actor that acts for the node that this handle names; a passive node is served by the next boss that has an actor. */
  actorOf(handle: string): string;
  /** Puts every actuator under this boss. */
  setBoss(bossHandle: string): void;
  /** All nodes with their handles as they are now, for new.command.tree. */
  nodes(): readonly NodeFacts[];
}

/** Makes the tree of a layout. @param actuators Names of the nodes whose boss changes at run time. */
export function commandTree(nodes: readonly NodeFacts[], actuators: readonly string[]): CommandTree {
  const handles = new Map(nodes.map((node) => [node.Name, node.Handle ?? node.Name]));
  const active = new Set(nodes.filter((node) => node.ActorClass !== "NoActor").map((node) => node.Name));
  function handleOf(node: string): string {
    return handles.get(node) ?? node;
  }
  return {
    handleOf,
    bossOf(node) {
      const handle = handleOf(node);
      const dot = handle.lastIndexOf(".");
      return dot < 0 ? undefined : handle.slice(0, dot);
    },
    actorOf(handle) {
      const words = handle.split(".");
      const actor = words.findLast((word) => active.has(word));
      return actor ?? words.at(-1) ?? handle;
    },
    setBoss(bossHandle) {
      invariant([...handles.values()].includes(bossHandle), `boss "${bossHandle}" is not in the command tree`);
      for (const actuator of actuators) handles.set(actuator, `${bossHandle}.${actuator}`);
    },
    nodes: () => nodes.map((node) => ({ ...node, Handle: handleOf(node.Name) })),
  };
}
