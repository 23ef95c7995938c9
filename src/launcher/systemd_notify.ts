import { openNotifySocket } from "../../drivers/linux/notify_socket.ts";

/** How often systemd's watchdog is told that the launcher lives, in ms. */
export const WATCHDOG_MS = 500;

/**
 * Tells systemd the state of the process ("READY=1", "WATCHDOG=1", "STOPPING=1") at the socket that NOTIFY_SOCKET names.
 * Quiet when there is none, when the process may not load the C library, or when nobody listens.
 *
 * @param clockMs Monotonic ms.
 */
export function systemdNotify(clockMs: () => number): (state: string) => void {
  const path = notifyPath();
  const socket = path === undefined ? undefined : openNotifySocket(path, Deno.build.arch);
  let watchdogMs = -Infinity;
  return function notify(state) {
    if (socket === undefined) return;
    const nowMs = clockMs();
    if (state === "WATCHDOG=1") {
      if (nowMs - watchdogMs < WATCHDOG_MS) return;
      watchdogMs = nowMs;
    }
    socket.send(state);
  };
}

function notifyPath(): string | undefined {
  const { state } = Deno.permissions.querySync({ name: "env", variable: "NOTIFY_SOCKET" });
  return state === "granted" ? Deno.env.get("NOTIFY_SOCKET") : undefined;
}
