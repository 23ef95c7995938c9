import layout from "../../layouts/simple_house.json" with { type: "json" };
import { makeScada, type Scada, type ScadaOptions } from "./make_scada.ts";
import { scadaFacts } from "./scada_facts.ts";

/** Test builder: the simple house's agent with an admin door. */
export function simpleScada(options: Partial<ScadaOptions> = {}): Scada {
  return makeScada({ facts: scadaFacts(layout), admin: { dst: "admin", link: "admin" }, ...options });
}
