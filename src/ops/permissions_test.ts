import { strict as assert } from "node:assert";
import type { RunPlan } from "../core/isolate.ts";
import { grantFlags, permissionLines, planPermissions } from "./permissions.ts";

const PLAN: RunPlan = {
  workers: [
    {
      name: "agent",
      entry: "agent",
      grants: { net: ["b:8883", "a:1883"], read: ["/certs"] },
      supervision: "replace_or_exit",
      silentMs: 5_000,
      init: null,
    },
    {
      name: "bus-1",
      entry: "bus",
      grants: { ffi: ["/lib/libc.so.6"] },
      supervision: "replace",
      silentMs: 1_000,
      init: null,
    },
    { name: "view", entry: "view", grants: {}, supervision: "foreground", silentMs: 0, init: null },
  ],
  ports: [],
};

Deno.test("planPermissions() unites the grants of all workers", () => {
  assert.deepEqual(planPermissions(PLAN).outer, {
    net: ["a:1883", "b:8883"],
    read: ["/certs"],
    ffi: ["/lib/libc.so.6"],
  });
});

Deno.test("permissionLines() shows the outer bound and each isolate", () => {
  assert.deepEqual(permissionLines(planPermissions(PLAN)), [
    "process (outer bound)",
    "  net   a:1883 b:8883",
    "  read  /certs",
    "  ffi   /lib/libc.so.6",
    "agent",
    "  net   b:8883 a:1883",
    "  read  /certs",
    "bus-1",
    "  ffi   /lib/libc.so.6",
    "view",
    "  nothing",
  ]);
});

Deno.test("grantFlags() writes one flag a kind", () => {
  assert.deepEqual(grantFlags({ net: ["a:1", "b"], write: ["/d"] }), ["--allow-net=a:1,b", "--allow-write=/d"]);
});
