import { RULE_SCENARIOS } from "./rule_scenarios.ts";
import { STORE_SCENARIOS } from "./store_scenarios.ts";

for (const { name, run } of [...RULE_SCENARIOS, ...STORE_SCENARIOS]) Deno.test(`unit: ${name}`, run);
