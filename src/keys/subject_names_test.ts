import { strict as assert } from "node:assert";
import fc from "fast-check";
import { canonicalAddress, checkedCommonName, isDnsName, namesMatch, subjectNames } from "./subject_names.ts";

Deno.test("isDnsName() takes host names, links and wildcards, and refuses the rest", () => {
  for (const name of ["a", "localhost", "broker.lan", "gridworks_mqtt", "d1.isone.scada", "*.house.lan", "A-b.c"]) {
    assert.equal(isDnsName(name), true, name);
  }
  const bad = ["", ".", "a..b", "-a", "a-", "House CA", "10.0.0.1", "::1", "*", "*.lan", "a.*.b", "ä.de", "a:1"];
  for (const name of [...bad, "x".repeat(64), Array(130).fill("a").join(".")]) {
    assert.equal(isDnsName(name), false, name);
  }
});

Deno.test("subjectNames() takes the common name when nothing is asked for, and addresses for what they are", () => {
  assert.deepEqual(subjectNames("pi1", [], []), { dns: ["pi1"], ips: [] });
  assert.deepEqual(subjectNames("10.0.0.1", [], []), { dns: [], ips: ["10.0.0.1"] });
  assert.deepEqual(subjectNames("x", ["b.lan", "192.168.1.10", "b.lan"], ["::1", "0:0:0:0:0:0:0:1"]), {
    dns: ["b.lan"],
    ips: ["192.168.1.10", "::1"],
  });
});

Deno.test("subjectNames() says what is wrong with a name", () => {
  const hint = "(the common name; --dns gives another)";
  assert.throws(() => subjectNames("House CA", [], []), {
    name: "RangeError",
    message: `Cannot use name "House CA" as it must be a DNS name or an address: it is neither ${hint}`,
  });
  assert.throws(() => subjectNames("a", ["-"], []), { message: /name "-" as it must be/ });
  assert.throws(() => subjectNames("a", [], ["b"]), { message: /address as it must be IPv4 or IPv6: found "b"/ });
  assert.throws(() => subjectNames("a", Array.from({ length: 101 }, (_, at) => `h${at}`), []), {
    message: /at most 100/,
  });
});

Deno.test("checkedCommonName() refuses what is empty, too long, or has control characters", () => {
  assert.equal(checkedCommonName("House CA, Inc"), "House CA, Inc");
  for (const name of ["", " a", "a\n", "a\u0000b", "x".repeat(65)]) {
    assert.throws(() => checkedCommonName(name), RangeError);
  }
});

Deno.test("namesMatch() compares names without case, addresses by value, wildcards by one label", () => {
  const names = { dns: ["Broker.Lan", "*.house.lan"], ips: ["10.0.0.1", "fe80::1"] };
  for (const host of ["broker.lan", "BROKER.LAN.", "a.house.lan", "10.0.0.1", "fe80:0:0:0:0:0:0:1"]) {
    assert.equal(namesMatch(names, host), true, host);
  }
  for (const host of ["broker", "house.lan", "a.b.house.lan", "10.0.0.2", "fe80::2", "1.10.0.0.1"]) {
    assert.equal(namesMatch(names, host), false, host);
  }
});

Deno.test("canonicalAddress() gives one spelling for each address", () => {
  fc.assert(fc.property(fc.ipV6(), (address) => {
    const once = canonicalAddress(address);
    assert.equal(canonicalAddress(once), once);
    assert.equal(canonicalAddress(address.toUpperCase()), once);
  }));
});
