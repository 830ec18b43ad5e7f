"""5: what an event costs as filters, topics and bytes grow; as clients grow: crowd.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack

from tests.benchmarks import payloads
from tests.benchmarks.figures import Figure
from tests.benchmarks.peers import floor, gateway
from tests.benchmarks.run import Run
from tests.benchmarks.session import Session, median_window

FILTERS = (1, 10, 100, 1000)
TOPICS = (1, 10, 100, 1000)
SIZES = (100, 1024, 8192, 65536)
_FILTER_CLIENTS = 1000
_RECEIVERS = 9
_SIZE_CLIENTS = 100


def measure(run: Run) -> None:
    """Filters, topics, sizes."""
    _filters(run)
    _topics(run)
    _sizes(run)


def _filters(run: Run) -> None:
    """1,000 clients on one topic, 20 events/s, each passing every filter."""

    def start(count: int) -> Session:
        return gateway.start(run.bench, payloads.ticks(), payloads.filter_paths(count))

    costs = _costs(run, "filters", FILTERS, start, _FILTER_CLIENTS, 20)
    _compare(run, "distinct filters", costs)


def _topics(run: Run) -> None:
    """200 events/s in all, each to the nine clients of its topic."""

    def start(count: int) -> Session:
        return gateway.start(run.bench, payloads.ticks(), payloads.topic_paths(count), turns=True)

    costs: dict[int, float] = {}
    for count in TOPICS:
        costs |= _costs(run, "topics", (count,), start, count * _RECEIVERS, 200)
    _compare(run, "topics", costs)


def _sizes(run: Run) -> None:
    """100 clients on one stream, 20 events/s."""

    def ours(size: int) -> Session:
        return gateway.start(run.bench, payloads.ticks(size))

    def theirs(size: int) -> Session:
        return floor.start(run.bench, payloads.ticks(size))

    each = _SIZE_CLIENTS
    costs = _costs(run, "bytes", SIZES, ours, each, 20)
    _compare(run, "bytes an event", costs)
    if "floor" in run.systems("floor"):
        kernel = _costs(run, "bytes, floor", SIZES, theirs, each, 20)
        for size in SIZES:
            run.add(Figure(5, f"{size:,} B an event", "us/event", "floor", costs[size], kernel[size]))


def _costs(
    run: Run,
    what: str,
    steps: Sequence[int],
    start: Callable[[int], Session],
    clients: int,
    rate: float,
) -> dict[int, float]:
    """CPU for one delivered event at each step; all steps run at once and take turns."""
    with ExitStack() as stack:
        sessions = {}
        for step in steps:
            run.say(f"{what}: {step:,}")
            sessions[step] = start(step)
            stack.callback(sessions[step].close)
            sessions[step].connect(clients)
        rounds = [{step: session.window(rate, 0.8) for step, session in sessions.items()} for _ in range(run.rounds)]
    return {step: median_window([each[step] for each in rounds]).cpu_us_per_event for step in steps}


def _compare(run: Run, what: str, costs: Mapping[int, float]) -> None:
    first, last = min(costs), max(costs)
    steps = ", ".join(f"{step:,}: {cost:.1f}" for step, cost in costs.items())
    name = f"{what} {first:,} -> {last:,}"
    run.add(Figure(5, name, "us/event", "its own start", costs[last], costs[first], 1.2, steps))
