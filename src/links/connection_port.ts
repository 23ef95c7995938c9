/**
 * The connection port: a pipe to a broker that carries any number of links. MQTT 3.1.1, clean session, QoS 0, no retain.
 * Adapters: `src/transports` (mqtt, memory). A connection never reconnects by itself: links own that.
 */

/** Links to connection. */
export type ConnectionEffect =
  | { readonly kind: "connect"; readonly connection: string }
  | { readonly kind: "subscribe"; readonly connection: string; readonly id: number; readonly topics: readonly string[] }
  | {
    readonly kind: "publish";
    readonly connection: string;
    readonly topic: string;
    readonly bytes: Uint8Array;
    /** Named in `taken`; 0 when nobody waits for that, so that there is none. */
    readonly token: number;
  }
  | { readonly kind: "disconnect"; readonly connection: string };

/** Connection to links. */
export type ConnectionInput =
  | { readonly kind: "connected"; readonly connection: string }
  /** TCP, TLS or CONNACK refused. `refusal` tells them apart; `reason` is clear text for the operator. */
  | {
    readonly kind: "connect_failed";
    readonly connection: string;
    readonly refusal: "network" | "tls" | "credentials" | "protocol";
    readonly reason: string;
  }
  | { readonly kind: "disconnected"; readonly connection: string; readonly reason: string }
  /** Answer to `subscribe` with the same id; `refused` lists topics that the broker did not grant. */
  | { readonly kind: "suback"; readonly connection: string; readonly id: number; readonly refused: readonly string[] }
  | { readonly kind: "message"; readonly connection: string; readonly topic: string; readonly bytes: Uint8Array }
  /** The socket took the bytes of the publish with this token, and of all before it: their time-outs run from now. */
  | { readonly kind: "taken"; readonly connection: string; readonly token: number };
