"""A numbered backend, a gateway, proxies and clients: everything a fault run needs, as real processes."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

from tests.support.faults_client import EventSource, log_key, progress_key
from tests.support.faults_ledger import Emitted, Verdict, read_record
from tests.support.faults_proxy import Proxy
from tests.support.processes import Program
from tests.support.published import document_of
from tests.support.waiting import until

WATCH, STREAM = "/api/v1/progress/events", "/api/v1/logs/stream?initial=0"
PATIENCE_SECONDS = 30.0
NOTICE_SECONDS = 10.0
"""How soon the gateway has to say that a backend has gone or is back."""
QUICK = {
    "GATEWAY_UPSTREAM_LONGEST_BACKOFF_SECONDS": "0.5",
    "GATEWAY_UPSTREAM_KEEPALIVE_SECONDS": "1",
    "GATEWAY_UPSTREAM_KEEPALIVE_TIMEOUT_SECONDS": "1",
    "GATEWAY_STREAM_RETRY_MILLISECONDS": "300",
}


class House:
    """All that one run started.

    Args:
        directory: for the record of what was emitted.
        say: prints a line.
    """

    def __init__(self, directory: Path, say: Callable[[str], None]) -> None:
        self.record = directory / "emitted"
        self.say = say
        self.clients: list[EventSource] = []
        self.backend: Program
        self.gateway: Program
        self.document = b""
        self._runs = 0
        self._rate = 100.0
        self._options: tuple[str, ...] = ()
        self._serve: tuple[str, ...] = ()
        self._environment: dict[str, str] = {}
        self._programs: list[Program] = []
        self._proxies: list[Proxy] = []

    # ---- processes

    async def start_backend(self, rate: float = 100.0, **options: int) -> str:
        """Starts the backend; gives its address."""
        self._rate = rate
        self._options = tuple(part for name, value in options.items() for part in (f"--{name}", str(value)))
        return await self._run_backend("127.0.0.1:0")

    async def restart_backend(self) -> None:
        """Starts it again where it was."""
        await self._run_backend(self.backend.address)

    async def start_gateway(self, upstream: str, *arguments: str, **environment: str) -> str:
        """Starts the gateway; gives its address."""
        self._serve = ("serve", "--upstream", upstream, *arguments)
        self._environment = QUICK | environment
        address = await self._run_gateway("0")
        self.document = await asyncio.to_thread(document_of, address)
        return address

    async def restart_gateway(self) -> None:
        """Starts it again where it was."""
        await self._run_gateway(self.gateway.address.rpartition(":")[2])

    async def kill(self, program: Program) -> None:
        """SIGKILL."""
        self._programs.remove(program)
        await asyncio.to_thread(program.kill)

    async def proxy(self, target: str) -> Proxy:
        """A proxy before an address."""
        proxy = await Proxy(target).start()
        self._proxies.append(proxy)
        return proxy

    async def _run_backend(self, listen: str) -> str:
        self._runs += 1
        arguments = ("--record", str(self.record), "--listen", listen, "--run", str(self._runs))
        self.backend = Program(
            "tests.faults.numbered_backend",
            *(*arguments, "--rate", str(self._rate), *self._options),
            says=r"listening on (\S+)",
        )
        return await self._listening(self.backend)

    async def _run_gateway(self, port: str) -> str:
        with patch.dict(os.environ, self._environment):
            self.gateway = Program("gateway", *self._serve, "--port", port, says=r"page +http://([^/]+)/")
        return await self._listening(self.gateway)

    async def _listening(self, program: Program) -> str:
        self._programs.append(program)
        return await asyncio.to_thread(lambda: program.address)

    # ---- clients

    def client(self, address: str, path: str, key: Callable[[str, Any], str]) -> EventSource:
        """A client that is not yet connected, and that checks every event."""
        return EventSource(address, path, key, self.document)

    async def watch(self, address: str, logs: int, progress: int) -> None:
        """Adds clients of both streams, and waits until each has a cursor."""
        added = [self.client(address, STREAM, log_key) for _ in range(logs)]
        added += [self.client(address, WATCH, progress_key) for _ in range(progress)]
        await self.join(*added)

    async def join(self, *added: EventSource) -> None:
        """Starts clients, and waits until each has a cursor."""
        self.clients += added
        for client in added:
            client.start()
        await until(lambda: all(client.last_event_id for client in added), PATIENCE_SECONDS)

    async def more(self, events: int) -> None:
        """Waits until every client has seen so many events more."""
        wanted = {client: len(client.marks) + events for client in self.clients}
        await until(lambda: all(len(client.marks) >= count for client, count in wanted.items()), PATIENCE_SECONDS)

    async def said(self, words: str, after: int) -> int:
        """Waits for a line of the gateway behind those already known; gives how many are known then."""
        await until(lambda: any(words in line for line in self.gateway.output[after:]), NOTICE_SECONDS)
        return len(self.gateway.output)

    # ---- the end

    async def verdict(self) -> Verdict:
        """Lets the backend finish and every client read to the end, compares, prints, and asserts what is promised."""
        self.backend.process.send_signal(signal.SIGUSR1)
        await until(lambda: "done" in self.backend.output, PATIENCE_SECONDS)
        emitted = read_record(self.record)
        try:
            await until(lambda: all(self._complete(client, emitted) for client in self.clients), PATIENCE_SECONDS)
        except TimeoutError:
            self.say("not every client came to the end")
        total = Verdict()
        for client in self.clients:
            total += self._emitted(client, emitted).judge(client.marks)
        total.emitted = sum(len(each.keys) for each in emitted.values())
        checked = sum(client.heard.count for client in self.clients)
        self.say(f"{total}; checked against the published document {checked}")
        for client in self.clients:
            client.heard.verify()
        assert not [refusal for client in self.clients for refusal in client.refused]
        assert not [line for line in self.gateway.output if "Traceback" in line]
        assert total.sound, total
        return total

    async def close(self) -> None:
        """Ends everything."""
        await asyncio.gather(*(client.close() for client in self.clients))
        for proxy in self._proxies:
            await proxy.close()
        for program in self._programs:
            await asyncio.to_thread(program.kill)

    def _complete(self, client: EventSource, emitted: dict[str, Emitted]) -> bool:
        return client.last == self._emitted(client, emitted).keys[-1]

    def _emitted(self, client: EventSource, emitted: dict[str, Emitted]) -> Emitted:
        return emitted["L" if client.key is log_key else "P"]


def resident_bytes(program: Program) -> int:
    """Memory that a process holds."""
    status = Path(f"/proc/{program.process.pid}/status").read_text()
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmRSS"))


def open_files(program: Program) -> int:
    """File descriptors that a process holds."""
    return len(list(Path(f"/proc/{program.process.pid}/fd").iterdir()))
