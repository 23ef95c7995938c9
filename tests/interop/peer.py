"""One proactor of the Python package as the peer of a Hearth: `python peer.py parent|child`.

Settings come from PROACTOR_APP_… and the XDG folders, names from INTEROP_SCADA and INTEROP_LTN. On standard output one JSON
object a line, each with "kind": what the link did, what was received, recorded and acked, and the state every quarter of a
second. Commands are lines of JSON on standard input: {"do": "record", "count": 3, "type": "…"} records events (a child),
{"do": "send", …} sends them to the peer (a parent). SIGTERM stops.
"""

import asyncio
import json
import os
import sys
import threading
import time
import uuid
from pathlib import Path

import gwproactor_test
from gwproactor.callbacks import ProactorCallbackInterface
from gwproactor.config.links import LinkSettings
from gwproactor.config.proactor_config import ProactorName
from gwproactor_test.dummies import DummyChildApp, DummyParentApp
from gwproto import HardwareLayout, Message
from gwproto.messages import Ack, AnyEvent, EventBase

STATUS_PERIOD_S = 0.25
SCADA_SHORT = "s"
LTN_SHORT = "ltn"
LAYOUT = Path(gwproactor_test.__file__).parent / "config" / "hardware-layout.json"

_lock = threading.Lock()


def say(kind, **fields):
    with _lock:
        sys.stdout.write(json.dumps({"kind": kind, **fields}) + "\n")
        sys.stdout.flush()


def names(role):
    """Own name, then the peer's long and short one."""
    scada, ltn = os.environ["INTEROP_SCADA"], os.environ["INTEROP_LTN"]
    if role == "parent":
        return ProactorName(long_name=ltn, short_name=LTN_SHORT), scada, SCADA_SHORT
    return ProactorName(long_name=scada, short_name=SCADA_SHORT), ltn, LTN_SHORT


class Parent(DummyParentApp):
    def _get_name(self, layout):
        return names("parent")[0]

    def _get_link_settings(self, name, layout, brokers):
        _, peer_long, peer_short = names("parent")
        link = LinkSettings(
            broker_name=self.CHILD_MQTT, peer_long_name=peer_long, peer_short_name=peer_short, downstream=True
        )
        return {self.CHILD_MQTT: link}


class Child(DummyChildApp):
    def _get_name(self, layout):
        return names("child")[0]

    def _get_link_settings(self, name, layout, brokers):
        _, peer_long, peer_short = names("child")
        link = LinkSettings(
            broker_name=self.PARENT_MQTT, peer_long_name=peer_long, peer_short_name=peer_short, upstream=True
        )
        return {self.PARENT_MQTT: link}


class Watch(ProactorCallbackInterface):
    """Prints what happens, and carries out commands on the proactor's own loop."""

    def __init__(self, app, link):
        self.app = app
        self.links = app.proactor.links
        self.link = link
        self._watch_calls()

    def _watch_calls(self):
        process_ack, generate_event, publish = (
            self.links.process_ack,
            self.links.generate_event,
            self.links.publish_message,
        )

        def acked(link_name, message_id):
            say("acked", id=message_id)
            return process_ack(link_name, message_id)

        def generated(event):
            own = not event.Src or event.Src == self.links.publication_name
            say("recorded", id=event.MessageId, type=event.TypeName, own=own)
            return generate_event(event)

        def published(link_name, message, *args, **kwargs):
            payload = message.Payload
            if isinstance(payload, Ack):
                say("sent_ack", id=payload.AckMessageID)
            return publish(link_name, message, *args, **kwargs)

        self.links.process_ack = acked
        self.links.generate_event = generated
        self.links.publish_message = published

    def process_mqtt_message(self, mqtt_client_message, decoded):
        payload = decoded.Payload
        if isinstance(payload, EventBase):
            known = not isinstance(payload, AnyEvent)
            say("event", id=payload.MessageId, type=payload.TypeName, src=payload.Src, known=known)
        else:
            say("message", type=decoded.Header.MessageType)

    def recv_activated(self, transition):
        say("activated", time=time.time())

    def recv_deactivated(self, transition):
        say("deactivated", time=time.time())

    def start_tasks(self):
        loop = asyncio.get_running_loop()
        threading.Thread(target=self._read_commands, args=(loop,), daemon=True).start()
        return [asyncio.create_task(self._tell_status(), name="interop_status")]

    def _read_commands(self, loop):
        for line in sys.stdin:
            loop.call_soon_threadsafe(self._do, json.loads(line))

    def _do(self, command):
        for _ in range(command["count"]):
            # noinspection PyArgumentList
            event = AnyEvent(
                MessageId=str(uuid.uuid4()), Src=self.links.publication_name, TypeName=command["type"], Extra="é"
            )
            if command["do"] == "record":
                self.links.generate_event(event)
            else:
                say("sent", id=event.MessageId, type=event.TypeName)
                message = Message(Src=self.links.publication_name, Payload=event, AckRequired=True)
                self.links.publish_message(self.link, message)

    async def _tell_status(self):
        while True:
            stats = self.app.proactor.stats.link(self.link)
            say(
                "status",
                state=self.links.link_state(self.link).value,
                pending=self.links.num_pending,
                inFlight=len(self.links._in_flight_events),
                timeouts=stats.timeouts,
            )
            await asyncio.sleep(STATUS_PERIOD_S)


def main(role):
    kind = Parent if role == "parent" else Child
    settings = kind.get_settings(paths_name=kind.paths_name())
    settings.paths.mkdirs()
    app = kind(app_settings=settings, layout=HardwareLayout.load(LAYOUT))
    app.settings.check_tls_paths_present()
    app.instantiate()
    link = Parent.CHILD_MQTT if role == "parent" else Child.PARENT_MQTT
    app.add_callbacks(Watch(app, link))
    app.install_signal_handlers()
    try:
        asyncio.run(app.proactor.run_forever())
    finally:
        app.proactor.stop()


if __name__ == "__main__":
    main(sys.argv[1])
