"""6: what a gateway adds to the way of an event, at 10% of the load that ours can take."""

from __future__ import annotations

import statistics
from collections import defaultdict

from tests.benchmarks import payloads
from tests.benchmarks.figures import Figure
from tests.benchmarks.peers import OURS
from tests.benchmarks.run import Run

_PART_OF_FULL_LOAD = 0.1
_CALIBRATION_EVENTS = 10_000
_MOST_RATE = 5000


def measure(run: Run) -> None:
    """One client on the log stream. The floor's way, one hop, is taken off: it is what there is without a gateway."""
    found: dict[str, list[tuple[float, float]]] = defaultdict(list)
    with run.sessions(run.systems("floor", "nchan", "envoy"), payloads.logs(), 1) as sessions:
        full = sessions[OURS].burst(_CALIBRATION_EVENTS, 5000)
        rate = min(_MOST_RATE, int(full.events / full.seconds * _PART_OF_FULL_LOAD))
        run.say(f"latency at {rate:,} events/s")
        for _ in range(run.rounds):
            for name, session in sessions.items():
                figures = session.window(rate, 0.8).figures
                found[name].append((figures["p50_us"], figures["p99_us"]))
    middle = {name: [statistics.median(each) for each in zip(*rounds, strict=True)] for name, rounds in found.items()}
    hop = middle["floor"][0] if "floor" in middle else 0.0
    for name in middle:
        if name not in (OURS, "floor"):
            for index, what in enumerate(("p50", "p99")):
                ours, theirs = (max(0.0, middle[each][index] - hop) for each in (OURS, name))
                note = f"the hop that is taken off: {hop:.0f} us"
                run.add(Figure(6, f"{what} at {rate:,} events/s", "us", name, ours, theirs, note=note))
