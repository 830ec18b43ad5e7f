"""2, 4 and a part of 5: 9,000 clients. One event to all of them, their memory, and the cost as they become more."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Collection, Mapping
from contextlib import ExitStack

from tests.benchmarks import payloads
from tests.benchmarks.figures import Figure
from tests.benchmarks.peers import IN_PYTHON, OURS
from tests.benchmarks.programs import ProgramError
from tests.benchmarks.run import Run
from tests.benchmarks.session import Session

FEW, MANY = 1000, 9000
GROWTH = (100, FEW, MANY)
_DELIVERIES = 30_000
_MOST_BYTES = 10 * 1024
Growth = dict[str, dict[int, float]]
"""CPU for one delivered event, by the system and the number of connections."""
Memory = dict[int, dict[str, float]]
"""Bytes of one connection, by the number of connections and the system."""


def measure(run: Run, wanted: Collection[int]) -> None:
    """Runs what is wanted of 2, 4 and 5."""
    memory: Memory = defaultdict(dict)
    growth: Growth = {}
    with ExitStack() as stack:
        ready = {}
        for name in run.systems("nchan", "envoy", "floor"):
            run.say(f"{name}: up to {MANY:,} clients")
            session = run.start(name, payloads.logs(), stack)
            if session and _grow(run, session, memory, growth if 5 in wanted and name in (OURS, "floor") else None):
                ready[name] = session
        if 2 in wanted:
            _one_event(run, ready)
    if growth:
        _compare_growth(run, growth)
    if 4 in wanted:
        _python_memory(run, memory)
        _compare_memory(run, memory)


def _grow(run: Run, session: Session, memory: Memory, growth: Growth | None) -> bool:
    """Opens all clients, and looks at memory and cost on the way."""
    costs = {}
    try:
        for count in (FEW, MANY) if growth is None else GROWTH:
            memory[count][session.name] = session.memory_per_connection(count)
            if growth is not None:
                costs[count] = session.singles(_DELIVERIES // count).cpu_us_per_event
    except ProgramError as error:
        if session.name == OURS:
            raise
        run.say(f"{session.name} does not hold {MANY:,} clients: {error}")
        return False
    if growth is not None:
        growth[session.name] = costs
    return True


def _compare_growth(run: Run, growth: Growth) -> None:
    """From end to end; and beside the floor at each step, which says how much of it is the kernel's."""
    ours = growth[OURS]
    steps = ", ".join(f"{count:,}: {cost:.1f}" for count, cost in ours.items())
    what = f"clients {GROWTH[0]} -> {MANY:,}"
    run.add(Figure(5, what, "us/event", "its own start", ours[MANY], ours[GROWTH[0]], 1.2, steps))
    for count, cost in growth.get("floor", {}).items():
        run.add(Figure(5, f"{count:,} clients", "us/event", "floor", ours[count], cost))


def _one_event(run: Run, sessions: Mapping[str, Session]) -> None:
    run.say(f"one event to {MANY:,} clients")
    found: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for _ in range(3 if run.quick else 11):
        for name, session in sessions.items():
            figures = session.one()
            found[name].append((figures["p50_us"] / 1000, figures["p99_us"] / 1000))
    middle = {name: [statistics.median(each) for each in zip(*rounds, strict=True)] for name, rounds in found.items()}
    for name in sessions:
        if name != OURS:
            (p50, p99), (their_p50, their_p99) = middle[OURS], middle[name]
            goal = 0.7 if name == "nchan" else None
            run.add(Figure(2, "p50", "ms", name, p50, their_p50), Figure(2, "p99", "ms", name, p99, their_p99, goal))


def _python_memory(run: Run, memory: Memory) -> None:
    for name in run.systems(*IN_PYTHON)[1:]:
        with ExitStack() as stack:
            run.say(f"{name}: memory of {FEW:,} clients")
            if session := run.start(name, payloads.logs(), stack):
                memory[FEW][name] = session.memory_per_connection(FEW)


def _compare_memory(run: Run, memory: Memory) -> None:
    for count in (FEW, MANY):
        ours = memory[count][OURS]
        run.results.limit(4, f"{count:,} connections", "KB", ours / 1024, _MOST_BYTES / 1024)
        for name, theirs in memory[count].items():
            if name not in (OURS, "floor"):
                goal = 1.0 if name == "nchan" else None
                run.add(Figure(4, f"{count:,} connections", "KB", name, ours / 1024, theirs / 1024, goal))
