"""The bytes of the event stream format (WHATWG HTML, 9.2.5 "Parsing an event stream").

A line that starts with a colon is a comment. A block of `id:`, `event:` and `data:` lines is dispatched at the
blank line after it; a block without data fires nothing, and its `id:` is still kept as the last event id.
"""

from __future__ import annotations

from functools import lru_cache

from gateway.streams.position import Position

_CONNECTED = b":connected\n\n"


def connected_frame(resumed_at: Position | None) -> bytes:
    """The first bytes of a stream.

    A new connection starts with an empty last event id buffer, which the first blank line makes the last event id
    (9.2.6, "dispatch the event"). A client that resumes is therefore told its own id again before that line.
    """
    return b":connected\nid: %b\n\n" % str(resumed_at).encode() if resumed_at else _CONNECTED


def event_frame(position: Position, name: str | None, data: bytes) -> bytes:
    """One event. Without a name, EventSource fires `message`.

    Args:
        position: becomes the `id:`.
        name: the event's name, or None.
        data: one line of JSON.
    """
    return b"id: %b%b%b\n\n" % (str(position).encode(), _after_id(name), data)


class Framer:
    """Frames the events of one log, as `event_frame` does: what their ids have in common is made once.

    Args:
        epoch: the log's.
    """

    __slots__ = ("_before_offset",)

    def __init__(self, epoch: str) -> None:
        self._before_offset = f"id: {epoch}-".encode()

    def frame(self, offset: int, name: str | None, data: bytes) -> bytes:
        """The event at an offset."""
        return b"%b%d%b%b\n\n" % (self._before_offset, offset, _after_id(name), data)


@lru_cache(maxsize=1024)
def _after_id(name: str | None) -> bytes:
    return f"\nevent: {name}\ndata: ".encode() if name else b"\ndata: "


def data_of(frame: bytes) -> bytes:
    """The data of an event frame."""
    # The id and the name hold no line end, so the first `data:` line is the data.
    return frame[frame.index(b"\ndata: ") + 7 : -2]


def id_frame(position: Position) -> bytes:
    """Moves the client's last event id and fires nothing."""
    return b"id: %b\n\n" % str(position).encode()


def retry_frame(milliseconds: int) -> bytes:
    """How long EventSource is to wait before it connects again."""
    return b"retry: %d\n\n" % milliseconds


def heartbeat_frame(unix_seconds: float) -> bytes:
    """A comment that keeps an idle connection open."""
    return b":heartbeat %d\n\n" % int(unix_seconds)
