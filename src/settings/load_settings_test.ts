import { strict as assert } from "node:assert";
import { booleanField, fixedField, integerField, secretField, textField } from "./field.ts";
import { effectiveLines, loadSettings } from "./load_settings.ts";

const FIELDS = {
  LINK__HOST: textField("localhost"),
  LINK__PORT: integerField(1883, { min: 1, max: 65_535 }),
  LINK__PASSWORD: secretField(),
  LINK__CIPHERS: fixedField("", "the runtime chooses the TLS ciphers"),
  VERBOSE: booleanField(false),
};

Deno.test("loadSettings() lets the environment win over the env file when both set a value", () => {
  const load = loadSettings({
    prefix: "T_",
    fields: FIELDS,
    env: { T_LINK__HOST: "from-env", OTHER: "x" },
    dotenvText: '# comment\nT_LINK__HOST=from-file\nexport T_LINK__PORT="18831" # quoted\nt_verbose=yes\n',
    dotenvPath: "/etc/h/.env",
  });
  assert.equal(load.kind, "settings");
  if (load.kind !== "settings") return;
  assert.deepEqual(load.settings, {
    LINK__HOST: "from-env",
    LINK__PORT: 18_831,
    LINK__PASSWORD: undefined,
    LINK__CIPHERS: "",
    VERBOSE: true,
  });
  assert.deepEqual(effectiveLines(load.effective), [
    "T_LINK__HOST=from-env  (environment)",
    "T_LINK__PORT=18831  (/etc/h/.env:3)",
    "T_LINK__PASSWORD=  (default)",
    "T_LINK__CIPHERS=  (default)",
    "T_VERBOSE=true  (/etc/h/.env:4)",
  ]);
  assert.deepEqual(load.warnings, []);
});

Deno.test("loadSettings() reports every problem at once when several values are wrong", () => {
  const load = loadSettings({
    prefix: "T_",
    fields: FIELDS,
    env: { T_LINK__PORT: "eighty", T_VERBOSE: "maybe" },
    dotenvText: "\nT_LINK__CIPHERS=AES128\n",
  });
  assert.equal(load.kind, "problems");
  if (load.kind !== "problems") return;
  assert.deepEqual(load.problems.map((problem) => problem.message), [
    'Cannot read T_LINK__PORT (environment) as it must be an integer from 1 to 65535: found "eighty"',
    'Cannot honour T_LINK__CIPHERS (.env:2) as it must be nothing, as the runtime chooses the TLS ciphers: found "AES128"',
    'Cannot read T_VERBOSE (environment) as it must be true or false: found "maybe"',
  ]);
});

Deno.test("loadSettings() masks a secret when it shows settings", () => {
  const load = loadSettings({ prefix: "T_", fields: FIELDS, env: { T_LINK__PASSWORD: "hush" } });
  assert.equal(effectiveLines(load.effective)[2], "T_LINK__PASSWORD=********  (environment)");
  assert.equal(JSON.stringify(load.effective).includes("hush"), false);
});

Deno.test("loadSettings() warns with the nearest name when a name under the prefix is unknown", () => {
  const load = loadSettings({
    prefix: "T_",
    fields: FIELDS,
    env: { T_LINK__HSOT: "a", T_QUITE_DIFFERENT: "b", T_LOGGING__LEVEL: "c" },
    unused: ["LOGGING__*"],
  });
  assert.deepEqual(load.warnings.map((warning) => warning.message), [
    'T_LINK__HSOT (environment) has no effect: no such setting: did you mean "T_LINK__HOST"',
    "T_QUITE_DIFFERENT (environment) has no effect: no such setting",
    "T_LOGGING__LEVEL (environment) has no effect: the setting is known, but nothing uses it yet",
  ]);
  assert.equal(load.kind, "settings");
});

Deno.test("loadSettings() refuses numbers that only look like numbers", () => {
  for (const text of ["", " ", "1.5", "Infinity", "0x", "70000"]) {
    const load = loadSettings({ prefix: "T_", fields: FIELDS, env: { T_LINK__PORT: text } });
    assert.equal(load.kind, "problems", JSON.stringify(text));
  }
});
