/** Worker entry name → module, relative to the root of the repository (or, bundled, of the bundle's folder). */
export const ENTRIES: Readonly<Record<string, string>> = {
  agent: "src/app/agent.ts",
  store: "src/app/store.ts",
  ltn: "src/app/ltn.ts",
  bus: "src/app/bus.ts",
  guard: "src/app/guard.ts",
  import: "src/app/import.ts",
  house: "src/app/house.ts",
  broker: "src/app/broker.ts",
  view: "src/app/view.ts",
  cli: "src/app/cli.ts",
  plan: "src/app/plan.ts",
};
