"""A source of events in Python, with the commands that native/events.h takes."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from tests.benchmarks.payloads import SENT, SEQUENCE


class Event(NamedTuple):
    """One event."""

    id: str
    name: str
    data: str


class Source:
    """Sends events when they are due.

    Args:
        file: events as JSON (payloads.write_events).
        send: takes each one.
        stopped: called on "rate 0".
    """

    def __init__(self, file: Path, send: Callable[[Event], None], stopped: Callable[[], None] = lambda: None) -> None:
        self._events = json.loads(file.read_text())
        self._send = send
        self._stopped = stopped
        self._rate = 0.0
        self._next = 0.0
        self._sequence = 0

    def hear(self) -> None:
        """Takes the commands that wait on stdin; its end is the end of the process."""
        commands = os.read(0, 4096).decode()
        if not commands:
            os._exit(0)
        for command in commands.splitlines():
            word, _, number = command.partition(" ")
            if word == "burst":
                self._send_some(int(number))
                continue
            self._rate, self._next = float(number), time.monotonic()
            if not self._rate:
                self._stopped()

    def wait_seconds(self) -> float | None:
        """How long nothing is due; None for ever."""
        return max(0.0, self._next - time.monotonic()) if self._rate else None

    def send_due(self) -> None:
        """Sends one event where one is due; a caller that is behind hears commands between two."""
        if self._rate and self._next <= time.monotonic():
            self._next += 1 / self._rate
            self._send_some(1)

    def _send_some(self, count: int) -> None:
        for _ in range(count):
            name, data = self._events[self._sequence % len(self._events)]
            sequence = f"seq={self._sequence:012}"
            self._sequence += 1
            data = data.replace(SEQUENCE, sequence).replace(SENT, f"sent={time.monotonic_ns():019}")
            self._send(Event(sequence, name, data))
