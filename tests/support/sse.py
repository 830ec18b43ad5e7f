"""Reading an event stream as EventSource does (WHATWG HTML, 9.2.6 "Interpreting an event stream")."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class SseEvent:
    """One dispatched event."""

    name: str
    data: str
    last_event_id: str

    @property
    def payload(self) -> Any:
        """The data, parsed."""
        return json.loads(self.data)


def parse_block(block: str) -> SseEvent | None:
    """The event of one whole block, as this gateway writes them: each field once. None where there is no data."""
    fields = dict(line.partition(": ")[::2] for line in block.split("\n"))
    if "data" not in fields:
        return None
    return SseEvent(fields.get("event", "message"), fields["data"], fields.get("id", ""))


@dataclass
class SseReader:
    """Takes bytes in any pieces, and keeps what EventSource would dispatch or remember."""

    hear: Callable[[SseEvent], None] | None = None
    """Called with each event."""
    events: list[SseEvent] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    retries: list[int] = field(default_factory=list)
    last_event_id: str = ""
    _rest: bytes = b""
    _id: str = ""
    _name: str = ""
    _data: list[str] = field(default_factory=list)

    def feed(self, chunk: bytes) -> None:
        """Takes the next piece."""
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        for line in lines:
            self._line(line.decode())

    def _line(self, line: str) -> None:
        if not line:
            self._dispatch()
        elif line.startswith(":"):
            self.comments.append(line[1:])
        else:
            name, _, value = line.partition(":")
            self._field(name, value.removeprefix(" "))

    def _field(self, name: str, value: str) -> None:
        if name == "id":
            self._id = value
        elif name == "event":
            self._name = value
        elif name == "data":
            self._data.append(value)
        elif name == "retry" and value.isdigit():
            self.retries.append(int(value))

    def _dispatch(self) -> None:
        self.last_event_id = self._id
        if self._data:
            self.events.append(SseEvent(self._name or "message", "\n".join(self._data), self.last_event_id))
            if self.hear is not None:
                self.hear(self.events[-1])
        self._name, self._data = "", []

    @property
    def names(self) -> list[str]:
        """The names of the events so far."""
        return [event.name for event in self.events]
