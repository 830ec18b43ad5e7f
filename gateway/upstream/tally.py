"""What has become of a topic's calls, taken together."""

from __future__ import annotations

import asyncio
from enum import Enum, auto

from gateway.errors import UpstreamError
from gateway.streams.source import Publisher


class Outcome(Enum):
    """How the call to one backend stands."""

    PENDING = auto()
    """Made, and neither taken nor refused."""
    ACCEPTED = auto()
    """Taken; it replays its past."""
    SETTLED = auto()
    """Its past is complete."""
    AWAY = auto()
    """Cannot be reached now."""
    FINISHED = auto()
    """Ended with OK: nothing more will come."""
    REFUSED = auto()
    """Ended with a refusal."""


_OVER = {Outcome.FINISHED, Outcome.REFUSED}
_STARTED = {Outcome.ACCEPTED, Outcome.SETTLED, Outcome.AWAY, Outcome.FINISHED}
_WAITED_FOR = {Outcome.PENDING, Outcome.ACCEPTED}


class Tally:
    """Tells the topic what follows from the outcomes of all its calls."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher
        self._outcomes: dict[str, Outcome] = {}
        self.over = asyncio.Event()
        """Set once the topic has been told that it is finished or has failed."""

    def report(self, origin: str, outcome: Outcome, error: UpstreamError | None = None) -> None:
        """Takes the outcome of one backend's call; `error` is why it was refused."""
        self._outcomes[origin] = outcome
        outcomes = set(self._outcomes.values())
        if outcomes == {Outcome.REFUSED} and error is not None:
            self._publisher.fail(error)
            self.over.set()
        elif outcomes <= _OVER:
            self._publisher.finish()
            self.over.set()
        else:
            self._tell_progress(outcomes)

    def drop(self, origin: str) -> None:
        """A backend is no longer there."""
        self._outcomes.pop(origin, None)
        self._tell_progress(set(self._outcomes.values()))

    def _tell_progress(self, outcomes: set[Outcome]) -> None:
        if outcomes & _STARTED or not outcomes:
            self._publisher.accept()
        if not outcomes & _WAITED_FOR:
            self._publisher.settle()
