import { checkTls, type readTlsFiles, type TlsProblem, type TlsTexts } from "./tls_preflight.ts";

/** What files that kept still are to a connection. `content` tells one set from another. */
export type TlsJudgement =
  | { readonly kind: "known" }
  | { readonly kind: "misfit"; readonly content: string; readonly reason: string }
  | { readonly kind: "fit"; readonly tls: TlsTexts };

/**
 * Judges what was read for a connection.
 *
 * @param inUse What it uses; passphrase and check of the name stay as they are there.
 * @param check Every error of a set, or undefined, as `tlsMisfit` finds them.
 */
export function judgeTls(
  { texts, problems }: ReturnType<typeof readTlsFiles>,
  inUse: TlsTexts,
  check: (tls: TlsTexts) => string | undefined,
): TlsJudgement {
  if (texts === undefined) {
    const reason = joined(problems);
    return { kind: "misfit", content: reason, reason };
  }
  const { ca: _ca, cert: _cert, key: _key, ...options } = inUse;
  const tls = { ...texts, ...options };
  const content = tlsContent(tls);
  if (content === tlsContent(inUse)) return { kind: "known" };
  const reason = check(tls);
  return reason === undefined ? { kind: "fit", tls } : { kind: "misfit", content, reason };
}

/** Every error of a set in one line, or undefined when it can be used. @param wallMs As `checkTls` takes it. */
export function tlsMisfit(tls: TlsTexts, wallMs: number): string | undefined {
  const errors = checkTls(tls, wallMs).filter(({ level }) => level === "error");
  return errors.length === 0 ? undefined : joined(errors);
}

/** A text that is equal for sets of the same content only. */
export function tlsContent({ ca, cert = "", key = "" }: TlsTexts): string {
  return JSON.stringify([ca, cert, key]);
}

/** Every problem in one line. */
export function joined(problems: readonly TlsProblem[]): string {
  return problems.map(({ text }) => text).join("; ");
}
