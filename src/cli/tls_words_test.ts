import { strict as assert } from "node:assert";
import { connackWords, refusalWords } from "./tls_words.ts";

Deno.test("refusalWords() tells what the broker refuses from what we refuse", () => {
  const rows: readonly (readonly [string, RegExp])[] = [
    ["received fatal alert: CertificateRequired", /^it wants a client certificate/],
    ["received fatal alert: CertificateExpired", /^our client certificate has expired/],
    ["received fatal alert: CertificateRevoked", /^our client certificate is on its list/],
    ["received fatal alert: UnknownCA", /^it does not know the CA that signed our/],
    ["received fatal alert: BadCertificate", /^it does not take our client certificate/],
    ["received fatal alert: UnsupportedCertificate", /^it does not take our client certificate/],
    ["received fatal alert: ProtocolVersion", /^it speaks no version of TLS/],
    ["invalid peer certificate: UnknownIssuer", /^we do not trust the CA/],
    ["invalid peer certificate: NotValidForName", /^its certificate is one of another host/],
    ['invalid peer certificate: certificate not valid for name "a"', /^its certificate is one of another host/],
    ["invalid peer certificate: Expired", /^its certificate has expired by our clock/],
    ["invalid peer certificate: certificate expired: verification time 1", /^its certificate has expired by our clock/],
    ["invalid peer certificate: NotValidYet", /^its certificate is not valid yet/],
    ["invalid peer certificate: CaUsedAsEndEntity", /^its certificate is marked as a CA/],
  ];
  for (const [text, expected] of rows) {
    assert.match(refusalWords(text), expected);
    assert.ok(refusalWords(text).endsWith(`(${text})`), "the stack's own words stay");
  }
  assert.equal(refusalWords("Connection reset by peer"), "Connection reset by peer");
});

Deno.test("connackWords() says every code", () => {
  assert.match(connackWords(5), /does not allow this user/);
  assert.equal(connackWords(77), "it answers with code 77");
});
