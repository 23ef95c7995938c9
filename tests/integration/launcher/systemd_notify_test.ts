import { strict as assert } from "node:assert";
import { LIBC_PATHS } from "../../../drivers/linux/libc_paths.ts";
import { openNotifySocket, unixAddress } from "../../../drivers/linux/notify_socket.ts";
import { runScript, worker } from "./run_app.ts";
import { fileURLToPath } from "node:url";

const READ_MS = 20;

/** The end of a datagram socket that systemd would hold. */
function listen(path: string): Disposable & { readonly received: readonly string[] } {
  const libc = Deno.dlopen(LIBC_PATHS[Deno.build.arch]![0]!, {
    socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
    bind: { parameters: ["i32", "buffer", "u32"], result: "i32" },
    recv: { parameters: ["i32", "buffer", "usize", "i32"], result: "isize" },
    close: { parameters: ["i32"], result: "i32" },
  });
  const fd = libc.symbols.socket(1, 2, 0);
  const address = unixAddress(path)!;
  assert.equal(libc.symbols.bind(fd, address, address.length), 0, path);
  const received: string[] = [];
  const buffer = new Uint8Array(256);
  function read(): void {
    for (let count = 1; count > 0;) {
      count = Number(libc.symbols.recv(fd, buffer, 256n, 0x40));
      if (count > 0) received.push(new TextDecoder().decode(buffer.subarray(0, count)));
    }
  }
  const timer = setInterval(read, READ_MS);
  return {
    get received() {
      read();
      return received;
    },
    [Symbol.dispose]() {
      clearInterval(timer);
      libc.symbols.close(fd);
      libc.close();
    },
  };
}

for (const kind of ["path", "abstract"] as const) {
  Deno.test(`launch() tells systemd when it is ready, that it lives and that it stops, at a socket with ${kind} name`, async () => {
    const folder = Deno.makeTempDirSync({ prefix: "hearth-notify-" });
    const path = kind === "path" ? `${folder}/notify` : `@${folder.slice(1)}`;
    {
      using systemd = listen(path);
      const plan = { workers: [worker("agent", { then: "keep" })], ports: [], exitAfterMs: 1_300 };
      const script = fileURLToPath(new URL("test_app.ts", import.meta.url));
      const end = await runScript(script, ["go", JSON.stringify(plan)], [], { NOTIFY_SOCKET: path });
      assert.equal(end.code, 0, end.stderr);
      const states = systemd.received;
      const ready = states.indexOf("READY=1"), stopping = states.indexOf("STOPPING=1");
      assert.ok(ready >= 0 && stopping > ready, states.join(" "));
      const alive = states.slice(ready, stopping).filter((state) => state === "WATCHDOG=1").length;
      assert.ok(alive >= 1 && alive <= 4, `${alive} in 1.3 s: ${states.join(" ")}`);
    }
    Deno.removeSync(folder, { recursive: true });
  });
}

Deno.test("openNotifySocket() is quiet when nobody listens or the path is no socket's", () => {
  using socket = openNotifySocket("/nonexistent/notify", Deno.build.arch);
  assert.equal(socket?.send("READY=1"), false);
  assert.equal(openNotifySocket("vsock:2:1", Deno.build.arch), undefined);
  assert.equal(openNotifySocket("/run/notify", "none"), undefined);
});
