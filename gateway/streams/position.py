"""Positions: what stands in the `id:` of an event and comes back as `Last-Event-ID`."""

from __future__ import annotations

import re
import secrets
from typing import NamedTuple

_POSITION = re.compile(r"([0-9a-z]{1,16})-([0-9]{1,18})(-end)?")


class Position(NamedTuple):
    """A place in a log: `epoch-offset`, with `-end` behind it where the stream is finished."""

    epoch: str
    """Which log: every topic opened has a new one."""
    offset: int
    """The offset of the event; the first event of a log has 1."""
    finished: bool = False
    """True for the position of `stream-end`: whoever comes back with it wants nothing more."""

    def __str__(self) -> str:
        return f"{self.epoch}-{self.offset}{'-end' if self.finished else ''}"


def parse_position(text: str) -> Position | None:
    """The position a client came back with; None where it is not one of ours."""
    match = _POSITION.fullmatch(text)
    return Position(match[1], int(match[2]), match[3] is not None) if match else None


def new_epoch() -> str:
    """An epoch that no other log has."""
    return secrets.token_hex(5)
