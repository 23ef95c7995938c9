import { strict as assert } from "node:assert";
import { DAY_MS } from "../keys/key_limits.ts";
import { issueCa, issueLeaf } from "../keys/mod.ts";
import type { PlanBasis } from "./plan_basis.ts";
import { gatherCertificates } from "./plan_certificates.ts";

const MADE_MS = Date.parse("2026-01-01T00:00:00Z");

function basisAt(wallMs: number): PlanBasis {
  const host = {
    readText: () => undefined,
    board: () => assert.fail("no board here"),
    freePort: () => 0,
    wallMs: () => wallMs,
  };
  return { host, extras: {}, isTerminal: false, problems: [], warnings: [], certificates: [] };
}

Deno.test("gatherCertificates() lists a link's certificates and warns of each in its last 30 days only", async () => {
  const context = { wallMs: MADE_MS, randomBytes: (count: number) => crypto.getRandomValues(new Uint8Array(count)) };
  const key = { kind: "ec" } as const;
  const ca = await issueCa({ commonName: "House CA", days: 400, kind: key }, context);
  const names = { dns: ["up"], ips: [] };
  const leaf = await issueLeaf({ commonName: "up", names, usages: ["client"], days: 100, key }, ca, context);
  const texts = { ca: ca.cert, cert: leaf.cert, key: leaf.key };
  const rows: readonly (readonly [number, readonly string[]])[] = [
    [69, []],
    [71, ['up: The certificate "CN=up" expires in 29 days, at 2026-04-11T00:00:00Z']],
    [100, ['up: The certificate "CN=up" expires in 0 days, at 2026-04-11T00:00:00Z']],
    [101, []],
    [399, ['up: The CA certificate "CN=House CA" expires in 1 days, at 2027-02-05T00:00:00Z']],
  ];
  for (const [days, warnings] of rows) {
    const basis = basisAt(MADE_MS + days * DAY_MS);
    gatherCertificates("up", texts, basis);
    assert.deepEqual([...basis.warnings], warnings, `${days} days`);
    assert.deepEqual(basis.certificates.map(({ link, item, daysLeft }) => [link, item, daysLeft]), [
      ["up", "cert", 100 - days],
      ["up", "ca", 400 - days],
    ]);
  }
  const early = basisAt(0);
  gatherCertificates("up", texts, early);
  assert.deepEqual(early.warnings, [], "a clock that is not set yet");
});
