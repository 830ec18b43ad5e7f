"""What a run finds: figures, each beside a peer's."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from typing import Any

TITLES = {
    1: "CPU for one delivered event, 1,000 clients on one stream",
    2: "One event to 9,000 clients: delivery",
    3: "One client, one stream, backend unthrottled",
    4: "Resident memory of an idle connection",
    5: "Cost as work grows",
    6: "Added latency, gateway in to out, at 10% load",
}


@dataclass(frozen=True)
class Figure:
    """One comparison."""

    measurement: int
    what: str
    unit: str
    peer: str
    ours: float
    theirs: float
    goal: float | None = None
    """The highest ratio that reaches the goal; None where there is none."""
    note: str = ""

    @property
    def ratio(self) -> float:
        """Ours by theirs; NaN where one of them is not there."""
        there = math.isfinite(self.ours) and math.isfinite(self.theirs) and self.theirs
        return self.ours / self.theirs if there else math.nan

    @property
    def reached(self) -> bool | None:
        """Whether the goal is reached; None where there is none."""
        return None if self.goal is None else self.ratio <= self.goal

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        figures = {"ours": self.ours, "theirs": self.theirs, "ratio": self.ratio}
        # JSON has neither NaN nor infinity.
        known = {name: round(value, 4) if math.isfinite(value) else None for name, value in figures.items()}
        return asdict(self) | known | {"reached": self.reached}


@dataclass
class Results:
    """A run."""

    machine: str
    versions: dict[str, str]
    figures: list[Figure] = field(default_factory=list)
    limits: list[dict[str, Any]] = field(default_factory=list)
    """Goals in plain numbers: what, ours, limit, unit, reached."""
    skipped: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    others_busy: float = 0.0
    """Part of the server's core that programs outside the benchmark took, on average."""

    def summary(self) -> str:
        """The run in a line or two."""
        return (
            f"{self.machine}. {self.seconds:.0f} s in all; "
            f"programs outside the benchmark took {self.others_busy:.0%} of the server's core meanwhile."
        )

    def limit(self, measurement: int, what: str, unit: str, ours: float, most: float) -> None:
        """Notes a goal that is a number and no ratio."""
        row = {"measurement": measurement, "what": what, "unit": unit, "ours": ours, "limit": most}
        self.limits.append(row | {"reached": ours <= most})

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "machine": self.machine,
            "versions": self.versions,
            "seconds": round(self.seconds, 1),
            "others_busy": round(self.others_busy, 3),
            "skipped": self.skipped,
            "figures": [each.as_dict() for each in self.figures],
            "limits": self.limits,
        }
