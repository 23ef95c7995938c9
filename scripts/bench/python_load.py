"""A load on one proactor of the Python package: `python python_load.py child PROFILE`, and its peer: `… parent`.

PROFILE is the JSON of a LoadProfile of load_profile.ts. Names and settings as for tests/interop/peer.py, which is imported
from the folder that INTEROP_FOLDER names. On standard output one JSON object of counts every quarter of a second.
"""

import asyncio
import json
import os
import sys
import time
import uuid

sys.path.insert(0, os.environ["INTEROP_FOLDER"])

# noinspection PyUnresolvedReferences
from peer import Child, LAYOUT, Parent, say  # noqa: E402
from gwproactor.callbacks import ProactorCallbackInterface  # noqa: E402
from gwproto import HardwareLayout  # noqa: E402
from gwproto.messages import AnyEvent  # noqa: E402

COUNT_S = 0.25
LOOK_S = 0.001
CHUNK = 50
ACKED_BITS = 0x00000002 | 0x00000004
LOAD_TYPE = "gridworks.event.bench.load"
LOAD_TEXT = "x" * 100


class Load(ProactorCallbackInterface):
    def __init__(self, app, link, profile):
        self.links = app.proactor.links
        self.link = link
        self.profile = profile
        self.recorded = 0
        self.acked = 0
        self.received = 0
        process_ack = self.links.process_ack

        def acked(link_name, message_id):
            path = process_ack(link_name, message_id)
            if path & ACKED_BITS:
                self.acked += 1
            return path

        self.links.process_ack = acked

    def process_mqtt_message(self, mqtt_client_message, decoded):
        self.received += 1

    def start_tasks(self):
        tasks = [asyncio.create_task(self._count(), name="bench_count")]
        if self.profile is not None:
            tasks.append(asyncio.create_task(self._load(), name="bench_load"))
        return tasks

    def _record(self, count):
        for _ in range(min(count, CHUNK)):
            self.recorded += 1
            # noinspection PyArgumentList
            event = AnyEvent(MessageId=str(uuid.uuid4()), Src=self.links.publication_name, TypeName=LOAD_TYPE, N=self.recorded, Text=LOAD_TEXT)
            self.links.generate_event(event)

    async def _load(self):
        kind = self.profile["kind"]
        started = time.monotonic()
        while kind != "idle":
            due = 0
            if kind == "closed":
                if self.links.link_state(self.link).value == "active":
                    due = self.profile["outstanding"] - (self.recorded - self.acked)
            elif kind == "total":
                due = self.profile["events"] - self.recorded
                if due == 0:
                    return
            else:
                due = int((time.monotonic() - started) * self.profile["perSecond"]) - self.recorded
            self._record(due)
            await asyncio.sleep(0 if kind == "total" else LOOK_S)

    async def _count(self):
        while True:
            say(
                "count",
                atMs=time.monotonic() * 1000,
                recorded=self.recorded,
                generated=self.recorded,
                acked=self.acked,
                received=self.received,
                urgent=0,
                urgentP50Ms=0,
                urgentP99Ms=0,
            )
            await asyncio.sleep(COUNT_S)


def main(role, profile):
    kind = Parent if role == "parent" else Child
    settings = kind.get_settings(paths_name=kind.paths_name())
    settings.paths.mkdirs()
    app = kind(app_settings=settings, layout=HardwareLayout.load(LAYOUT))
    app.settings.check_tls_paths_present()
    app.instantiate()
    link = Parent.CHILD_MQTT if role == "parent" else Child.PARENT_MQTT
    app.add_callbacks(Load(app, link, profile))
    app.install_signal_handlers()
    try:
        asyncio.run(app.proactor.run_forever())
    finally:
        app.proactor.stop()


if __name__ == "__main__":
    main(sys.argv[1], json.loads(sys.argv[2]) if len(sys.argv) > 2 else None)
