import type { ShellClock } from "../host/proactor_shell.ts";
import type { LinkConfig } from "../links/port.ts";
import { ADMIN_LINK, LTN_SHORT, SCADA_LINK, SCADA_SHORT, UPSTREAM_LINK } from "./link_names.ts";
import type { FoundLayout } from "./plan_basis.ts";
import type { AgentInit, ConnectionPlan, ProactorInit } from "./proactor_init.ts";
import type { ViewInit } from "./view_init.ts";

/** Bounds of the demo's links: the reference's defaults; both ends are Hearth. */
export const DEMO_BOUNDS: ProactorInit["bounds"] = {
  pollMs: 60_000,
  ackTimeoutMs: 5_000,
  windowInitial: 5,
  windowRowsMax: 256,
  windowBytesMax: 131_072,
  peerIsHearth: true,
};

/** What agent and LTN have in common. */
export interface ProactorPlace {
  readonly layout: FoundLayout;
  readonly clock: ShellClock;
  readonly bounds: ProactorInit["bounds"];
  readonly logLevel: ProactorInit["logLevel"];
  /** Worker names. */
  readonly store: string;
  readonly view?: string;
  readonly lines?: ViewInit;
}

/** What the agent has beside it. */
export interface AgentPlace {
  readonly upstream: ConnectionPlan;
  /** `name`: under which the admin client publishes. */
  readonly admin?: { readonly connection: ConnectionPlan; readonly name: string };
  readonly buses: readonly string[];
  readonly timeZone: string;
  readonly reportMs?: number;
  readonly snapshotMs?: number;
  readonly powerReportingThreshold?: number;
  readonly adminTimeoutMsMax?: number;
}

/** The agent: upstream to the LTN, and an admin link when there is one. */
export function agentInit({ layout, ...place }: ProactorPlace, own: AgentPlace): AgentInit {
  const links: LinkConfig[] = [{
    name: UPSTREAM_LINK,
    connection: own.upstream.name,
    role: "upstream",
    peerLongName: layout.ltn,
    peerShortName: LTN_SHORT,
    ownShortName: SCADA_SHORT,
  }];
  if (own.admin) {
    links.push({
      name: ADMIN_LINK,
      connection: own.admin.connection.name,
      role: "other",
      peerLongName: own.admin.name,
      peerShortName: own.admin.name,
      // Source: gridworks-scada `admin` link: the client addresses the scada by its long name.
      ownShortName: layout.scada,
    });
  }
  return {
    ...place,
    longName: layout.scada,
    connections: own.admin ? [own.upstream, own.admin.connection] : [own.upstream],
    links,
    inbound: { "": SCADA_SHORT },
    routes: {
      [LTN_SHORT]: UPSTREAM_LINK,
      [layout.ltn]: UPSTREAM_LINK,
      ...(own.admin ? { [own.admin.name]: ADMIN_LINK } : {}),
    },
    peers: { [UPSTREAM_LINK]: layout.ltn, ...(own.admin ? { [ADMIN_LINK]: own.admin.name } : {}) },
    buses: own.buses,
    layout: layout.json,
    timeZone: own.timeZone,
    reportMs: own.reportMs ?? 300_000,
    snapshotMs: own.snapshotMs ?? 30_000,
    powerReportingThreshold: own.powerReportingThreshold ?? 0.02,
    adminTimeoutMsMax: own.adminTimeoutMsMax ?? 86_400_000,
  };
}

/** The LTN: one link down to the house. */
export function ltnInit({ layout, ...place }: ProactorPlace, connection: ConnectionPlan): ProactorInit {
  return {
    ...place,
    longName: layout.ltn,
    connections: [connection],
    links: [{
      name: SCADA_LINK,
      connection: connection.name,
      role: "downstream",
      peerLongName: layout.scada,
      peerShortName: SCADA_SHORT,
      ownShortName: LTN_SHORT,
    }],
    inbound: { "": LTN_SHORT },
    routes: { [SCADA_SHORT]: SCADA_LINK, [layout.scada]: SCADA_LINK },
    peers: { [SCADA_LINK]: layout.scada },
    buses: [],
  };
}
