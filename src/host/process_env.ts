/**
 * Gives npm code an empty `process.env`, so that it loads and runs in a worker with `env: false`.
 *
 * The first static import of every worker entry that loads npm code: packages read the environment while they load, and
 * without this mqtt and aedes end the worker with NotCapable. Settings come to a worker as data, never from here.
 */
import process from "node:process";
import { clearInterval, clearTimeout, setInterval, setTimeout } from "node:timers";

Object.defineProperty(process, "env", { value: {}, writable: true, configurable: true });

// Bundled npm code sees the web's timers, whose ids on the floor runtime are numbers without `refresh()` and `unref()`.
Object.assign(globalThis, { setTimeout, clearTimeout, setInterval, clearInterval });
