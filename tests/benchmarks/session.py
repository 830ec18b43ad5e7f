"""One server under test with its source of events and its clients."""

from __future__ import annotations

import math
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.benchmarks.machine import busy_seconds, cpu_between_us, cpu_ns, resident_bytes
from tests.benchmarks.programs import Program, ProgramError

DISTURBED = 0.1
"""Part of the server's core, taken by others, from which a window counts only where there is no better one."""
_NATIVE = Path(__file__).parent / "native"
_WARM_UP_SECONDS = 0.3
_SETTLE_SECONDS = 0.5
_MEANINGFUL_SECONDS = 0.2
"""How long a look must be for the kernel's count of a busy core, in steps of 10 ms, to say something."""


class Missing(Exception):
    """A peer is not installed; says what to install."""


@dataclass
class Bench:
    """Where everything is built and started.

    Args:
        directory: for binaries, templates and logs.
        server_core: the core of the server under test.
        other_core: the core of the clients and the backend.
    """

    directory: Path
    server_core: int
    other_core: int
    others_busy: list[float] = field(default_factory=list)
    """Part of the server's core that programs outside the benchmark took, window by window."""
    _names: int = 0
    _programs: list[Program] = field(default_factory=list)

    def close(self) -> None:
        """Ends whatever still runs."""
        for program in self._programs:
            program.close()

    def build(self) -> None:
        """Compiles the programs in C.

        Raises:
            Missing: there is no compiler.
        """
        if not shutil.which("gcc"):
            raise Missing("gcc is missing: apt-get install gcc libc6-dev")
        for source in ("load", "backend", "floor"):
            command = ["gcc", "-O2", "-o", str(self.directory / source), str(_NATIVE / f"{source}.c")]
            subprocess.run(command, check=True)

    def file(self, name: str) -> Path:
        """A new file in the directory."""
        self._names += 1
        return self.directory / f"{self._names}-{name}"

    def server(self, *arguments: str | Path, errors_too: bool = False) -> Program:
        """Starts a server under test."""
        command = [str(each) for each in arguments]
        return self._kept(Program(command, self.server_core, self.file("server.log"), errors_too))

    def helper(self, *arguments: str | Path) -> Program:
        """Starts something that is not under test."""
        return self._kept(Program([str(each) for each in arguments], self.other_core, self.file("helper.log")))

    def _kept(self, program: Program) -> Program:
        self._programs.append(program)
        return program

    def python(self, module: str, *arguments: str | Path) -> list[str]:
        """The command line of a module of ours."""
        return [sys.executable, "-m", module, *map(str, arguments)]


@dataclass(frozen=True)
class Window:
    """What happened between two looks."""

    events: int
    """Delivered, over all clients."""
    cpu_us: float
    """CPU time of the server."""
    seconds: float
    """How long it was."""
    offered: float
    """Part of the events that should have been delivered."""
    figures: dict[str, Any]
    """What the load generator says."""
    helpers_busy: float = 0.0
    """Part of the other core that the load generator and the source took."""
    others_busy: float = 0.0
    """Part of the server's core that programs outside the benchmark took."""

    @property
    def busy(self) -> float:
        """Part of its core that the server took."""
        return self.cpu_us / self.seconds / 1e6

    @property
    def cpu_us_per_event(self) -> float:
        """CPU time for one delivered event; infinite where none came."""
        return self.cpu_us / self.events if self.events else math.inf


