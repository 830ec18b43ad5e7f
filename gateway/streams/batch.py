"""The new events of one flush: what is joined for one filter is joined for all that see the same."""

from __future__ import annotations

from gateway.streams.event import Event, Filter


class Batch:
    """New events, and what they are joined.

    Args:
        events: at least one, in their order.
    """

    __slots__ = ("_chunks", "_events")

    def __init__(self, events: list[Event]) -> None:
        self._events = events
        self._chunks: dict[tuple[int, ...], bytes] = {}

    def seen_by(self, wanted: Filter | None) -> tuple[bytes, int | None]:
        """The events that a filter lets through, joined, and the offset of the last of them; None where it is none.

        The same bytes object for all filters that let the same events through, so that whatever is made of it
        (a chunk of HTTP) is made once.
        """
        if len(self._events) == 1:
            return self._only(self._events[0], wanted)
        if wanted is None:
            seen = self._events
        else:
            seen = [event for event in self._events if event.attributes is None or wanted(event.attributes)]
        if not seen:
            return b"", None
        key = tuple([event.offset for event in seen])
        chunk = self._chunks.get(key)
        if chunk is None:
            chunk = self._chunks[key] = b"".join([event.frame for event in seen])
        return chunk, key[-1]

    @staticmethod
    def _only(event: Event, wanted: Filter | None) -> tuple[bytes, int | None]:
        """The same for a single event, which is the usual case where there are many filters."""
        if wanted is None or event.attributes is None or wanted(event.attributes):
            return event.frame, event.offset
        return b"", None
