/** `hearth key fetch` from a machine with the real gwcert: what getkeys of the reference does. */
import { strict as assert } from "node:assert";
import { EXIT } from "../../src/core/exit_codes.ts";
import { sshdMissing, startSshd } from "../integration/keys/sshd.ts";
import { runHearth, temporaryFolder } from "../support/hearth_process.ts";
import { testWithReal } from "../support/test_with_real.ts";
import { interopTest } from "./pair.ts";

const GWCERT = "import sys; from gwcert.__main__ import app; sys.argv[0] = 'gwcert'; app()";
const CA = ".local/share/gridworks/ca";

/** Needs an sshd beside the Python packages. */
function fetchTest(name: string, run: (python: string) => Promise<void>): void {
  const missing = sshdMissing();
  if (missing === undefined) interopTest(name, run);
  else testWithReal(name, missing, () => Promise.resolve());
}

fetchTest(
  "hearth key fetch makes a key with gwcert on another machine, places it, and deletes it there",
  async (python) => {
    using folder = temporaryFolder();
    await Deno.mkdir(`${folder.path}/remote`);
    await using sshd = await startSshd(`${folder.path}/remote`);
    sshd.program("gwcert", `#!/bin/sh\nexec '${python}' -c "${GWCERT}" "$@"\n`);
    const env = { HOME: sshd.home, XDG_DATA_HOME: `${sshd.home}/.local/share` };
    const made = await new Deno.Command(python, { args: ["-c", GWCERT, "ca", "create", "GW CA"], env }).output();
    assert.ok(made.success, new TextDecoder().decode(made.stderr));
    async function fetch(args: readonly string[], code: number = EXIT.ok) {
      const end = await runHearth(["key", "fetch", "up", ...args, ...sshd.options], { folder: folder.path });
      assert.equal(end.code, code, end.stdout + end.stderr);
      return end;
    }
    const certs = `${sshd.home}/${CA}/certs`;
    await fetch(["--key-name", "beech", "--dns", "beech.lan"]);
    assert.deepEqual([...Deno.readDirSync(`${certs}/beech`)], []);
    const placed = `${folder.path}/config/gridworks/scada/certs/up`;
    assert.equal(Deno.statSync(`${placed}/private/up.pem`).mode! & 0o777, 0o600);
    assert.equal(Deno.readTextFileSync(`${placed}/ca.crt`), Deno.readTextFileSync(`${sshd.home}/${CA}/ca.crt`));
    // gwcert itself would say 0 and leave the old key.
    await fetch(["--generate-only"]);
    const { stderr } = await fetch(["--generate-only"], EXIT.configuration);
    assert.match(stderr, /There is such a key already/);
    await fetch(["--force"]);
    assert.deepEqual([...Deno.readDirSync(certs)].map(({ name }) => name), ["beech"]);
  },
);
