"""All backends: which addresses there are now, and the one `Backend` of each."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable, Iterator

from gateway.config import UpstreamSettings
from gateway.upstream.backend import Backend, Readers
from gateway.upstream.channels import Channels
from gateway.upstream.resolving import Target, addresses_of, parse_target


class Backends:
    """The backends behind the configured targets; names are resolved again and again.

    Raises:
        ConfigError: a target is not one, or a file of TLS cannot be used.
    """

    def __init__(self, settings: UpstreamSettings) -> None:
        targets = [parse_target(text) for text in settings.addresses]
        self._resolve_seconds = settings.resolve_seconds
        self._channels = Channels(settings)
        self._readers = Readers(settings.reader_threads)
        self._names = [target for target in targets if target.resolved]
        self._fixed = {target.address: "" for target in targets if not target.resolved}
        self._backends: dict[str, Backend] = {}
        self._changed = asyncio.Event()
        self._turn = 0
        self._background: set[asyncio.Task[None]] = set()

    def __iter__(self) -> Iterator[Backend]:
        """The backends there are now."""
        return iter(tuple(self._backends.values()))

    def in_turn(self) -> list[Backend]:
        """The backends there are now, each time beginning with the next one."""
        there = list(self._backends.values())
        self._turn += 1
        first = self._turn % len(there) if there else 0
        return there[first:] + there[:first]

    async def start(self) -> None:
        """Opens a channel to each address; resolves names, and goes on doing so."""
        self._set(self._fixed)
        if self._names:
            await self._resolve()
            self._spawn(self._keep_resolving())

    async def changed(self) -> None:
        """Returns when backends have come or gone."""
        await self._changed.wait()

    async def close(self) -> None:
        """Closes every channel."""
        for task in self._background:
            task.cancel()
        await asyncio.gather(*(backend.close() for backend in self), return_exceptions=True)

    async def _keep_resolving(self) -> None:
        while True:
            await asyncio.sleep(self._resolve_seconds)
            await self._resolve()

    async def _resolve(self) -> None:
        found = await asyncio.gather(*map(addresses_of, self._names))
        if None not in found:
            named = zip(self._names, found, strict=True)
            self._set(_addresses(named) | self._fixed)

    def _set(self, wanted: dict[str, str]) -> None:
        """Opens and closes channels until these are there: addresses, with the `host:port` they stand behind."""
        if wanted.keys() == self._backends.keys():
            return
        for address in self._backends.keys() - wanted.keys():
            self._spawn(self._backends.pop(address).close())
        for address in sorted(wanted.keys() - self._backends.keys()):
            self._backends[address] = Backend(address, self._channels, self._readers, wanted[address])
        self._changed.set()
        self._changed = asyncio.Event()

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)


def _addresses(found: Iterable[tuple[Target, set[str] | None]]) -> dict[str, str]:
    """Each address with the `host:port` it was found behind; the first one where there are several."""
    return {address: target.address for target, addresses in reversed([*found]) for address in addresses or ()}
