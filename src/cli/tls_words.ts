/** What a TLS stack says when the other side ends the handshake, and what it means for who has to act. */

interface Words {
  readonly says: RegExp;
  readonly means: string;
}

// Names as rustls writes them; an alert is what the other side says, "invalid peer certificate" what we say about it.
const REFUSALS: readonly Words[] = [
  {
    says: /alert: *(certificate ?required|handshake ?failure)/i,
    means: "it wants a client certificate, and none that it may accept was shown (--link, or --cert with --key)",
  },
  {
    says: /alert: *certificate ?expired/i,
    means: "our client certificate has expired by its clock, or its list of revoked ones is too old",
  },
  { says: /alert: *certificate ?revoked/i, means: "our client certificate is on its list of revoked ones" },
  {
    says: /alert: *unknown ?ca/i,
    means: "it does not know the CA that signed our client certificate, or has no list of revoked ones of it",
  },
  {
    says: /alert: *(bad ?certificate|decrypt ?error|access ?denied|unsupported ?certificate|certificate ?unknown)/i,
    means: "it does not take our client certificate: dates or use do not fit",
  },
  { says: /alert: *protocol ?version/i, means: "it speaks no version of TLS that the agent speaks (1.2 and 1.3)" },
  {
    says: /unknown ?issuer|self.signed/i,
    means: "we do not trust the CA that signed its certificate (--ca names the one to trust)",
  },
  { says: /not ?valid ?for ?name/i, means: "its certificate is one of another host" },
  { says: /not ?valid ?yet/i, means: "its certificate is not valid yet by our clock" },
  { says: /peer certificate: *expired|certificate expired/i, means: "its certificate has expired by our clock" },
  { says: /ca ?used ?as ?end ?entity/i, means: "its certificate is marked as a CA, which no server may show" },
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
