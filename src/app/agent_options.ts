import { WORKDAY_TARIFF } from "../calendar/mod.ts";
import { scadaFacts, type ScadaOptions } from "../scada/mod.ts";
import { ADMIN_LINK, UPSTREAM_LINK } from "./link_names.ts";
import type { AgentInit } from "./proactor_init.ts";

/** The scada's options as the plan's settings have them. */
export function agentOptions(init: AgentInit): ScadaOptions {
  const admin = init.links.find((link) => link.name === ADMIN_LINK);
  return {
    facts: scadaFacts(init.layout),
    upstream: { dst: "ltn", link: UPSTREAM_LINK },
    ...(admin === undefined ? {} : { admin: { dst: admin.peerShortName, link: ADMIN_LINK } }),
    tariff: { ...WORKDAY_TARIFF, timezone: init.timeZone },
    powerThreshold: init.powerReportingThreshold,
    adminTimeoutSMax: init.adminTimeoutMsMax / 1_000,
    reportMs: init.reportMs,
    snapshotMs: init.snapshotMs,
  };
}
