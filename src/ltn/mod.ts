/** The LTN side: what the cloud peer of a house is made of. */
export * from "./inbox.ts";
export * from "./ltn_hub.ts";
