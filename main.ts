import { hearth } from "./src/launcher/hearth.ts";

await hearth(Deno.args);
