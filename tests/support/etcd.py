"""A real etcd, of Debian's etcd-server."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway.web.listeners import listen
from tests.support.processes import wait_until


@contextmanager
def running_etcd(directory: Path) -> Iterator[str]:
    """One member on free ports, with its data in a directory; gives `host:port` of its clients' side."""
    assert shutil.which("etcd"), "etcd is missing: run `make etcd`"
    # It cannot be asked which port it has got, so free ones are looked for.
    clients, peers = (f"127.0.0.1:{port}" for port in _free_ports(2))
    arguments = {
        "name": "one",
        "data-dir": str(directory),
        "listen-client-urls": f"http://{clients}",
        "advertise-client-urls": f"http://{clients}",
        "listen-peer-urls": f"http://{peers}",
        "initial-advertise-peer-urls": f"http://{peers}",
        "initial-cluster": f"one=http://{peers}",
        "log-level": "error",
    }
    process = subprocess.Popen(
        ["etcd", *(f"--{name}={value}" for name, value in arguments.items())],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        # Debian has it on architectures that its makers do not support, and it refuses those otherwise.
        env={**os.environ, "ETCD_UNSUPPORTED_ARCH": "arm64"},
    )
    try:
        wait_until(lambda: _healthy(clients) or process.poll() is not None)
        assert process.poll() is None, "etcd has ended by itself"
        yield clients
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(15)


def _free_ports(count: int) -> list[int]:
    probes = [listen("127.0.0.1", 0) for _ in range(count)]
    ports = [each.getsockname()[1] for each in probes]
    for each in probes:
        each.close()
    return ports


def _healthy(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"http://{address}/health", timeout=5) as response:
            return b'"true"' in response.read()
    except (urllib.error.URLError, ConnectionError):
        return False
