import * as z from "zod";
import { uuid4 } from "./primitives.ts";

/*
 * Layout types are stricter than messages: a value must have its JSON type, an enum value must be known, names are ASCII.
 */

/** Name of a node, channel or zone in a layout. */
export const layoutName = z.string().regex(
  /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/,
  'lower-case words joined by "-", for example "zone1-main"',
);
/** Alias of a GNode. */
export const layoutAlias = z.string().regex(
  /^[a-z][a-z0-9]*(?:\.[a-z0-9]+)*$/,
  'lower-case words joined by ".", for example "d1.isone.ct"',
);
const layoutHandle = z.string().regex(
  /^[a-z][a-z0-9]*(?:[-.][a-z0-9]+)*$/,
  'lower-case names joined by ".", for example "auto.lc.n"',
);

/** Classes of actors that are run today. */
export const ACTOR_CLASSES = [
  "NoActor",
  "PrimaryScada",
  "SecondaryScada",
  "PowerMeter",
  "LocalControl",
  "LeafAlly",
  "DerivedGenerator",
  "PicoCycler",
  "HpBoss",
  "I2cRelayMultiplexer",
  "I2cZeroTenMultiplexer",
  "Hubitat",
  "Relay",
  "MultipurposeSensor",
  "HoneywellThermostat",
  "ApiTankModule",
  "ApiFlowModule",
  "ZeroTenOutputer",
  "ApiBtuMeter",
  "SiegLoop",
] as const;

/** Classes of actors that older layouts name and that nothing runs any more. */
export const ACTOR_CLASSES_OLD = [
  "Scada",
  "HomeAlone",
  "BooleanActuator",
  "Atn",
  "SimpleSensor",
  "Thermostat",
  "HubitatTelemetryReader",
  "HubitatTankModule",
  "HubitatPoller",
  "FlowTotalizer",
  "Admin",
  "Fsm",
  "Parentless",
  "I2cDfrMultiplexer",
  "AtomicAlly",
  "SynthGenerator",
  "FakeAtn",
  "PumpDoctor",
  "StratBoss",
  "HpRelayBoss",
] as const;

/** What the integer of a channel means. */
export const TELEMETRY_NAMES = [
  "Unknown",
  "PowerW",
  "RelayState",
  "WaterTempCTimes1000",
  "WaterTempFTimes1000",
  "GpmTimes100",
  "CurrentRmsMicroAmps",
  "GallonsTimes100",
  "VoltageRmsMilliVolts",
  "MilliWattHours",
  "MicroHz",
  "AirTempCTimes1000",
  "AirTempFTimes1000",
  "ThermostatState",
  "MicroVolts",
  "VoltsTimesTen",
  "WattHours",
  "StorageLayer",
  "PercentKeep",
  "CelsiusTimes100",
  "VoltsTimes100",
  "HzTimes100",
] as const;

/** Physical units of channel configs; "Celcius" is how the data spells it. */
export const UNITS = [
  "Unknown",
  "Unitless",
  "W",
  "Celcius",
  "Fahrenheit",
  "Gpm",
  "WattHours",
  "AmpsRms",
  "VoltsRms",
  "Gallons",
  "ThermostatStateEnum",
] as const;

/** The parts of a GNode that are used. */
export const GNode = z.looseObject({ GNodeId: uuid4, Alias: layoutAlias, DisplayName: z.string().optional() });

/** A node of the house: an actor, a thing, or a place in the command tree. */
export const SpaceheatNodeGt = z.looseObject({
  Name: layoutName,
  ActorHierarchyName: layoutHandle.nullish(),
  Handle: layoutHandle.nullish(),
  ActorClass: z.enum([...ACTOR_CLASSES, ...ACTOR_CLASSES_OLD]),
  DisplayName: z.string().nullish(),
  ComponentId: z.string().nullish(),
  NameplatePowerW: z.int().nullish(),
  InPowerMetering: z.boolean().nullish(),
  ShNodeId: uuid4,
  TypeName: z.literal("spaceheat.node.gt").optional(),
  Version: z.string().optional(),
});

/** A channel that a node captures. */
export const DataChannelGt = z.looseObject({
  Name: layoutName,
  DisplayName: z.string(),
  AboutNodeName: z.string(),
  CapturedByNodeName: z.string(),
  TelemetryName: z.enum(TELEMETRY_NAMES),
  TerminalAssetAlias: layoutAlias,
  InPowerMetering: z.boolean().nullish(),
  StartS: z.int().nullish(),
  Id: uuid4,
  TypeName: z.literal("data.channel.gt").optional(),
  Version: z.string().optional(),
});