@dataclass
class Session:
    """A server with its clients.

    Args:
        name: of the system.
        server: under test.
        source: takes "rate R" and "burst N".
        port: of the server.
        paths: what clients ask for, in turn.
        bench: where it runs.
    """

    name: str
    server: Program
    source: Program
    port: int
    paths: Sequence[str]
    bench: Bench
    clients: int = 0
    load: Program | None = None
    _empty_bytes: int = 0

    def connect(self, count: int) -> dict[str, Any]:
        """Opens clients until there are `count`, each with its first bytes.

        Raises:
            ProgramError: one was refused.
        """
        if self.load is None:
            paths = self.bench.file("paths")
            paths.write_text("".join(f"{path}\n" for path in self.paths))
            self.load = self.bench.helper(self.bench.directory / "load", str(self.port), paths)
        figures = self.load.ask(f"open {count - self.clients}")
        self.clients = count
        if figures["ok"] != count or figures["closed"]:
            raise ProgramError(f"{self.name}: {figures['ok']} of {count} clients got a stream")
        return figures

    def memory_per_connection(self, count: int) -> float:
        """Bytes that each of `count` idle connections adds to the server."""
        if not self.clients:
            self.connect(1)
            time.sleep(_SETTLE_SECONDS)
            self._empty_bytes = resident_bytes(self.server.pid)
        self.connect(count)
        time.sleep(_SETTLE_SECONDS)
        return (resident_bytes(self.server.pid) - self._empty_bytes) / (count - 1)

    def window(self, rate: float, seconds: float) -> Window:
        """Sends `rate` events a second for a while, after a moment that does not count; then waits for silence."""
        self.source.say(f"rate {rate}")
        time.sleep(max(_WARM_UP_SECONDS, 1.5 / rate))

        def act(load: Program) -> dict[str, Any]:
            load.ask("mark")
            time.sleep(seconds)
            return load.ask("mark")

        window = self._watch(act, lambda taken: rate * taken)
        self.quiet()
        return window

    def one(self) -> dict[str, Any]:
        """Sends one event; gives the figures once every client has it."""
        return self.burst(1, 5000).figures

    def burst(self, count: int, patience_ms: int) -> Window:
        """Sends `count` events as fast as they are taken; gives what came until each client has them all."""

        def act(load: Program) -> dict[str, Any]:
            load.ask("mark")
            self.source.say(f"burst {count}")
            return load.ask(f"wait {count} {patience_ms}")

        return self._watch(act, lambda _: count)

    def singles(self, count: int) -> Window:
        """Sends `count` events, each once every client has the one before it; gives what it took in all."""

        def act(load: Program) -> dict[str, Any]:
            figures = [self.one() for _ in range(count)]
            return figures[-1] | {"events": sum(each["events"] for each in figures)}

        return self._watch(act, lambda _: count)

    def _watch(self, act: Callable[[Program], dict[str, Any]], sent: Callable[[float], float]) -> Window:
        """What happens meanwhile; `sent` says how many events went out in so many seconds."""
        assert self.load
        core = busy_seconds(self.bench.server_core)
        helped, before, begun = self._helpers_ns(), cpu_ns(self.server.pid), time.monotonic()
        figures = act(self.load)
        cpu_us, seconds = cpu_between_us(before, cpu_ns(self.server.pid)), time.monotonic() - begun
        others_busy = max(0.0, busy_seconds(self.bench.server_core) - core - cpu_us / 1e6) / seconds
        if seconds > _MEANINGFUL_SECONDS:
            self.bench.others_busy.append(others_busy)
        return Window(
            events=figures["events"],
            cpu_us=cpu_us,
            seconds=seconds,
            offered=figures["events"] / (sent(seconds) * self.clients),
            figures=figures,
            helpers_busy=cpu_between_us(helped, self._helpers_ns()) / seconds / 1e6,
            others_busy=others_busy,
        )

    def disconnect(self) -> None:
        """Lets every client go."""
        if self.load is not None:
            self.load.close()
        self.load, self.clients = None, 0

    def quiet(self, patience_seconds: float = 3.0) -> None:
        """Stops the source and waits until nothing comes any more."""
        assert self.load
        self.source.say("rate 0")
        end = time.monotonic() + patience_seconds
        time.sleep(0.05)
        self.load.ask("mark")
        while self.load.ask("wait 1000000000 60")["bytes"] and time.monotonic() < end:
            pass

    def _helpers_ns(self) -> dict[int, int]:
        helpers = {each.pid for each in (self.load, self.source) if each} - {self.server.pid}
        return {thread: taken for pid in helpers for thread, taken in cpu_ns(pid).items()}

    def close(self) -> None:
        """Ends everything."""
        for program in (self.load, self.source, self.server):
            if program is not None:
                program.close()


def median_window(windows: Sequence[Window]) -> Window:
    """The one whose cost is the median, among those that others left alone, where there are any."""
    calm = [each for each in windows if each.others_busy < DISTURBED] or windows
    middle = statistics.median_low([each.cpu_us_per_event for each in calm])
    return next(each for each in calm if each.cpu_us_per_event == middle)


def on_path(command: str, hint: str) -> str:
    """Where a command is: beside this Python, or on the path.

    Raises:
        Missing: it is nowhere.
    """
    beside = str(Path(sys.executable).parent)
    found = shutil.which(command, path=os.pathsep.join((beside, os.environ.get("PATH", ""), "/usr/sbin")))
    if found is None:
        raise Missing(hint)
    return found
