import { strict as assert } from "node:assert";
import { makeCertificates } from "../../support/certificates.ts";
import { startMosquitto } from "../../support/mosquitto.ts";
import { openProbe, type Probe, until } from "./_rig.ts";

/** More than socket buffers hold: the reader is paused with bytes of the kernel waiting, again and again. */
const MESSAGES = 20_000;
const BODY_BYTES = 400;
/** How often the reader pauses, and for how long, in ms. */
const PAUSE_PERIOD_MS = 10;
const PAUSE_MS = 5;
/** A broker that drops nothing for a reader that is slow. */
const PATIENT = { more: ["max_queued_messages 0", "max_inflight_messages 0"] };

function body(number: number): Uint8Array {
  const text = `${number}:`.padEnd(BODY_BYTES, String.fromCharCode(97 + number % 26));
  return new TextEncoder().encode(text);
}

/** Publishes all messages by its own connection, as fast as the broker takes them. */
async function flood(sender: Probe): Promise<void> {
  for (let number = 1; number <= MESSAGES; number++) {
    sender.effect({ kind: "publish", topic: "f", bytes: body(number), token: number });
    if (number % 500 === 0) await sender.nth("taken", number);
  }
}

async function checkOrder(receiver: Probe, sender: Probe): Promise<void> {
  for (const probe of [receiver, sender]) probe.effect({ kind: "connect" });
  await receiver.nth("connected", 1);
  await sender.nth("connected", 1);
  receiver.effect({ kind: "subscribe", id: 1, topics: ["f"] });
  await receiver.nth("suback", 1);
  const pausing = setInterval(() => {
    receiver.pause();
    setTimeout(() => receiver.resume(), PAUSE_MS);
  }, PAUSE_PERIOD_MS);
  try {
    await flood(sender);
    await until(() => receiver.inputs.length >= MESSAGES + 2, `${MESSAGES} messages`);
  } finally {
    clearInterval(pausing);
    receiver.resume();
  }
  const bodies = receiver.inputs.flatMap((input) =>
    input.kind === "message" ? [new TextDecoder().decode(input.bytes)] : []
  );
  const wrong = bodies.findIndex((text, index) => text !== new TextDecoder().decode(body(index + 1)));
  assert.equal(wrong, -1, `message ${wrong + 1} is ${bodies[wrong]}`);
  assert.equal(bodies.length, MESSAGES);
}

Deno.test("mqttConnection() loses and mixes up no byte when its reader pauses in a flood", async () => {
  await using broker = await startMosquitto(PATIENT);
  await using receiver = openProbe({ port: broker.port });
  await using sender = openProbe({ port: broker.port });
  await checkOrder(receiver, sender);
});

Deno.test("mqttConnection() loses and mixes up no byte over TLS when its reader pauses in a flood", async () => {
  using made = await makeCertificates();
  const { certPath, keyPath } = made.server;
  await using broker = await startMosquitto({ ...PATIENT, tls: { caPath: made.caPath, certPath, keyPath } });
  const place = { port: broker.port, tls: { ca: made.ca } };
  await using receiver = openProbe(place);
  await using sender = openProbe(place);
  await checkOrder(receiver, sender);
});
