import { strict as assert } from "node:assert";
import { EXIT } from "../../../src/core/exit_codes.ts";
import { runApp, testFiles, worker } from "./run_app.ts";

const REFUSED = {
  netGranted: "refused",
  netOtherPort: "refused",
  netOtherHost: "refused",
  nodeNetOtherPort: "refused",
  fileGranted: "refused",
  fileOther: "refused",
  writeOther: "refused",
  environment: "refused",
  ffiLibm: "refused",
  ffiGranted: "refused",
  subprocess: "refused",
  sys: "refused",
  importOther: "refused",
};

function probed(stdout: string, name: string): unknown {
  return JSON.parse(new RegExp(`^probe ${name} (.*)$`, "m").exec(stdout)?.[1] ?? "null");
}

/** Path of libc by its full name, as the plan grants it. */
function libcPath(): string {
  const triplet = Deno.build.arch === "aarch64" ? "aarch64-linux-gnu" : "x86_64-linux-gnu";
  return `/lib/${triplet}/libc.so.6`;
}

Deno.test("launch() grants each worker exactly what the plan names", async () => {
  using files = testFiles();
  using granted = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const other = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const intruder = other.accept().then((connection) => connection.close(), () => "none");
  const grantedFile = `${files.folder}/granted.txt`, otherFile = `${files.folder}/other.txt`;
  for (const file of [grantedFile, otherFile]) Deno.writeTextFileSync(file, "text");
  const ffi = libcPath();
  const targets = { grantedPort: granted.addr.port, otherPort: other.addr.port, grantedFile, otherFile, ffi };
  const end = await runApp({
    workers: [
      worker("agent", { then: "keep", probe: targets }, {
        grants: { net: [`127.0.0.1:${granted.addr.port}`], read: [grantedFile] },
      }),
      worker("bus", { probe: targets }, { grants: { ffi: [ffi] }, supervision: "replace", silentMs: 1_000 }),
    ],
    ports: [],
    exitAfterMs: 1,
  });
  assert.equal(end.code, EXIT.ok, end.stderr);
  assert.deepEqual(probed(end.stdout, "agent"), { ...REFUSED, netGranted: "done", fileGranted: "done" });
  assert.deepEqual(probed(end.stdout, "bus"), { ...REFUSED, ffiGranted: "done" });
  assert.equal(Deno.readTextFileSync(otherFile), "text");
  other.close();
  assert.equal(await intruder, "none", "nobody reached the port that is not in the plan");
});
