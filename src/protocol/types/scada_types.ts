import * as z from "zod";
import { enumOr } from "./enums.ts";
import { ACTOR_CLASSES } from "./layout_types.ts";
import {
  handleName,
  int,
  leftRightDot,
  spaceheatName,
  text,
  typeName,
  utcMs,
  uuid4,
  version,
  versionFixed,
} from "./primitives.ts";

/** A small trouble that a node tells; never acked. */
export const Glitch = z.object({
  FromGNodeAlias: leftRightDot,
  Node: spaceheatName,
  Type: enumOr(["Critical", "Error", "Warning", "Info", "Debug", "Trace"], "Info"),
  Summary: text,
  Details: text,
  CreatedMs: utcMs.optional(),
  TypeName: typeName("glitch"),
  Version: version("000"),
});

/** A node with its place in the chain of command; other keys are kept. */
const TreeNode = z.looseObject({
  Name: spaceheatName,
  ActorHierarchyName: handleName.nullish(),
  Handle: handleName.nullish(),
  ActorClass: enumOr(ACTOR_CLASSES, "NoActor"),
  DisplayName: text.nullish(),
  ComponentId: text.nullish(),
  NameplatePowerW: int.nullish(),
  InPowerMetering: z.boolean().nullish(),
  ShNodeId: uuid4,
  TypeName: typeName("spaceheat.node.gt"),
  Version: text.optional(),
});

/** The chain of command changed: every node with its present handle; never acked. */
export const NewCommandTree = z.object({
  FromGNodeAlias: leftRightDot,
  ShNodes: z.array(TreeNode),
  UnixMs: utcMs,
  TypeName: typeName("new.command.tree"),
  Version: versionFixed("000"),
});

/** What a house tells about itself, by dotted type name. */
export const SCADA_TYPES = {
  "glitch": Glitch,
  "new.command.tree": NewCommandTree,
} as const;
