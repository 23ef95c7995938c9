import type { Marks } from "./marks.ts";
import type { RandomStreams } from "./random_streams.ts";
import type { SimulatedBroker } from "./simulated_broker.ts";
import type { Trace } from "./trace.ts";
import type { VirtualClock } from "./virtual_clock.ts";

/** What every node of a world shares. */
export interface NodeWorld {
  readonly clock: VirtualClock;
  readonly random: RandomStreams;
  readonly broker: SimulatedBroker;
  readonly trace: Trace;
  readonly marks: Marks;
}
