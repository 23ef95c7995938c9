/** What a relay switches: the words of its two sides. */
export interface RelayWords {
  readonly stateType: string;
  /** Event to the state that it leads to. */
  readonly stateByEvent: Readonly<Record<string, string>>;
}

/** Words of every event type of a relay. Source: the relay table, spec/hardware.md §4.7. */
export const RELAY_WORDS: Readonly<Record<string, RelayWords>> = {
  "change.relay.state": {
    stateType: "relay.closed.or.open",
    stateByEvent: { CloseRelay: "RelayClosed", OpenRelay: "RelayOpen" },
  },
  "change.store.flow.relay": {
    stateType: "store.flow.relay",
    stateByEvent: { DischargeStore: "DischargingStore", ChargeStore: "ChargingStore" },
  },
  "change.heat.pump.control": {
    stateType: "heat.pump.control",
    stateByEvent: { SwitchToTankAquastat: "BufferTankAquastat", SwitchToScada: "Scada" },
  },
  "change.aquastat.control": {
    stateType: "aquastat.control.state",
    stateByEvent: { SwitchToBoiler: "Boiler", SwitchToScada: "Scada" },
  },
  "change.primary.pump.control": {
    stateType: "primary.pump.control",
    stateByEvent: { SwitchToHeatPump: "HeatPump", SwitchToScada: "Scada" },
  },
  "change.keep.send": {
    stateType: "hp.loop.keep.send",
    stateByEvent: { ChangeToKeepLess: "SendMore", ChangeToKeepMore: "SendLess" },
  },
  "change.heatcall.source": {
    stateType: "heatcall.source",
    stateByEvent: { SwitchToWallThermostat: "WallThermostat", SwitchToScada: "Scada" },
  },
};
