import "../../../src/host/process_env.ts";
import mqtt from "mqtt";
import { z } from "zod";
import { Aedes } from "aedes";
import { Command } from "commander";

declare const self: { postMessage(message: unknown): void };

const loaded = [typeof mqtt.connect, typeof z.object, typeof Aedes.createBroker, typeof Command];
self.postMessage({ loaded, variables: Object.keys((await import("node:process")).default.env) });
