"""What the peers in Python share: a queue for each client, and uvicorn with uvloop and httptools."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import AsyncIterator, Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import uvicorn

from tests.benchmarks.payloads import Payload, write_events
from tests.benchmarks.peers.source import Event, Source
from tests.benchmarks.session import Bench, Missing, Session


class Hub:
    """Hands every event to every client, by a queue each, as the documentation of these libraries shows it."""

    def __init__(self) -> None:
        self.queues: set[asyncio.Queue[Event]] = set()

    async def subscribe(self) -> AsyncIterator[Event]:
        """One client's events."""
        queue: asyncio.Queue[Event] = asyncio.Queue()
        self.queues.add(queue)
        try:
            while True:
                yield await queue.get()
        finally:
            self.queues.discard(queue)

    def send(self, event: Event) -> None:
        """Puts an event into every queue."""
        for queue in self.queues:
            queue.put_nowait(event)

    def empty(self) -> None:
        """Forgets what waits."""
        for queue in self.queues:
            while not queue.empty():
                queue.get_nowait()


def starter(name: str) -> Callable[[Bench, Payload], Session]:
    """What starts the server of a library; its events are made in its own process.

    Starting raises `Missing` where the library is not installed.
    """
    module = name.replace("-", "_")

    def start(bench: Bench, payload: Payload) -> Session:
        if find_spec(module) is None:
            raise Missing(f"{name} is missing: pip install '.[bench]'")
        events = write_events(bench.file("events"), payload)
        server = bench.server(*bench.python(f"tests.benchmarks.peers.{module}_sse", events))
        return Session(name, server, server, int(server.until("port ([0-9]+)")), ("/events",), bench)

    return start


def run(app: Any, hub: Hub) -> None:
    """Serves an application until stdin ends."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
    config = uvicorn.Config(app, loop="uvloop", http="httptools", ws="none", log_level="warning", access_log=False)
    print(f"port {listener.getsockname()[1]}", flush=True)
    source = Source(Path(sys.argv[1]), hub.send, hub.empty)

    async def serve() -> None:
        commanded = asyncio.Event()

        def hear() -> None:
            source.hear()
            commanded.set()

        asyncio.get_running_loop().add_reader(0, hear)
        sending = asyncio.ensure_future(_send(source, commanded))
        await uvicorn.Server(config).serve(sockets=[listener])
        sending.cancel()

    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        runner.run(serve())


async def _send(source: Source, commanded: asyncio.Event) -> None:
    while True:
        commanded.clear()
        source.send_due()
        try:
            async with asyncio.timeout(source.wait_seconds()):
                await commanded.wait()
        except TimeoutError:
            continue
