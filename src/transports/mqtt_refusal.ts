import { errorText } from "../core/errors.ts";
import type { ConnectionInput } from "../links/connection_port.ts";

/** Why a connect failed: what a `connect_failed` says. */
export type Refusal = Pick<Extract<ConnectionInput, { kind: "connect_failed" }>, "refusal" | "reason">;

/** CONNACK return codes. Source: MQTT 3.1.1 §3.2.2.3, table 3.1. */
const CONNACK_CODES: Readonly<Record<number, Refusal>> = {
  1: { refusal: "protocol", reason: "the broker refused the protocol version (CONNACK 1)" },
  2: { refusal: "protocol", reason: "the broker refused the client id (CONNACK 2)" },
  3: { refusal: "network", reason: "the broker is not available (CONNACK 3)" },
  4: { refusal: "credentials", reason: "the broker refused user name or password (CONNACK 4)" },
  5: { refusal: "credentials", reason: "the broker did not authorize this client (CONNACK 5)" },
};

/** Codes of a socket that the peer closed in the middle: with TLS they may hide a refused handshake. */
const CUT_CODES: ReadonlySet<unknown> = new Set(["ECONNRESET", "EPIPE", "ECONNABORTED"]);

const TLS_WORDS = /certificate|\btls\b|\bssl\b|handshake|\balert|issuer|invalid peer|not valid for name|altname/i;

/** What the runtime calls each server certificate that it does not take, for its issuer as for its dates. */
const VAGUE_CODE = "UNABLE_TO_VERIFY_LEAF_SIGNATURE";

/** Whether an error says no more than that the broker's certificate is not taken: a handshake of our own can tell why. */
export function isVague(error: unknown): boolean {
  return (error as { code?: unknown } | undefined)?.code === VAGUE_CODE;
}

/**
 * Says why a connect failed before its CONNACK.
 *
 * @param error What MQTT.js reported; undefined after a bare close.
 * @returns Undefined when the broker closed without a word: over TLS only a handshake of our own can tell why.
 */
export function refusalOf(error: unknown, isTls: boolean): Refusal | undefined {
  if (error === undefined || error === null) return undefined;
  const { code } = error as { code?: unknown };
  if (typeof code === "number") {
    return CONNACK_CODES[code] ?? { refusal: "protocol", reason: `the broker answered CONNACK ${code}` };
  }
  if (CUT_CODES.has(code)) return isTls ? undefined : { refusal: "network", reason: reasonText(error) };
  if (isTls && TLS_WORDS.test(reasonText(error))) return { refusal: "tls", reason: reasonText(error) };
  if (isNetwork(error)) return { refusal: "network", reason: reasonText(error) };
  return { refusal: "protocol", reason: reasonText(error) };
}

function isNetwork(error: unknown): boolean {
  const { code, errors, syscall } = error as { code?: unknown; errors?: unknown; syscall?: unknown };
  return Array.isArray(errors) || typeof syscall === "string" || (typeof code === "string" && /^E[A-Z]/.test(code));
}

/** The text of an error, with those of the addresses that were tried when there were several. */
export function reasonText(error: unknown): string {
  const { errors } = error as { errors?: unknown };
  const text = Array.isArray(errors) ? errors.map(errorText).join("; ") : errorText(error);
  return text === "" ? String((error as { code?: unknown }).code ?? "unknown error") : text;
}
