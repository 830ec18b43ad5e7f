"""A sink in a test's hand."""

from __future__ import annotations

from collections.abc import Callable

from tests.support.sse import SseReader


class ListSink:
    """Keeps every chunk; congested when the test says so."""

    def __init__(self, congested: bool = False) -> None:
        self.on_drained: Callable[[], None] = lambda: None
        self.congested = congested
        self.chunks: list[bytes] = []
        self.closed = False

    def write(self, chunk: bytes) -> bool:
        """Keeps the chunk."""
        assert not self.closed, "nothing may be written to a closed sink"
        self.chunks.append(chunk)
        return not self.congested

    def close(self) -> None:
        """Remembers that the response has ended."""
        self.closed = True

    def drain(self) -> None:
        """Takes chunks again."""
        self.congested = False
        self.on_drained()

    @property
    def read(self) -> SseReader:
        """What EventSource makes of it."""
        reader = SseReader()
        for chunk in self.chunks:
            reader.feed(chunk)
        return reader

    @property
    def payloads(self) -> list[str]:
        """The data of each event."""
        return [event.data for event in self.read.events]
