"""A soak: clients that come, go, stall and reconnect all the time, while memory and descriptors have to stay steady.

Run as `python -m tests.faults.soak --minutes 3`. Prints a sample now and then, and at the end the slope of the
gateway's memory; exits with status 1 where descriptors, clients or tasks do not return to what they were at the start.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import random
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from tests.support.faults_client import EventSource, log_key, progress_key
from tests.support.faults_house import STREAM, WATCH, House, open_files, resident_bytes
from tests.support.faults_proxy import Proxy

STEADY, COMING = 20, 40
SAMPLE_SECONDS = 5.0
WARM_UP_PART = 0.3
SETTLE_SECONDS = 30.0


@dataclass(frozen=True)
class Sample:
    """The gateway at one moment."""

    seconds: float
    memory_bytes: int
    files: int
    clients: int
    tasks: int

    def __str__(self) -> str:
        return (
            f"{self.seconds:6.0f} s  memory {self.memory_bytes / 2**20:6.1f} MiB  "
            f"descriptors {self.files:4d}  clients {self.clients:4d}  tasks {self.tasks:4d}"
        )


def connections_of(house: House) -> int:
    """Established connections to the gateway's port, as the kernel counts them on the gateway's side."""
    port = int(house.gateway.address.rpartition(":")[2])
    wanted = f"0100007F:{port:04X}"
    rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(row[1] == wanted and row[3] == "01" for row in rows)


async def tasks_of(house: House) -> int:
    """The gateway's asyncio tasks, as its metrics tell them."""
    async with httpx.AsyncClient() as http:
        text = (await http.get(f"http://{house.gateway.address}/metrics", headers={"connection": "close"})).text
    return next(int(float(line.split()[1])) for line in text.splitlines() if line.startswith("gateway_tasks "))


async def sample(house: House, begun: float) -> Sample:
    """Looks at the gateway."""
    tasks = await tasks_of(house)
    memory, files = resident_bytes(house.gateway), open_files(house.gateway)
    return Sample(time.monotonic() - begun, memory, files, connections_of(house), tasks)


def same(one: Sample, other: Sample) -> bool:
    """True where two moments have the same descriptors, clients and tasks."""
    return (one.files, one.clients, one.tasks) == (other.files, other.clients, other.tasks)


def slope_bytes_per_hour(samples: list[Sample]) -> float:
    """The least-squares slope of memory."""
    mean_x = sum(each.seconds for each in samples) / len(samples)
    mean_y = sum(each.memory_bytes for each in samples) / len(samples)
    spread = sum((each.seconds - mean_x) ** 2 for each in samples)
    together = sum((each.seconds - mean_x) * (each.memory_bytes - mean_y) for each in samples)
    return 3600 * together / spread if spread else 0.0


def client_of(house: House, address: str) -> EventSource:
    """A client of either stream."""
    path, key = random.choice([(STREAM, log_key), (WATCH, progress_key)])  # noqa: S311 - guards nothing
    return house.client(address, path, key)


async def come_and_go(house: House, address: str) -> None:
    """One place that clients take in turn: each stays for a while, and one in four stalls meanwhile."""
    while True:
        client = client_of(house, address)
        if random.random() < 0.25:  # noqa: S311
            client.slow, client.receive_buffer_bytes = True, 4096
        client.start()
        try:
            await asyncio.sleep(random.uniform(0.1, 5))  # noqa: S311
        finally:
            await client.close()
            client.heard.verify()


async def cut_often(proxy: Proxy) -> None:
    """Makes every client reconnect from time to time."""
    while True:
        await asyncio.sleep(random.uniform(5, 15))  # noqa: S311
        proxy.cut()


async def churn(house: House, address: str, proxy: Proxy, begun: float, seconds: float) -> list[Sample]:
    """Lets clients come and go, and looks at the gateway meanwhile."""
    busy = [asyncio.ensure_future(come_and_go(house, address)) for _ in range(COMING)]
    busy.append(asyncio.ensure_future(cut_often(proxy)))
    samples = []
    try:
        while time.monotonic() < begun + seconds:
            await asyncio.sleep(min(SAMPLE_SECONDS, seconds / 10))
            samples.append(await sample(house, begun))
            print(samples[-1], flush=True)
            for client in house.clients:
                client.marks.clear()
    finally:
        for each in busy:
            each.cancel()
        await asyncio.gather(*busy, return_exceptions=True)
    return samples


async def back_to(house: House, start: Sample, begun: float) -> Sample:
    """Waits until as many clients, descriptors and tasks are there as at the start, or for too long."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(SETTLE_SECONDS):
            while not same(await sample(house, begun), start):  # noqa: ASYNC110 - another process is looked at
                await asyncio.sleep(0.2)
    return await sample(house, begun)


async def soak(minutes: float, directory: Path) -> bool:
    """Runs; gives whether everything returned to what it was."""
    house = House(directory, print)
    try:
        # A small history, so that the log is full long before the warm-up ends.
        backend = await house.start_backend(rate=200)
        proxy = await house.proxy(await house.start_gateway(backend, GATEWAY_LOG_MAX_BYTES="1048576"))
        await house.watch(proxy.address, STEADY // 2, STEADY // 2)
        begun = time.monotonic()
        start = await sample(house, begun)
        print(start, flush=True)
        samples = await churn(house, proxy.address, proxy, begun, minutes * 60)
        end = await back_to(house, start, begun)
        print(end, flush=True)
        warm = [each for each in samples if each.seconds >= minutes * 60 * WARM_UP_PART]
        return report(start, end, warm)
    finally:
        await house.close()


def report(start: Sample, end: Sample, warm: list[Sample]) -> bool:
    """Prints the result."""
    print(f"memory after warm-up: {slope_bytes_per_hour(warm) / 2**20:+.1f} MiB an hour, over {len(warm)} samples")
    steady = same(start, end)
    print(
        f"at the start and at the end: descriptors {start.files} and {end.files}, "
        f"clients {start.clients} and {end.clients}, tasks {start.tasks} and {end.tasks}: "
        f"{'steady' if steady else 'NOT STEADY'}"
    )
    return steady


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=3.0)
    options = parser.parse_args()
    with TemporaryDirectory() as directory:
        return 0 if asyncio.run(soak(options.minutes, Path(directory))) else 1


if __name__ == "__main__":
    sys.exit(main())
