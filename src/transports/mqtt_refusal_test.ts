import { strict as assert } from "node:assert";
import { isVague, refusalOf } from "./mqtt_refusal.ts";

function coded(message: string, fields: Record<string, unknown>): Error {
  return Object.assign(new Error(message), fields);
}

Deno.test("refusalOf() classifies what MQTT.js and the sockets report", () => {
  const cut = coded("read ECONNRESET", { code: "ECONNRESET" });
  const absent = coded("connect ECONNREFUSED 127.0.0.1:1", { code: "ECONNREFUSED", syscall: "connect" });
  const both = coded("", { code: "ECONNREFUSED", errors: [new Error("a refused"), new Error("b refused")] });
  const issuer = new Error("invalid peer certificate: UnknownIssuer");
  const cases: [unknown, boolean, ReturnType<typeof refusalOf>][] = [
    [undefined, true, undefined],
    [undefined, false, undefined],
    [cut, true, undefined],
    [cut, false, { refusal: "network", reason: "read ECONNRESET" }],
    [absent, true, { refusal: "network", reason: "connect ECONNREFUSED 127.0.0.1:1" }],
    [both, false, { refusal: "network", reason: "a refused; b refused" }],
    [issuer, true, { refusal: "tls", reason: "invalid peer certificate: UnknownIssuer" }],
    [coded("x", { code: 5 }), false, {
      refusal: "credentials",
      reason: "the broker did not authorize this client (CONNACK 5)",
    }],
    [coded("x", { code: 99 }), false, { refusal: "protocol", reason: "the broker answered CONNACK 99" }],
    [new Error("Invalid header flag bits"), false, { refusal: "protocol", reason: "Invalid header flag bits" }],
  ];
  for (const [error, isTls, expected] of cases) assert.deepEqual(refusalOf(error, isTls), expected, String(error));
});

Deno.test("isVague() finds the one error that stands for every certificate that is not taken", () => {
  const vague = coded("unable to verify the first certificate", { code: "UNABLE_TO_VERIFY_LEAF_SIGNATURE" });
  const clear = coded("Hostname does not match", { code: "ERR_TLS_CERT_ALTNAME_INVALID" });
  assert.deepEqual([vague, clear, undefined, new Error("x")].map(isVague), [true, false, false, false]);
});
