/** Settings from the environment and an env file: typed, with every problem at once. */
export * from "./app_settings.ts";
export * from "./field.ts";
export * from "./load_settings.ts";
export * from "./ltn_settings.ts";
export * from "./mqtt_link_settings.ts";
export * from "./parse_dotenv.ts";
export * from "./paths.ts";
export * from "./proactor_settings.ts";
export * from "./scada_settings.ts";
export * from "./setting_source.ts";
