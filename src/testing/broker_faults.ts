/** What a simulated broker does to those who use it. Only what TCP and a broker can really do. */
export interface BrokerFaults {
  /** Latency of each packet in ms, drawn evenly. */
  latencyMsMin: number;
  latencyMsMax: number;
  /** Chance (0 to 1) that a packet, and all behind it, waits for `stallMsMax` at most. */
  stallChance: number;
  stallMsMax: number;
  /** Extra delay of each suback in ms, at most: the peer's first message may come before it. */
  subackDelayMsMax: number;
  /** Chance (0 to 1) that the topics of a subscribe are refused, as with rights that are not there yet. */
  subackRefuseChance: number;
  /** Chance (0 to 1) that a connect is refused. */
  refuseChance: number;
  /** Bytes that pass each way of a connection in a second; 0: as many as want. */
  bytesPerS: number;
}

/** Bytes on the wire beside topic and payload of a message. */
export const PACKET_EXTRA_BYTES = 40;
/** Bytes that a socket takes before they are sent. */
export const SOCKET_BYTES = 16_384;

/** Faults that were injected, by kind. */
export type FaultKind =
  | "cut"
  | "refused"
  | "stall"
  | "suback_late"
  | "suback_refused"
  | "half_open"
  | "restart"
  | "partition"
  | "lost";

/** Short even latency, and nothing wrong. */
export const CALM: Readonly<BrokerFaults> = {
  latencyMsMin: 1,
  latencyMsMax: 40,
  stallChance: 0,
  stallMsMax: 0,
  subackDelayMsMax: 0,
  subackRefuseChance: 0,
  refuseChance: 0,
  bytesPerS: 0,
};

/** Counts of a broker that is new. */
export const NOTHING_FIRED: Readonly<Record<FaultKind, number>> = {
  cut: 0,
  refused: 0,
  stall: 0,
  suback_late: 0,
  suback_refused: 0,
  half_open: 0,
  restart: 0,
  partition: 0,
  lost: 0,
};
