"""The load generator counts exactly, however a server cuts its bytes."""

from __future__ import annotations

import shutil
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks import machine
from tests.benchmarks.programs import Program
from tests.benchmarks.session import Bench

pytestmark = pytest.mark.skipif(not shutil.which("gcc"), reason="no C compiler")
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
SENT = b"sent=" + b"1" * 19
EVENTS = (
    b":connected\n\nid: 1\nevent: log\ndata: {data: " + SENT + b"}\n\n"
    b"id: data: no\n\ndata: 2\n\nid: 3\nevent: data:\ndata: 3 " + SENT + b"\r\n\r\n"
)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """Where the programs are built."""
    bench = Bench(tmp_path, *machine.cores())
    bench.build()
    return bench


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """Where the server of a test listens."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


def chunked(body: bytes, size: int) -> bytes:
    """A chunked body in chunks of this size, without an end."""
    pieces = (body[at : at + size] for at in range(0, len(body), size))
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)


def counted(bench: Bench, listener: socket.socket, response: bytes, write_size: int) -> dict[str, Any]:
    """What one client says of a response that is written in such pieces."""
    closing = threading.Event()

    def serve() -> None:
        connection = listener.accept()[0]
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with connection:
            connection.recv(4096)
            for at in range(0, len(response), write_size):
                connection.sendall(response[at : at + write_size])
            closing.wait(20)

    paths = bench.file("paths")
    paths.write_text("/\n")
    serving = threading.Thread(target=serve)
    serving.start()
    command = [str(bench.directory / "load"), str(listener.getsockname()[1]), str(paths)]
    load = Program(command, bench.other_core, bench.file("log"))
    try:
        opened = load.ask("open 1")
        figures = load.ask(f"wait {3 - opened['events']} 5000") if opened["events"] < 3 else opened
        return figures | {name: opened[name] + figures[name] for name in ("events", "samples") if figures is not opened}
    finally:
        closing.set()
        load.close()
        serving.join()


@pytest.mark.parametrize("write_size", [1, 7, 10_000])
@pytest.mark.parametrize("chunk_size", [1, 3, 10, 10_000])
def test_events_are_counted_across_chunks(
    bench: Bench, listener: socket.socket, chunk_size: int, write_size: int
) -> None:
    """Only lines that begin with data: count, and each moment of sending is read once."""
    response = HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunked(EVENTS, chunk_size)
    figures = counted(bench, listener, response, write_size)
    assert (figures["ok"], figures["errors"]) == (1, 0)
    assert (figures["events"], figures["samples"]) == (3, 2)


def test_a_body_without_chunks_is_counted(bench: Bench, listener: socket.socket) -> None:
    """As the floor sends it."""
    figures = counted(bench, listener, HEAD + b"\r\n" + EVENTS, 10_000)
    assert (figures["events"], figures["samples"]) == (3, 2)
