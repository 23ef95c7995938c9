/** CA, keys, certificates, revocation, and what is wrong with them. Loads the X.509 library: import it only when needed. */
export * from "./certificate_info.ts";
export * from "./fetch_steps.ts";
export * from "./issue.ts";
export * from "./judge_credentials.ts";
export * from "./key_files.ts";
export * from "./key_kind.ts";
export * from "./key_limits.ts";
export * from "./key_paths.ts";
export * from "./pem.ts";
export * from "./revocations.ts";
export * from "./ssh_public_key.ts";
export * from "./ssh_refusal.ts";
export * from "./ssh_remote.ts";
export * from "./subject_names.ts";
export * from "./tar_archive.ts";
