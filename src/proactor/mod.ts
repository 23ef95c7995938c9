/** The library that derived applications start from: proactor, actors and their contract. */
export type { Actor, ActorContext, ActorInput, EventPayload, GuardRefusal } from "./actor.ts";
export { type InboxFilter, noOutputs, type ProactorConfig } from "./config.ts";
export { makeProactor, type Proactor } from "./proactor.ts";
export type { ProactorSnapshot } from "./snapshot.ts";
export type { ProactorEffect, ProactorInput, ProactorWorld } from "./world.ts";
