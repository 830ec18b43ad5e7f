"""The project's programs as real processes."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path


class Program:
    """A program that says on stdout where it listens.

    Args:
        arguments: of the interpreter.
        says: a pattern whose first group is the address.
        interpreter: what runs it.
    """

    def __init__(self, *arguments: str, says: str, interpreter: tuple[str, ...] = (sys.executable, "-m")) -> None:
        self.output: list[str] = []
        self._says = re.compile(says)
        self._address: str | None = None
        self._known = threading.Event()
        self.process = subprocess.Popen(
            [*interpreter, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
        )
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()

    @property
    def address(self) -> str:
        """`host:port`, once it is known."""
        assert self._known.wait(30), f"it never said where it listens: {self.output}"
        assert self._address is not None, f"it ended before it listened: {self.output}"
        return self._address

    def kill(self) -> None:
        """SIGKILL, as a machine that loses power."""
        self.process.kill()
        self._finish()

    def stop(self, number: signal.Signals = signal.SIGTERM, patience_seconds: float = 15) -> int:
        """Asks it to stop; gives its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        self.process.wait(patience_seconds)
        self._finish()
        return self.process.returncode

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.output.append(line.rstrip("\n"))
            if self._address is None and (match := self._says.search(line)):
                self._address = match[1]
                self._known.set()
        self._known.set()

    def _finish(self) -> None:
        self.process.wait(15)
        self._reading.join(15)
        if self.process.stdout:
            self.process.stdout.close()


def ingest(directory: Path, *arguments: str, port: int = 0) -> Program:
    """The demo's backend."""
    listen = ("--listen", f"127.0.0.1:{port}")
    return Program("backends.ingest", *listen, *arguments, str(directory), says=r"listening on (\S+)")


def gateway(*arguments: str) -> Program:
    """`grpc-sse-gateway` on a free port."""
    return Program("gateway", *arguments, "--port", "0", says=r"page +http://([^/]+)/")


def node(script: Path, *arguments: str) -> Program:
    """A backend in Node that says `listening on host:port`."""
    assert shutil.which("node"), "node is missing: run `make clients`"
    assert (script.parents[2] / "node_modules" / "@grpc").exists(), "npm packages are missing: run `make clients`"
    return Program(str(script), *arguments, says=r"listening on (\S+)", interpreter=("node",))


def wait_until(condition: object, patience_seconds: float = 30) -> None:
    """Returns once the condition, a function, holds."""
    end = time.monotonic() + patience_seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end, "what was awaited did not come"
        time.sleep(0.02)
