/** First level of every topic. Source: gwproto `topic.py`, envelope type `gw`. */
export const TOPIC_ENVELOPE = "gw";

/** Who a message is from and to, and its dotted type name. */
export interface TopicParts {
  readonly src: string;
  readonly dst: string;
  readonly type: string;
}

/** A topic as it was read; a level that is missing is "". */
export interface DecodedTopic extends TopicParts {
  readonly kind: "topic";
  readonly envelope: string;
  /** Levels beyond the known ones. */
  readonly remainder: readonly string[];
}

/** Makes the topic of a message: `gw/SRC/to/DST/TYPE`, with every "." as "-". */
export function encodeTopic(parts: TopicParts): string {
  return `${TOPIC_ENVELOPE}/${parts.src}/to/${parts.dst}/${parts.type}`.replaceAll(".", "-");
}

/** Makes the topic filter for all that a peer sends to us. @param peerLongName "" for any peer. */
export function subscriptionTopic(peerLongName: string, ownShortName: string): string {
  return `${TOPIC_ENVELOPE}/${peerLongName === "" ? "+" : peerLongName}/to/${ownShortName}/#`.replaceAll(".", "-");
}

/**
 * A name as it comes out of a topic. Two names are the same to a topic when this is equal: a "-" in a name is lost there.
 */
export function topicName(name: string): string {
  return name.replaceAll("-", ".");
}

/**
 * Reads a topic; every "-" becomes ".", also one that belonged to a name (compare through `topicName`).
 *
 * Without the level "to" everything from there on is remainder. Source: gwproto `MQTTTopic.decode`.
 */
export function decodeTopic(topic: string): DecodedTopic | { readonly kind: "problem"; readonly problem: string } {
  if (topic === "") return { kind: "problem", problem: "Cannot read topic as it must not be empty" };
  const [envelope = "", src = "", ...rest] = topicName(topic).split("/");
  if (rest[0] !== "to") return { kind: "topic", envelope, src, dst: "", type: "", remainder: rest };
  const [, dst = "", type = "", ...remainder] = rest;
  return { kind: "topic", envelope, src, dst, type, remainder };
}
