/** Bounds and defaults of keys and certificates, without the library, for who only reads a command line. */

/** Fewest and most bits of an RSA key: below, brokers refuse it; above, a Pi takes minutes. */
export const RSA_BITS_MIN = 2_048;
/** @see RSA_BITS_MIN */
export const RSA_BITS_MAX = 4_096;
/** WebCrypto makes what is a multiple of this. */
export const RSA_BITS_STEP = 8;
/** Before this (2020-01-01T00:00:00Z, ms) a wall clock is not trusted: no dates are written, none are judged. */
export const WALL_MS_TRUSTED = 1_577_836_800_000;
/** One day, in ms. */
export const DAY_MS = 86_400_000;
/** A certificate holds from this long before it is made, in ms, as a Pi's clock may be late: gwcert does the same. */
export const BACKDATED_MS = DAY_MS;
/** Days that a leaf holds when none are asked for, as in gwcert. */
export const LEAF_DAYS_DEFAULT = 825;
/** Days that a CA holds when none are asked for: longer than what it signs. */
export const CA_DAYS_DEFAULT = 3_650;
/** Most days that may be asked for. */
export const DAYS_MAX = 36_500;
/** From this many days before its end a certificate is worth a warning. */
export const EXPIRY_DAYS_WARNED = 30;

/** The kind of a key that is made: ECDSA on P-256, or RSA of so many bits. */
export type KeyKind = { readonly kind: "ec" } | { readonly kind: "rsa"; readonly bits: number };

/** What a leaf may be used for. */
export type Usage = "client" | "server";

/** Why a certificate is revoked; numbers of RFC 5280 §5.3.1. */
export const REVOKE_REASONS = {
  unspecified: 0,
  keyCompromise: 1,
  affiliationChanged: 3,
  superseded: 4,
  cessationOfOperation: 5,
  privilegeWithdrawn: 9,
} as const;

/** Name of a reason. */
export type RevokeReason = keyof typeof REVOKE_REASONS;
