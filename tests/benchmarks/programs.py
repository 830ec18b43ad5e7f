"""Child processes that take commands on stdin, each on a core of its own choosing."""

from __future__ import annotations

import contextlib
import json
import re
import select
import subprocess
import time
from pathlib import Path
from typing import Any

PATIENCE_SECONDS = 40.0


class ProgramError(Exception):
    """A program did not start, ended, or never answered; says which and what it wrote last."""


class Program:
    """A running program.

    Args:
        arguments: its command line.
        core: the core it is pinned to.
        log: the file its stderr goes to.
        errors_too: True where stderr is to be read like stdout.

    Raises:
        ProgramError: it cannot be started.
    """

    def __init__(self, arguments: list[str], core: int, log: Path, errors_too: bool = False) -> None:
        self.name = Path(arguments[0]).name
        self._log = log
        self._unread = b""
        with log.open("wb") as errors:
            try:
                self.process = subprocess.Popen(
                    ["taskset", "-c", str(core), *arguments],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT if errors_too else errors,
                )
            except OSError as error:
                raise ProgramError(f"{self.name}: {error}") from None

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.process.pid

    def say(self, command: str) -> None:
        """Gives it a command."""
        assert self.process.stdin
        try:
            self.process.stdin.write(f"{command}\n".encode())
            self.process.stdin.flush()
        except OSError:
            raise self._failed("is gone") from None

    def ask(self, command: str, patience_seconds: float = PATIENCE_SECONDS) -> dict[str, Any]:
        """Gives it a command; gives the JSON it answers with."""
        self.say(command)
        answer: dict[str, Any] = json.loads(self._line(patience_seconds))
        return answer

    def until(self, pattern: str, patience_seconds: float = PATIENCE_SECONDS) -> str:
        """Reads lines up to one that matches; gives the pattern's first group."""
        while True:
            if found := re.search(pattern, self._line(patience_seconds)):
                return found[1]

    def close(self) -> None:
        """Ends it: by the end of its stdin, by SIGTERM, or by SIGKILL."""
        with contextlib.suppress(OSError):
            if self.process.stdin:
                self.process.stdin.close()
        for end in (self.process.terminate, self.process.kill):
            if self.process.poll() is None:
                end()
            try:
                self.process.wait(1)
                break
            except subprocess.TimeoutExpired:
                continue
        if self.process.stdout:
            self.process.stdout.close()

    def _line(self, patience_seconds: float) -> str:
        assert self.process.stdout
        end = time.monotonic() + patience_seconds
        while b"\n" not in self._unread:
            readable, _, _ = select.select([self.process.stdout], [], [], max(0.0, end - time.monotonic()))
            if not readable:
                raise self._failed(f"said nothing for {patience_seconds:.0f} s")
            got = self.process.stdout.read1(1 << 16)  # type: ignore[attr-defined]
            if not got:
                raise self._failed("ended")
            self._unread += got
        line, _, self._unread = self._unread.partition(b"\n")
        return line.decode()

    def _failed(self, what: str) -> ProgramError:
        last = " ".join(self._log.read_text(errors="replace").split("\n")[-5:]).strip()
        return ProgramError(f"{self.name} {what}: {last}" if last else f"{self.name} {what}")