/** A channel that is computed from others. */
export const DerivedChannelGt = z.looseObject({
  Id: uuid4,
  Name: layoutName,
  CreatedByNodeName: z.string(),
  Strategy: layoutName,
  OutputUnit: z.enum(["Unknown", "Unitless", "FahrenheitX100", "Watts", "WattHours", "Gallons", "GpmX100"]).optional(),
  DisplayName: z.string(),
  TerminalAssetAlias: layoutAlias,
  TypeName: z.literal("derived.channel.gt").optional(),
  Version: z.string().optional(),
});

/** How a component reads or drives one channel; every type of config has these keys. */
export const ChannelConfig = z.looseObject({
  ChannelName: layoutName,
  PollPeriodMs: z.int().positive().nullish(),
  CapturePeriodS: z.int().positive(),
  AsyncCapture: z.boolean(),
  AsyncCaptureDelta: z.int().positive().nullish(),
  Exponent: z.int(),
  Unit: z.enum(UNITS),
  TypeName: z.string().optional(),
});

/** How one relay of a board is wired and named. */
export const RelayActorConfig = z.looseObject({
  ...ChannelConfig.shape,
  RelayIdx: z.int().positive(),
  ActorName: layoutName,
  WiringConfig: z.enum(["NormallyClosed", "NormallyOpen", "DoubleThrow"]),
  EventType: layoutAlias,
  DeEnergizingEvent: z.string(),
  EnergizingEvent: z.string(),
  StateType: layoutAlias,
  DeEnergizedState: z.string(),
  EnergizedState: z.string(),
});

/** What every component has; the rest depends on its type and is kept. */
export const ComponentGt = z.looseObject({
  ComponentId: uuid4,
  ComponentAttributeClassId: uuid4,
  ConfigList: z.array(ChannelConfig),
  DisplayName: z.string().nullish(),
  HwUid: z.string().nullish(),
  TypeName: z.string(),
});

/** A board of relays on I2C. */
export const RelayComponentGt = z.looseObject({
  ...ComponentGt.shape,
  I2cAddressList: z.array(z.int().min(0x03).max(0x77)),
  ConfigList: z.array(RelayActorConfig),
});

/** What kind of device a component is; the rest depends on its type and is kept. */
export const ComponentAttributeClassGt = z.looseObject({
  ComponentAttributeClassId: uuid4,
  MakeModel: z.string(),
  DisplayName: z.string().nullish(),
  MinPollPeriodMs: z.int().nullish(),
  TypeName: z.string(),
});

/** Component types of the reference, and those of `bus_component_types.ts`. */
export const COMPONENT_TYPES = [
  "component.gt",
  "ads111x.based.component.gt",
  "electric.meter.component.gt",
  "resistive.heater.component.gt",
  "i2c.multichannel.dt.relay.component.gt",
  "dfr.component.gt",
  "pico.flow.module.component.gt",
  "pico.tank.module.component.gt",
  "sim.pico.tank.module.component.gt",
  "pico.btu.meter.component.gt",
  "hubitat.component.gt",
  "hubitat.poller.component.gt",
  "hubitat.tank.component.gt",
  "rest.poller.component.gt",
  "web.server.component.gt",
  "fibaro.smart.implant.component.gt",
  "gw108.vdc.relay.component.gt",
  "gw108.gpio.sensor.component.gt",
  "i2c.tmp105.reader.component.gt",
] as const;

/** Types of component attribute classes of the reference. */
export const CAC_TYPES = [
  "component.attribute.class.gt",
  "ads111x.based.cac.gt",
  "electric.meter.cac.gt",
  "resistive.heater.cac.gt",
] as const;

/** @see GNode */
export type GNode = z.infer<typeof GNode>;
/** @see SpaceheatNodeGt */
export type SpaceheatNodeGt = z.infer<typeof SpaceheatNodeGt>;
/** @see DataChannelGt */
export type DataChannelGt = z.infer<typeof DataChannelGt>;
/** @see DerivedChannelGt */
export type DerivedChannelGt = z.infer<typeof DerivedChannelGt>;
/** @see ChannelConfig */
export type ChannelConfig = z.infer<typeof ChannelConfig>;
/** @see RelayActorConfig */
export type RelayActorConfig = z.infer<typeof RelayActorConfig>;
/** @see ComponentGt */
export type ComponentGt = z.infer<typeof ComponentGt>;
/** @see ComponentAttributeClassGt */
export type ComponentAttributeClassGt = z.infer<typeof ComponentAttributeClassGt>;
/** Class of an actor. */
export type ActorClass = SpaceheatNodeGt["ActorClass"];
/** What the integer of a channel means. */
export type TelemetryName = DataChannelGt["TelemetryName"];
