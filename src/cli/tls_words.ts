/** What a TLS stack says when the other side ends the handshake, and what it means for who has to act. */

interface Words {
  readonly says: RegExp;
  readonly means: string;
}

// Names of the alerts as rustls and as OpenSSL write them.
const REFUSALS: readonly Words[] = [
  {
    says: /certificate ?_?required|handshake ?_?failure/i,
    means: "it wants a client certificate, and none that it may accept was shown (--link, or --cert with --key)",
  },
  { says: /certificate ?_?expired|\bexpired\b/i, means: "a certificate has expired: renew it, or set the clock" },
  { says: /certificate ?_?revoked|\brevoked\b/i, means: "the client certificate is on its list of revoked ones" },
  {
    says: /unknown ?_?ca\b|unknown ?issuer|self.signed/i,
    means: "a certificate is signed by a CA that the other side does not know",
  },
  { says: /not ?_?valid ?_?yet/i, means: "a certificate is not valid yet: set the clock" },
  { says: /not ?_?valid ?_?for ?_?name/i, means: "the server's certificate is one of another host" },
  {
    says: /bad ?_?certificate|decrypt ?_?error|access ?_?denied|unsupported ?_?certificate|certificate ?_?unknown/i,
    means: "it does not take the client certificate: its CA, dates or use do not fit the broker",
  },
  { says: /protocol ?_?version/i, means: "it speaks no version of TLS that the agent speaks (1.2 and 1.3)" },
];

/**
 * What a refusal means.
 *
 * @param text As the TLS stack says it.
 * @returns The meaning with the stack's words behind it; these alone when they are not known.
 */
export function refusalWords(text: string): string {
  const found = REFUSALS.find(({ says }) => says.test(text));
  return found === undefined ? text : `${found.means} (${text})`;
}

const CONNACK_WORDS: Readonly<Record<number, string>> = {
  1: "it refuses the version of MQTT",
  2: "it refuses the client's name",
  3: "it is not available now",
  4: "user name or password is wrong",
  5: "it does not allow this user: a user name and password, or another client certificate, is needed",
};

/** What a CONNACK says. @param code MQTT 3.1.1 return code, not 0. */
export function connackWords(code: number): string {
  return CONNACK_WORDS[code] ?? `it answers with code ${code}`;
}
