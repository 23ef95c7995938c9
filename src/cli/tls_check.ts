import { OutsideDataError } from "../core/errors.ts";
import { EXIT } from "../core/exit_codes.ts";
import { type CertificateInfo, judgeCredentials, keyModeProblems, keyPaths, type KeyProblem } from "../keys/mod.ts";
import { pemText, readText } from "../keys/mod.ts";
import { joinPath } from "../settings/mod.ts";
import type { TlsCheckOptions } from "./keys_call.ts";
import { infoLines, type KeysHost, linkCertsDir, printResult, problemLines, shownInfo } from "./keys_context.ts";
import type { ShownChain, TlsAnswer } from "./keys_host.ts";
import { openKey } from "./keys_password.ts";
import { connackWords, refusalWords } from "./tls_words.ts";

interface LocalFiles {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly crl?: string;
  readonly problems: readonly KeyProblem[];
}

/** One finding of the check, in the order in which a connection goes. */
interface Step {
  readonly step: "files" | "reach" | "server" | "handshake" | "login";
  readonly ok: boolean;
  readonly text: string;
}

function localPaths(host: KeysHost, options: TlsCheckOptions) {
  const at = (path: string | undefined) => path === undefined ? undefined : joinPath(host.init.cwd, path);
  const given = { ca: at(options.ca), cert: at(options.cert), key: at(options.key), crl: at(options.crl) };
  if (options.link === undefined) return given;
  const link = keyPaths(options.link, { certsDir: linkCertsDir(host, options.certsDir), cwd: host.init.cwd });
  return { ca: given.ca ?? link.ca, cert: given.cert ?? link.cert, key: given.key ?? link.key, crl: given.crl };
}

/** Reads what is named. @throws {OutsideDataError} With every file that cannot be read. */
async function localFiles(host: KeysHost, options: TlsCheckOptions): Promise<LocalFiles> {
  const paths = localPaths(host, options);
  const found: { [Name in "ca" | "cert" | "key" | "crl"]?: string } = {};
  const wrong: string[] = [];
  const names = {
    ca: "CA certificate",
    cert: "client certificate",
    key: "client key",
    crl: "revocation list",
  } as const;
  for (const item of ["ca", "cert", "key", "crl"] as const) {
    const path = paths[item];
    if (path === undefined) continue;
    try {
      found[item] = readText(host.keys.files, path, names[item]);
    } catch (thrown) {
      if (!(thrown instanceof Error)) throw thrown;
      wrong.push(thrown.message);
    }
  }
  if ((paths.cert === undefined) !== (paths.key === undefined)) {
    wrong.push(`Cannot use --cert and --key as they must come together: found only ${paths.cert ? "--cert" : "--key"}`);
  }
  if (wrong.length > 0) throw new OutsideDataError(wrong.join("\n"));
  const opened = found.key === undefined ? undefined : openKey(host, found.key, options);
  if (opened?.plain !== undefined) found.key = opened.plain;
  const warnings = (opened?.warnings ?? []).map((text) => ({ level: "warning", text }) as const);
  return { ...found, problems: [...await localProblems(host, found, paths.key), ...warnings] };
}

async function localProblems(
  host: KeysHost,
  found: Omit<LocalFiles, "problems">,
  keyPath: string | undefined,
): Promise<readonly KeyProblem[]> {
  const { cert, key, ca: _ca, crl: _crl } = found;
  const mode = keyPath === undefined ? undefined : host.keys.files.stat(keyPath)?.mode;
  const modeProblems = mode === undefined ? [] : keyModeProblems(keyPath!, mode);
  if (cert === undefined) return modeProblems;
  // Which CA the broker wants is the broker's matter: its own may be another than the one that we trust.
  const { problems } = await judgeCredentials(
    { cert, ...(key === undefined ? {} : { key }), ...revocationsOf(found) },
    { wallMs: host.clock().wallMs, usage: "client", what: "client certificate" },
  );
  return [...problems, ...modeProblems];
}

function revocationsOf({ ca, crl }: Omit<LocalFiles, "problems">) {
  return ca === undefined || crl === undefined ? {} : { ca, crl };
}

