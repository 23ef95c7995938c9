import { OutsideDataError } from "../core/errors.ts";
import { EXIT } from "../core/exit_codes.ts";
import { type FetchStep, fetchSteps, type KeyPaths, remoteFolders, type RemoteKey } from "../keys/mod.ts";
import { remoteText, type SshChoices, type SshRemote, sshRemote } from "../keys/mod.ts";
import { joinPath } from "../settings/mod.ts";
import { type Fetch, runHere, runSteps, stopFetch } from "./key_fetch_steps.ts";
import type { StepFailure } from "./key_fetch_words.ts";
import type { KeyFetchOptions } from "./keys_call.ts";
import { type KeysHost, printResult } from "./keys_context.ts";
import { REMOTE_VARIABLE } from "./keys_fetch_options.ts";
import { type JudgedSource, judgeSource, linkPaths, placedLines, placedResult, placeSource } from "./keys_place.ts";

function remoteOf(host: KeysHost, { remote }: KeyFetchOptions): SshRemote {
  if (remote !== undefined) return remote;
  const set = host.init.env[REMOTE_VARIABLE] ?? "";
  if (set !== "") return sshRemote(set);
  throw new RangeError(`Cannot fetch a key as its remote must be told: found neither --remote nor ${REMOTE_VARIABLE}`);
}

/** How ssh goes to the remote. @throws {OutsideDataError} If a file that it is told is not there. */
function choicesOf(host: KeysHost, options: KeyFetchOptions): SshChoices {
  function file<Name extends string>(
    name: Name,
    path: string | undefined,
    what: string,
  ): { readonly [N in Name]?: string } {
    if (path === undefined) return {};
    const full = joinPath(host.init.cwd, path);
    if (host.keys.files.stat(full)?.kind === "file") return { [name]: full } as { readonly [N in Name]: string };
    throw new OutsideDataError(`Cannot use ${what} "${full}" as it must be a file: there is none`);
  }
  return {
    remote: remoteOf(host, options),
    ...file("identity", options.identity, "identity"),
    ...file("knownHosts", options.knownHosts, "known hosts"),
    ...file("config", options.sshConfig, "configuration of ssh"),
  };
}

function remoteKey({ name, remoteCaDir: caDir, remoteCertsDir, keyName }: KeyFetchOptions): RemoteKey {
  return {
    name,
    caDir,
    ...(remoteCertsDir === undefined ? {} : { certsDir: remoteCertsDir }),
    ...(keyName === undefined ? {} : { keyName }),
  };
}

function stepsOf(options: KeyFetchOptions): readonly FetchStep[] {
  const { only, deletes, dns, force } = options;
  // A path with "~" would be quoted: a session begins in the home anyway.
  const make = { program: options.with.replace(/^~\//, "./"), dns, force };
  return fetchSteps(remoteKey(options), { ...(only === "copy" ? {} : { make }), copies: only !== "make", deletes });
}

/** How far a fetch came. */
interface Outcome {
  readonly judged?: JudgedSource;
  readonly failure?: StepFailure;
}

/** What is copied is checked, then placed as a whole; only then the remote's copy goes. */
async function carryOut(fetch: Fetch, steps: readonly FetchStep[], paths: KeyPaths | undefined): Promise<Outcome> {
  const { host, options, copied } = fetch;
  const failure = await runSteps(fetch, steps.filter(({ name }) => name !== "delete"));
  if (failure !== undefined) return { failure };
  if (paths === undefined) return {};
  const source = { ...copied, problems: [] };
  let judged: JudgedSource | undefined;
  async function check(): Promise<void> {
    judged = await judgeSource(host, source, { link: paths!.stem, options });
  }
  const wrong = await runHere(fetch, { step: "check", does: "check here that all of it fits together", work: check });
  if (wrong !== undefined) return { failure: wrong };
  const unplaced = await runHere(fetch, {
    step: "place",
    does: `place it in ${paths.folder}`,
    work: () => placeSource(host, source, { paths, force: options.force }),
  });
  if (unplaced !== undefined) return { failure: unplaced };
  const undeleted = await runSteps(fetch, steps.filter(({ name }) => name === "delete"));
  return { ...(judged === undefined ? {} : { judged }), ...(undeleted === undefined ? {} : { failure: undeleted }) };
}

/** Where private keys are that somebody must know of. */
function notes({ options, told, folder }: Fetch, { judged, failure }: Outcome): readonly string[] {
  if (options.dryRun) return ["This was a dry run: nothing was run or written"];
  const isMade = told.some(({ step, ok }) => step === "make" && ok === true);
  if (judged === undefined && isMade) {
    const how = failure === undefined ? "waits on" : "was made, and stays on";
    return [`The key ${how} the remote, in ${folder}: --copy-only --delete fetches it`];
  }
  if (judged === undefined || told.some(({ step }) => step === "delete")) return [];
  return [`The remote keeps its copy, with the private key, in ${folder}`];
}

/** `hearth key fetch`: what the reference's getkeys does, over plain ssh. Nothing is placed when a step fails. */
export async function keyFetch(host: KeysHost, options: KeyFetchOptions): Promise<number> {
  const { wallMs } = host.clock();
  const steps = stepsOf(options);
  const { folder } = remoteFolders(remoteKey(options));
  const choices = choicesOf(host, options);
  // Before the remote is asked for anything.
  const paths = options.only === "make" ? undefined : linkPaths(host, options.link ?? options.name, options);
  const copied = { ca: "", cert: "", key: "" };
  const fetch: Fetch = { host, options, choices, folder, told: [], copied, running: undefined, isStopped: false };
  host.onStop(() => stopFetch(fetch));
  const outcome = await carryOut(fetch, steps, paths);
  const { failure, judged } = outcome;
  const said = notes(fetch, outcome);
  const hasPlaced = paths !== undefined && judged !== undefined;
  const lines = [...(hasPlaced ? placedLines(paths, judged, wallMs) : []), ...said];
  if (!options.json && lines.length === 0) return failure?.exit ?? EXIT.ok;
  printResult(host, options.json, {
    ok: failure === undefined,
    dryRun: options.dryRun,
    remote: remoteText(choices.remote),
    steps: fetch.told,
    ...(hasPlaced ? placedResult(paths, judged, wallMs) : {}),
    notes: said,
  }, lines);
  return failure?.exit ?? EXIT.ok;
}
