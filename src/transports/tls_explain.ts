import { errorText } from "../core/errors.ts";
import { plainKey } from "./client_key.ts";
import { plainCertificates } from "./pem_blocks.ts";
import type { TlsTexts } from "./tls_preflight.ts";

/** Bytes of a fixed header that no broker answers: what is read is only the alert, if one comes. */
const READ_BYTES = 1;

/** Where to ask, and for how long. */
export interface ExplainOptions {
  readonly hostname: string;
  readonly port: number;
  readonly tls: TlsTexts;
  /** Calls back once at the deadline. */
  readonly deadline: (callback: () => void) => Disposable;
}

/**
 * Asks a broker that closed without a word why: a handshake of our own, whose errors are clear text, and then a read,
 * as TLS 1.3 refuses a client certificate only after the handshake.
 *
 * @returns The reason, or undefined when the broker has nothing against our certificates. Never rejects.
 */
export async function explainTls(options: ExplainOptions): Promise<string | undefined> {
  const { hostname, port, tls } = options;
  let connection: Deno.TlsConn | undefined;
  let late = false;
  using _timer = options.deadline(() => {
    late = true;
    close(connection);
  });
  try {
    const own = tls.cert !== undefined && tls.key !== undefined
      ? { cert: plainCertificates(tls.cert), key: plainKey(tls.key, tls.passphrase) }
      : {};
    const unsafelyDisableHostnameVerification = tls.checkHostname === false;
    connection = await Deno.connectTls({
      hostname,
      port,
      caCerts: [plainCertificates(tls.ca)],
      unsafelyDisableHostnameVerification,
      ...own,
    });
    if (late) return undefined;
    await connection.handshake();
    await connection.read(new Uint8Array(READ_BYTES));
    return undefined;
  } catch (thrown) {
    return late ? undefined : errorText(thrown);
  } finally {
    close(connection);
  }
}

function close(connection: Deno.TlsConn | undefined): void {
  try {
    connection?.close();
  } catch (thrown) {
    // Closed by the deadline already: both sides of the race close.
    if (!(thrown instanceof Deno.errors.BadResource)) throw thrown;
  }
}
