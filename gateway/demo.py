"""The demo: a real backend in a process of its own, the gateway in this one."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from gateway.errors import ConfigError

_READY = "listening on "
_STOP_SECONDS = 5


@contextmanager
def ingest_backend(directory: str | None) -> Iterator[str]:
    """Runs `backends.ingest` over a directory for as long as the context lasts; gives its address.

    Raises:
        ConfigError: it did not start.
    """
    command = [sys.executable, "-m", "backends.ingest", "--listen", "127.0.0.1:0", *([directory] if directory else [])]
    # In a session of its own: Ctrl-C is for the gateway, which then ends its backend, and not for both at once.
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)  # noqa: S603
    try:
        yield _address(process)
    finally:
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()


def _address(process: subprocess.Popen[str]) -> str:
    line = process.stdout.readline() if process.stdout else ""
    if _READY not in line:
        raise ConfigError("the demo's backend did not start; what it printed is above")
    return line.partition(_READY)[2].strip()
