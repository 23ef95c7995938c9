/** Every payload that passes the broker, by a client that has nothing to do with the program under test. */

interface Reading {
  readonly ChannelName: string;
  readonly ValueList: readonly number[];
}

/** A report as it went over the wire. */
export interface SeenReport {
  readonly messageId: string;
  readonly channel: string;
  readonly values: readonly number[];
}

/** A listener to everything. */
export interface PayloadWatch extends AsyncDisposable {
  /** Readings in the reports so far, oldest first. */
  reports(): readonly SeenReport[];
}

/** Starts to listen on a broker of this machine. */
export function watchPayloads(port: number): PayloadWatch {
  const child = new Deno.Command("mosquitto_sub", {
    args: ["-h", "127.0.0.1", "-p", `${port}`, "-t", "#", "-F", "%p"],
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  let text = "";
  const reading = (async () => {
    for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) text += part;
  })();
  return {
    reports: () => text.split("\n").slice(0, -1).filter((line) => line.startsWith("{")).flatMap(reportsOf),
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await child.status;
      await reading;
    },
  };
}

function reportsOf(line: string): SeenReport[] {
  const { Header, Payload } = JSON.parse(line) as {
    readonly Header?: { readonly MessageId?: string };
    readonly Payload?: { readonly Report?: { readonly ChannelReadingList?: readonly Reading[] } };
  };
  const messageId = Header?.MessageId ?? "";
  return (Payload?.Report?.ChannelReadingList ?? []).map(({ ChannelName, ValueList }) => {
    return { messageId, channel: ChannelName, values: ValueList };
  });
}
