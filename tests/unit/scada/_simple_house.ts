import layout from "../../../layouts/simple_house.json" with { type: "json" };
import { makeScada, type Scada, type ScadaOptions } from "../../../src/scada/make_scada.ts";
import { scadaFacts } from "../../../src/scada/scada_facts.ts";

/** Test builder: the simple house's agent with an admin door. */
export function simpleScada(options: Partial<ScadaOptions> = {}): Scada {
  return makeScada({ facts: scadaFacts(layout), admin: { dst: "admin", link: "admin" }, ...options });
}
