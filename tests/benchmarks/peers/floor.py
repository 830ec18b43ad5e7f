"""The floor: one send() for each client and event, in C, with events of its own making (native/floor.c)."""

from __future__ import annotations

from tests.benchmarks.payloads import Payload, write_templates
from tests.benchmarks.session import Bench, Session


def start(bench: Bench, payload: Payload) -> Session:
    """Starts it."""
    frames = write_templates(bench.file("frames"), payload.frames())
    server = bench.server(bench.directory / "floor", frames)
    return Session("floor", server, server, int(server.until("port ([0-9]+)")), ("/",), bench)
