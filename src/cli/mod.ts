/** The commands of `hearth`. The plan worker imports `run_options.ts` alone, which loads no transport. */
export * from "./cli_host.ts";
export * from "./dev_run_file.ts";
export * from "./keys_host.ts";
export * from "./parse_duration.ts";
export * from "./read_settings.ts";
export * from "./run_cli.ts";
export * from "./run_options.ts";
