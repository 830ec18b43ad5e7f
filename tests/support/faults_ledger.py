"""What was emitted, and how what a client received compares with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from tests.support.faults_client import Gap, Mark


@dataclass
class Verdict:
    """How received sequences compare with what was emitted."""

    emitted: int = 0
    delivered: int = 0
    lost: int = 0
    """Missing where no gap stands."""
    duplicated: int = 0
    reordered: int = 0
    gaps: int = 0
    behind_gaps: int = 0
    """Missing where a gap stands, or over before the snapshot that a new client begins with."""
    superseded: int = 0
    """Left out because something newer of the same operation follows."""

    def __add__(self, other: Verdict) -> Verdict:
        """Both together; what was emitted counts once."""
        total = Verdict(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(self)))
        total.emitted = max(self.emitted, other.emitted)
        return total

    def __str__(self) -> str:
        return (
            f"events emitted {self.emitted}, delivered {self.delivered}, lost without a gap {self.lost}, "
            f"duplicated {self.duplicated}, reordered {self.reordered}, gaps {self.gaps} "
            f"(missing behind gaps and before snapshots {self.behind_gaps}, superseded {self.superseded})"
        )

    @property
    def sound(self) -> bool:
        """True where every promise was kept."""
        return self.lost == self.duplicated == self.reordered == 0


class Emitted:
    """All events of one kind, in order. Keys of progress are `<operation> <step>`.

    Args:
        keys: in the order in which they were emitted.
        keyed: True where a newer event of an operation stands for the older ones.
    """

    def __init__(self, keys: Sequence[str], *, keyed: bool) -> None:
        self.keys = keys
        self.keyed = keyed
        self.position = {key: position for position, key in enumerate(keys)}

    def judge(self, marks: Sequence[Mark]) -> Verdict:
        """Compares one client's sequence with this."""
        return _Judge(self, marks).verdict


def read_record(file: Path) -> dict[str, Emitted]:
    """What `tests.faults.numbered_backend` has written down, by kind: L for log entries, P for progress."""
    keys: dict[str, list[str]] = {"L": [], "P": []}
    for line in file.read_text().splitlines():
        kind, _, key = line.partition(" ")
        keys[kind].append(key)
    return {kind: Emitted(each, keyed=kind == "P") for kind, each in keys.items()}


class _Judge:
    """Walks through one client's sequence.

    A gap begins a new stretch: what was known may be told again in it, and its beginning may lack anything. On a keyed
    stream that beginning is the newest event of each running operation; it is over once one appears again.
    """

    def __init__(self, emitted: Emitted, marks: Sequence[Mark]) -> None:
        self._emitted = emitted
        self._newest: dict[str, int] = {}
        for mark in marks:
            if not isinstance(mark, Gap):
                position = emitted.position[mark]
                operation = _operation(mark)
                self._newest[operation] = max(position, self._newest.get(operation, -1))
        self._furthest = -1
        self.verdict = Verdict(emitted=len(emitted.keys))
        self._begin()
        for mark in marks:
            self._take(mark)
        self._miss(len(emitted.keys) if marks else 0)
        if not marks:
            self.verdict.lost += len(emitted.keys)

    def _begin(self) -> None:
        self._previous: int | None = None
        self._operations: set[str] = set()
        self._beginning = True
        self._told: set[int] = set()

    def _take(self, mark: Mark) -> None:
        if isinstance(mark, Gap):
            self.verdict.gaps += 1
            self._begin()
            return
        self.verdict.delivered += 1
        position = self._emitted.position[mark]
        if position in self._told:
            self.verdict.duplicated += 1
        elif self._previous is not None and position < self._previous:
            self.verdict.reordered += 1
        else:
            self._miss(position)
        self._told.add(position)
        self._previous = position
        self._furthest = max(self._furthest, position)
        self._see(_operation(mark))

    def _see(self, operation: str) -> None:
        if not self._emitted.keyed or operation in self._operations:
            self._beginning = False
        self._operations.add(operation)

    def _miss(self, below: int) -> None:
        """Judges what is missing between the previous event and a position."""
        if self._previous is None:
            self.verdict.behind_gaps += max(0, below - self._furthest - 1) if self.verdict.gaps else 0
            return
        for position in range(self._previous + 1, below):
            self._judge_missing(position, self._emitted.keys[position])

    def _judge_missing(self, position: int, key: str) -> None:
        operation = _operation(key)
        terminal = key.endswith(" end")
        if self._emitted.keyed and not terminal and self._newest.get(operation, -1) > position:
            self.verdict.superseded += 1
        elif self._beginning and operation not in self._operations:
            self.verdict.behind_gaps += 1
        else:
            self.verdict.lost += 1


def _operation(key: str) -> str:
    return key.partition(" ")[0]