/** What the server shows, judged against our CA. */
async function judgeServer(host: KeysHost, options: TlsCheckOptions, { shown, local }: {
  readonly shown: Extract<ShownChain, { readonly kind: "shown" }>;
  readonly local: LocalFiles;
}) {
  const cert = shown.chain.map((der) => pemText("CERTIFICATE", der)).join("");
  return await judgeCredentials(
    { cert, ...(local.ca === undefined ? {} : { ca: local.ca }), ...revocationsOf(local) },
    { wallMs: host.clock().wallMs, usage: "server", host: options.host, what: "server's certificate" },
  );
}

function answerSteps(answer: TlsAnswer, hasCert: boolean): readonly Step[] {
  const shown = hasCert ? "our client certificate is accepted" : "it wants no client certificate";
  switch (answer.kind) {
    case "not_asked":
      return [{ step: "handshake", ok: false, text: `no handshake was tried: ${answer.text}` }];
    case "refused":
      return [{ step: "handshake", ok: false, text: `the connection is refused: ${refusalWords(answer.text)}` }];
    case "silent":
      return [{ step: "handshake", ok: true, text: `the handshake is done, and nothing came against it` }];
    case "connack": {
      const handshake: Step = { step: "handshake", ok: true, text: shown };
      if (answer.code === 0) return [handshake, { step: "login", ok: true, text: "MQTT: connected" }];
      return [handshake, { step: "login", ok: false, text: `MQTT: ${connackWords(answer.code)}` }];
    }
  }
}

interface Report {
  readonly steps: readonly Step[];
  readonly chain: readonly CertificateInfo[];
  readonly problems: readonly KeyProblem[];
  readonly exit: number;
}

async function examine(host: KeysHost, options: TlsCheckOptions): Promise<Report> {
  const local = await localFiles(host, options);
  const address = `${options.host}:${options.port}`;
  const isLocalWrong = local.problems.some(({ level }) => level === "error");
  const files: readonly Step[] = local.cert === undefined
    ? []
    : [{ step: "files", ok: !isLocalWrong, text: `our files ${isLocalWrong ? "do not fit" : "fit together"}` }];
  const shown = await host.keys.showChain(options.host, options.port);
  if (shown.kind === "unreached") {
    const steps: readonly Step[] = [...files, { step: "reach", ok: false, text: `${address}: ${shown.because}` }];
    return { steps, chain: [], problems: local.problems, exit: EXIT.environment };
  }
  const reach: Step = { step: "reach", ok: true, text: `${address} answers` };
  const server = shown.kind === "shown" ? await judgeServer(host, options, { shown, local }) : undefined;
  const serverStep: Step = server === undefined
    ? { step: "server", ok: false, text: `no certificate was shown: ${shown.kind === "no_tls" ? shown.because : ""}` }
    : serverVerdict(server.problems, local.ca !== undefined);
  const { ca, cert, key } = local;
  const answer = await host.keys.askTls({
    host: options.host,
    port: options.port,
    isMqtt: options.isMqtt,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined || key === undefined ? {} : { cert, key }),
  });
  const steps = [...files, reach, serverStep, ...answerSteps(answer, cert !== undefined)];
  const isAllOk = steps.every(({ ok }) => ok);
  return {
    steps,
    chain: server?.chain ?? [],
    problems: [...local.problems, ...server?.problems ?? []],
    exit: isLocalWrong ? EXIT.configuration : isAllOk ? EXIT.ok : EXIT.refused,
  };
}

function serverVerdict(problems: readonly KeyProblem[], hasCa: boolean): Step {
  const isWrong = problems.some(({ level }) => level === "error");
  if (isWrong) return { step: "server", ok: false, text: "the server's certificate does not fit" };
  const trust = hasCa ? "" : "; its CA is the system's matter, as there is no --ca";
  return { step: "server", ok: true, text: `the server's certificate fits host and dates${trust}` };
}

/** `hearth tls check`: what a link would meet, from the files to the login, with the reason of each refusal. */
export async function tlsCheck(host: KeysHost, options: TlsCheckOptions): Promise<number> {
  const { wallMs } = host.clock();
  const { steps, chain, problems, exit } = await examine(host, options);
  printResult(
    host,
    options.json,
    { ok: exit === EXIT.ok, steps, chain: chain.map((info) => shownInfo(info, wallMs)), problems },
    [
      ...chain.flatMap((info, index) => [
        index === 0 ? "server's certificate" : `signer ${index}`,
        ...infoLines(info, wallMs).map((line) => `  ${line}`),
      ]),
      ...steps.map(({ ok, text }) => `${ok ? "ok     " : "REFUSED"}  ${text}`),
      ...problemLines(problems),
    ],
  );
  return exit;
}
