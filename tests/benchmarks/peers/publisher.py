"""Publishes events to nchan: one POST each, over one connection that is kept."""

from __future__ import annotations

import select
import socket
import sys
from pathlib import Path

from tests.benchmarks.peers.source import Event, Source


class Publisher:
    """A connection to nchan's publishing location."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def publish(self, event: Event) -> None:
        """Publishes, and waits until nchan has taken it."""
        body = event.data.encode()
        head = (
            "POST /publish HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
            f"X-EventSource-Event: {event.name}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self._socket.sendall(head.encode() + body)
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += self._socket.recv(65536)
        before, _, rest = answer.partition(b"\r\n\r\n")
        length = int(before.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
        while len(rest) < length:
            rest += self._socket.recv(65536)


def connect(port: int) -> Publisher:
    """A publisher, once nginx listens."""
    for _ in range(100):
        try:
            return Publisher(port)
        except ConnectionRefusedError:
            select.select([], [], [], 0.05)
    raise SystemExit(f"nobody listens on port {port}")


def main() -> None:
    """Publishes as stdin says."""
    source = Source(Path(sys.argv[2]), connect(int(sys.argv[1])).publish)
    print("publishing", flush=True)
    while True:
        if select.select([0], [], [], source.wait_seconds())[0]:
            source.hear()
        source.send_due()


if __name__ == "__main__":
    main()
