import { strict as assert } from "node:assert";
import { withClockDoubt } from "./clock_doubt.ts";

const NOW_MS = 12_345;

Deno.test("withClockDoubt() says what the clock says when a TLS stack finds a date that does not hold", () => {
  const doubt =
    "a certificate must be valid now, and the clock says 1970-01-01T00:00:12Z: set the clock (NTP) if that is wrong";
  for (
    const reason of [
      "invalid peer certificate: NotValidYet",
      "invalid peer certificate: certificate not valid yet: verification time 12 (UNIX)",
      "certificate is not yet valid",
      "received fatal alert: CertificateExpired",
      "certificate has expired",
    ]
  ) {
    assert.equal(withClockDoubt(reason, NOW_MS), `${reason}; ${doubt}`);
  }
});

Deno.test("withClockDoubt() leaves a reason alone when no clock explains it, or none is known", () => {
  for (const reason of ["invalid peer certificate: UnknownIssuer", "received fatal alert: BadCertificate"]) {
    assert.equal(withClockDoubt(reason, NOW_MS), reason);
  }
  assert.equal(withClockDoubt("certificate has expired", undefined), "certificate has expired");
  assert.equal(withClockDoubt("certificate has expired", 0), "certificate has expired");
});
