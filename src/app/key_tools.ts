import type { KeyTools, ShownChain, TlsAnswer, TlsQuestion } from "../cli/mod.ts";
import { errorText } from "../core/errors.ts";
import { diskKeyFiles } from "./key_files_disk.ts";
import { startSsh } from "./key_ssh.ts";

/** Longest wait for one part of a conversation with a TLS server, in ms. */
const ANSWER_MS_MAX = 5_000;
/** Fixed header of a CONNACK. */
const CONNACK = 0x20;
/** Bytes of a CONNACK of MQTT 3.1.1. */
const CONNACK_BYTES = 4;
const DISCONNECT = new Uint8Array([0xe0, 0]);

/** The key commands' part of the world: disk, randomness, TLS and ssh. */
export function keyTools(): KeyTools {
  return {
    files: diskKeyFiles(),
    randomBytes: (count) => crypto.getRandomValues(new Uint8Array(count)),
    showChain,
    askTls,
    startSsh,
  };
}

/** One second chance is of no use to a person who waits: after the deadline the result is `late`. */
async function within<Value>(work: Promise<Value>, late: Value): Promise<Value> {
  const { promise, resolve } = Promise.withResolvers<Value>();
  const timer = setTimeout(() => resolve(late), ANSWER_MS_MAX);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** The certificates of a server, taken without trust: they are only looked at. */
async function showChain(host: string, port: number): Promise<ShownChain> {
  const tcp = await within(reach(host, port), `no answer within ${ANSWER_MS_MAX} ms`);
  if (tcp !== undefined) return { kind: "unreached", because: tcp };
  const { connect } = await import("node:tls");
  const { promise, resolve } = Promise.withResolvers<ShownChain>();
  const socket = connect({ host, port, rejectUnauthorized: false, ...servername(host) });
  const chain: Uint8Array<ArrayBuffer>[] = [];
  socket.on("secureConnect", () => {
    for (let at = socket.getPeerCertificate(true); at?.raw !== undefined; at = at.issuerCertificate) {
      const der = new Uint8Array(at.raw);
      if (chain.some((known) => known.length === der.length && known.every((byte, index) => byte === der[index]))) {
        break;
      }
      chain.push(der);
    }
    resolve(chain.length === 0 ? { kind: "no_tls", because: "it has none" } : { kind: "shown", chain });
  });
  socket.on("error", (thrown: Error) => resolve({ kind: "no_tls", because: errorText(thrown) }));
  socket.on("close", () => resolve({ kind: "no_tls", because: "the connection was closed" }));
  try {
    return await within(promise, { kind: "no_tls", because: `no handshake within ${ANSWER_MS_MAX} ms` });
  } finally {
    socket.destroy();
  }
}

// RFC 6066 §3: an address is no server name.
function servername(host: string): { readonly servername?: string } {
  return /^[\d.]+$|:/.test(host) ? {} : { servername: host };
}

/** Why a host cannot be reached; undefined when it can. */
async function reach(hostname: string, port: number): Promise<string | undefined> {
  try {
    (await Deno.connect({ hostname, port })).close();
    return undefined;
  } catch (thrown) {
    return errorText(thrown);
  }
}

/** A handshake as the agent's own, then, for MQTT, a login: only its answer says that a client certificate was taken. */
async function askTls(question: TlsQuestion): Promise<TlsAnswer> {
  const { ca, cert, key } = question;
  if (cert !== undefined && key !== undefined) {
    // A key that is not the certificate's own, or a version 1 certificate, ends the whole process on the floor runtime.
    const { checkTls } = await import("../transports/tls_preflight.ts");
    const fatal = checkTls({ ca: ca ?? cert, cert, key }, 0).filter(({ level }) => level === "error");
    if (fatal.length > 0) return { kind: "not_asked", text: fatal.map(({ text }) => text).join("; ") };
  }
  const open: { connection?: Deno.TlsConn; isOver: boolean } = { isOver: false };
  try {
    return await within(converse(question, open), { kind: "silent" });
  } catch (thrown) {
    return { kind: "refused", text: errorText(thrown) };
  } finally {
    open.isOver = true;
    close(open.connection);
  }
}

async function converse(
  { host, port, ca, cert, key, isMqtt }: TlsQuestion,
  open: { connection?: Deno.TlsConn; isOver: boolean },
): Promise<TlsAnswer> {
  const own = cert === undefined || key === undefined ? {} : { cert, key };
  const trust = ca === undefined ? {} : { caCerts: [ca] };
  const connection = await Deno.connectTls({ hostname: host, port, ...trust, ...own });
  open.connection = connection;
  if (open.isOver) close(connection);
  await connection.handshake();
  if (isMqtt) await connection.write(connectPacket("hearth-tls-check"));
  const answer = new Uint8Array(CONNACK_BYTES);
  for (let at = 0; at < answer.length;) {
    const count = await connection.read(answer.subarray(at));
    if (count === null) throw new Error("the connection was closed without a word");
    at += count;
    if (!isMqtt || answer[0] !== CONNACK) return { kind: "silent" };
  }
  await connection.write(DISCONNECT);
  return { kind: "connack", code: answer[3] ?? 0 };
}

/** A CONNECT of MQTT 3.1.1 with a clean session, no keep-alive, no user. @param clientId At most 100 characters of ASCII. */
function connectPacket(clientId: string): Uint8Array<ArrayBuffer> {
  const id = new TextEncoder().encode(clientId);
  const body = [0, 4, ...new TextEncoder().encode("MQTT"), 4, 2, 0, 0, 0, id.length, ...id];
  return new Uint8Array([0x10, body.length, ...body]);
}

function close(connection: Deno.TlsConn | undefined): void {
  try {
    connection?.close();
  } catch (thrown) {
    // Closed by the deadline already: both sides of the race close.
    if (!(thrown instanceof Deno.errors.BadResource)) throw thrown;
  }
}
