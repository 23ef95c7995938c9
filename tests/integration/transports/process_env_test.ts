import { strict as assert } from "node:assert";

const NOTHING = {
  env: false,
  ffi: false,
  import: false,
  net: false,
  read: false,
  run: false,
  sys: false,
  write: false,
};

Deno.test("process_env lets mqtt, zod, aedes and commander load when the worker has no permission at all", async () => {
  const url = new URL("./process_env_worker.ts", import.meta.url);
  const worker = new Worker(url, { type: "module", deno: { permissions: NOTHING } } as WorkerOptions);
  try {
    const told = await new Promise((resolve, reject) => {
      worker.onmessage = (event) => resolve(event.data);
      worker.onerror = (event) => {
        event.preventDefault();
        reject(new Error(event.message));
      };
    });
    assert.deepEqual(told, { loaded: ["function", "function", "function", "function"], variables: [] });
  } finally {
    worker.terminate();
  }
});
