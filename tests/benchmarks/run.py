"""What every measurement needs: where to run, whom to compare with, where to write what was found."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from tests.benchmarks.figures import Figure, Results
from tests.benchmarks.payloads import Payload
from tests.benchmarks.peers import OURS, SYSTEMS
from tests.benchmarks.programs import ProgramError
from tests.benchmarks.session import Bench, Missing, Session


@dataclass
class Run:
    """One run.

    Args:
        bench: where programs are built and started.
        peers: whom ours is compared with.
        quick: True for fewer and shorter windows.
        results: what was found.
        say: shows a line.
    """

    bench: Bench
    peers: Collection[str]
    quick: bool
    results: Results
    say: Callable[[str], None]

    @property
    def rounds(self) -> int:
        """How often each window is repeated; the median counts."""
        return 1 if self.quick else 3

    def systems(self, *names: str) -> list[str]:
        """Ours, and those of `names` that are compared in this run."""
        return [OURS, *(name for name in names if name in self.peers and name not in self.results.skipped)]

    def start(self, name: str, payload: Payload, stack: ExitStack) -> Session | None:
        """Starts a system, to be ended with the stack; None for a peer that cannot be: it is noted as skipped.

        Raises:
            ProgramError: it is ours that cannot be started.
        """
        try:
            session = SYSTEMS[name](self.bench, payload)
        except (Missing, ProgramError) as error:
            if name == OURS:
                raise
            self.skip(name, error)
            return None
        stack.callback(session.close)
        return session

    @contextmanager
    def sessions(self, names: Sequence[str], payload: Payload, clients: int) -> Iterator[dict[str, Session]]:
        """Systems that all run at once, each with so many clients; idle ones take nothing."""
        with ExitStack() as stack:
            ready = {}
            for name in names:
                self.say(f"{name}: {payload.name}, {clients:,} clients")
                session = self.start(name, payload, stack)
                if session and self.connected(session, clients):
                    ready[name] = session
            yield ready

    def connected(self, session: Session, clients: int) -> bool:
        """Opens clients of a session; notes a peer that does not take them.

        Raises:
            ProgramError: it is ours that does not take them.
        """
        try:
            session.connect(clients)
        except ProgramError as error:
            if session.name == OURS:
                raise
            self.skip(session.name, error)
            return False
        return True

    def skip(self, name: str, error: Exception) -> None:
        """Notes that a peer is left out."""
        self.results.skipped[name] = str(error)
        self.say(f"skipped: {name}: {error}")

    def add(self, *figures: Figure) -> None:
        """Notes figures."""
        self.results.figures.extend(figures)
