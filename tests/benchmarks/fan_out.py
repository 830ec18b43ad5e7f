"""1: CPU for one delivered event, 1,000 clients on one stream."""

from __future__ import annotations

from collections.abc import Mapping

from tests.benchmarks import payloads
from tests.benchmarks.figures import Figure
from tests.benchmarks.payloads import Payload
from tests.benchmarks.peers import IN_PYTHON, OURS
from tests.benchmarks.run import Run
from tests.benchmarks.session import Session, Window, median_window

CLIENTS = 1000
RATES = (100, 20)
FEWER = {
    100: {"envoy": 200, "litestar": 200, "sse-starlette": 150, "fastapi": 50},
    20: {"fastapi": 250},
}
"""Clients of those that cannot keep up with 1,000 on one core: saturated, they write many events at once."""
_GOALS = {"nchan": 0.75, "envoy": 0.25, "floor": 1.5}
_SATURATED = 0.9


def measure(run: Run) -> None:
    """Logs and progress, at both rates; the peers in Python with logs only."""
    for payload in (payloads.logs(), payloads.progress()):
        others = ("nchan", "envoy", "floor", *(IN_PYTHON if payload.name == "logs" else ()))
        with run.sessions(run.systems(*others), payload, 1) as sessions:
            for rate in RATES:
                for name, session in sessions.items():
                    session.connect(FEWER[rate].get(name, CLIENTS))
                run.say(f"{payload.name}: {rate} events/s")
                _compare(run, payload, rate, _windows(run, sessions, rate))


def _windows(run: Run, sessions: Mapping[str, Session], rate: int) -> dict[str, Window]:
    found: dict[str, list[Window]] = {name: [] for name in sessions}
    for number in range(run.rounds):
        for name, session in sessions.items():
            if number == 0 or name not in IN_PYTHON:
                found[name].append(session.window(rate, 0.6 if run.quick or rate == 100 else 0.9))
                if not found[name][-1].events:
                    run.say(f"{name}: nothing came: {found[name][-1]}")
    return {name: median_window(windows) for name, windows in found.items()}


def _compare(run: Run, payload: Payload, rate: int, windows: Mapping[str, Window]) -> None:
    what = f"{payload.name}, {rate} events/s"
    ours = windows[OURS]
    for name, window in windows.items():
        if name != OURS:
            fewer = FEWER[rate].get(name)
            notes = _note("ours", ours), _note(name, window), f"{name} with {fewer} clients" if fewer else ""
            note = "; ".join(each for each in notes if each)
            costs = ours.cpu_us_per_event, window.cpu_us_per_event
            run.add(Figure(1, what, "us/event", name, *costs, _GOALS.get(name), note))


def _note(name: str, window: Window) -> str:
    if window.offered >= _SATURATED:
        return ""
    others, helpers = f"others {window.others_busy:.0%} of it", f"helpers {window.helpers_busy:.0%} of theirs"
    return f"{name} delivered {window.offered:.0%} with {window.busy:.0%} of its core ({others}, {helpers})"
