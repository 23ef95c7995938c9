export * from "./tariff.ts";
