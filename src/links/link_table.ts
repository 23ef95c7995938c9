import type { MachineTable } from "../core/table_machine.ts";
import type { LinkState } from "./port.ts";

/** Inputs of a link. `mqtt_suback_pending` leaves subscriptions open, `mqtt_suback_complete` grants the last one. */
export type LinkInput =
  | "start_called"
  | "mqtt_connected"
  | "mqtt_connect_failed"
  | "mqtt_disconnected"
  | "mqtt_suback_pending"
  | "mqtt_suback_complete"
  | "message_from_peer"
  | "response_timeout"
  | "stop_called";

/** The state in which a link is made. */
export const LINK_INITIAL: LinkState = "not_started";

/** The state table of a link; a missing cell is refused and counted. Source: gridworks-proactor `links/link_state.py`. */
export const LINK_TABLE: MachineTable<LinkState, LinkInput> = {
  not_started: { start_called: "connecting", stop_called: "stopped" },
  connecting: {
    mqtt_connected: "awaiting_setup_and_peer",
    mqtt_connect_failed: "connecting",
    stop_called: "stopped",
  },
  awaiting_setup_and_peer: {
    mqtt_suback_pending: "awaiting_setup_and_peer",
    mqtt_suback_complete: "awaiting_peer",
    message_from_peer: "awaiting_setup",
    mqtt_disconnected: "connecting",
    stop_called: "stopped",
  },
  awaiting_setup: {
    mqtt_suback_pending: "awaiting_setup",
    mqtt_suback_complete: "active",
    message_from_peer: "awaiting_setup",
    mqtt_disconnected: "connecting",
    stop_called: "stopped",
  },
  awaiting_peer: {
    message_from_peer: "active",
    response_timeout: "awaiting_peer",
    mqtt_disconnected: "connecting",
    stop_called: "stopped",
  },
  active: {
    message_from_peer: "active",
    response_timeout: "awaiting_peer",
    mqtt_disconnected: "connecting",
    stop_called: "stopped",
  },
  stopped: { stop_called: "stopped" },
};

/** Whether messages may be sent: the peer listens, or may listen at any moment. */
export function isActiveForSend(state: LinkState): boolean {
  return state === "active" || state === "awaiting_peer";
}

/** Whether the connection below a link in this state is up. */
export function isConnected(state: LinkState): boolean {
  return isActiveForSend(state) || state === "awaiting_setup" || state === "awaiting_setup_and_peer";
}
