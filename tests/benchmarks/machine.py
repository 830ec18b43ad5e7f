"""The machine: its cores, and what a process takes of it."""

from __future__ import annotations

import os
import resource
import socket
from collections.abc import Iterator
from pathlib import Path


def cores() -> tuple[int, int]:
    """The core of the server under test, and that of everything else; the same one where there is only one."""
    all_cores = sorted(os.sched_getaffinity(0))
    return all_cores[0], all_cores[-1]


def description(server_core: int, other_core: int) -> str:
    """The machine in one line."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown CPU")
    if server_core == other_core:
        return f"{model}, Linux {os.uname().release.split('-')[0]}; ONE core for server and load: figures say little"
    release = os.uname().release.split("-")[0]
    return f"{model}, {os.cpu_count()} cores, Linux {release}; server under test and all else on a core each"


def allow_many_files() -> int:
    """Raises the limit of open files as far as it goes, for this process and its children; gives it."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def cpu_ns(pid: int) -> dict[int, int]:
    """Nanoseconds on a core, by thread, of a process and its children."""
    taken = {}
    for process in family(pid):
        for thread in Path(f"/proc/{process}/task").iterdir():
            try:
                taken[int(thread.name)] = int((thread / "schedstat").read_text().split()[0])
            except OSError:
                continue
    return taken


def busy_seconds(core: int) -> float:
    """How long a core has been busy, whoever it was for, since the machine started."""
    lines = Path("/proc/stat").read_text().splitlines()
    ticks = next(line.split()[1:9] for line in lines if line.startswith(f"cpu{core} "))
    user, nice, system, _idle, _iowait, interrupts, softirq, steal = map(int, ticks)
    return (user + nice + system + interrupts + softirq + steal) / os.sysconf("SC_CLK_TCK")


def cpu_between_us(before: dict[int, int], after: dict[int, int]) -> float:
    """Microseconds on a core between two looks."""
    return sum(taken - before.get(thread, 0) for thread, taken in after.items()) / 1000


def resident_bytes(pid: int) -> int:
    """Resident memory of a process and its children; what they share counts once."""
    total = 0
    for process in family(pid):
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1]) * 1024
    return total


def family(pid: int) -> Iterator[int]:
    """A process and its children, and theirs."""
    yield pid
    for thread in Path(f"/proc/{pid}/task").iterdir():
        for child in (thread / "children").read_text().split():
            yield from family(int(child))
