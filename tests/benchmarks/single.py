"""3: one client on one stream, with a backend that sends as fast as it is read."""

from __future__ import annotations

import math
from contextlib import ExitStack
from dataclasses import replace

from tests.benchmarks import payloads
from tests.benchmarks.figures import Figure
from tests.benchmarks.payloads import Payload
from tests.benchmarks.peers import envoy, gateway
from tests.benchmarks.programs import ProgramError
from tests.benchmarks.run import Run
from tests.benchmarks.session import Missing, Session, Window, median_window

EVENTS = 20_000
_PATIENCE_MS = 6000


def measure(run: Run) -> None:
    """Logs and progress; ours shared and per client, beside Envoy."""
    for payload in (payloads.logs(), payloads.logs(fields=True), payloads.progress()):
        _measure(run, payload)


def _measure(run: Run, payload: Payload) -> None:
    run.say(f"{payload.name}: one client, unthrottled")
    alone = replace(payload, path=f"/bench/{payload.name.split()[0]}", hello=())
    with ExitStack() as stack:
        sessions = {
            "shared": gateway.start(run.bench, payload),
            "per client": gateway.start(run.bench, alone),
        }
        if "envoy" in run.systems("envoy"):
            try:
                sessions["envoy"] = envoy.start(run.bench, payload, small_windows=False)
            except (Missing, ProgramError) as error:
                run.skip("envoy", error)
        for session in sessions.values():
            stack.callback(session.close)
        found = _windows(run, sessions)
    _compare(run, payload.name, found)


def _windows(run: Run, sessions: dict[str, Session]) -> dict[str, list[Window]]:
    found: dict[str, list[Window]] = {name: [] for name in sessions}
    for _ in range(run.rounds):
        for name, session in sessions.items():
            session.connect(1)
            session.quiet()
            found[name].append(session.burst(EVENTS, _PATIENCE_MS))
            session.source.say("rate 0")
            session.disconnect()
    return found


def _complete(windows: list[Window]) -> list[Window]:
    return [each for each in windows if each.events == EVENTS]


def _compare(run: Run, kind: str, found: dict[str, list[Window]]) -> None:
    for name in ("shared", "per client"):
        what = f"{kind}, {name}"
        least = min(each.events for each in found[name])
        run.results.limit(3, f"{what}: missing of {EVENTS:,}", "events", EVENTS - least, 0.0)
        if "envoy" in found:
            _beside_envoy(run, what, median_window(found[name]), found["envoy"])


def _beside_envoy(run: Run, what: str, ours: Window, rounds: list[Window]) -> None:
    """A round that Envoy did not finish counts for its cost only where it finished none, and never for its speed."""
    complete = _complete(rounds)
    theirs = median_window(complete or rounds)
    note = f"core busy: ours {ours.busy:.0%}, envoy {theirs.busy:.0%}"
    if missing := len(rounds) - len(complete):
        least = min(each.events for each in rounds)
        note += f"; envoy cut the stream off in {missing} of {len(rounds)} rounds, after {least:,} events"
    run.add(Figure(3, f"{what}: CPU", "us/event", "envoy", ours.cpu_us_per_event, theirs.cpu_us_per_event, 1.0, note))
    speed = theirs.events / theirs.seconds if complete else math.nan
    run.add(Figure(3, f"{what}: speed", "events/s", "envoy", ours.events / ours.seconds, speed))
