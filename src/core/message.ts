/**
 * A message as actors see it: the header of the envelope after the override rule, and the payload.
 *
 * `Payload` keeps its wire names (PascalCase), `type` is its dotted type name.
 */
export interface Message<Payload = unknown> {
  /** Node name or GNode alias of the sender. */
  readonly src: string;
  /** Node name of the receiver; "" means whoever the link leads to. */
  readonly dst: string;
  /** Dotted type name, for example "gridworks.ping". */
  readonly type: string;
  /** "" when the sender gave none. */
  readonly messageId: string;
  readonly ackRequired: boolean;
  readonly payload: Payload;
}
