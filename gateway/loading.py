"""Loading the contract: at once what is known, later what the backends tell, again when it is asked for."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from gateway.config import Settings, UpstreamSettings
from gateway.contract.contract import Contract
from gateway.errors import ConfigError, ContractError, UpstreamError, UpstreamRefused
from gateway.sources import Draft, Sources, Told, listed
from gateway.upstream.backends import Backends
from gateway.upstream.backoff import Backoff
from gateway.upstream.reflection import PATIENCE, Patience, first_answer

logger = logging.getLogger(__name__)


class Loader:
    """Follows the contract for as long as the gateway runs.

    Args:
        settings: where it comes from.
        backends: who is asked for their services.
        patience: how long each may take to answer.

    Raises:
        ContractError: a rule of the configuration is wrong.
    """

    def __init__(self, settings: Settings, backends: Backends, patience: Patience = PATIENCE) -> None:
        self._sources = Sources(settings)
        self._backends = backends
        self._upstream = settings.upstream
        self._patience = patience
        self._served: Draft | None = None
        self._again = asyncio.Event()
        self.pending = self._sources.asks
        """True while no backend has answered yet: what is served may not be all."""

    def initial(self) -> Contract:
        """What can be served at once.

        Raises:
            ConfigError: a file cannot be read.
            ContractError: it cannot be served.
        """
        self._served = self._sources.draft()
        return self._sources.compile(self._served, selectors_must_match=not self._sources.asks)

    def reread(self) -> None:
        """Has files read and backends asked again, now. To be called in the event loop."""
        self._again.set()

    async def follow(self, changed: Callable[[Contract], Awaitable[None]]) -> None:
        """Asks the backends, then waits for `reread`, until it is cancelled.

        A contract that cannot be served is logged with its problems, and the one before it stays.

        Args:
            changed: is given each contract that is not the one before it.
        """
        if not self._sources.asks:
            await self._again.wait()
        while True:
            self._again.clear()
            await self._load(changed)
            await self._again.wait()

    async def _load(self, changed: Callable[[Contract], Awaitable[None]]) -> None:
        answer = await self._answer() if self._sources.asks else None
        try:
            # In a thread: a large contract takes long enough for streams to notice.
            loaded = await asyncio.to_thread(self._loaded, answer)
            if loaded is not None:
                self._served, contract = loaded
                _tell(contract, answer.address if answer and self._served.told else "")
                await changed(contract)
        except (ConfigError, ContractError) as error:
            logger.error("this contract cannot be served; the one before it stays:\n%s", error)
        finally:
            # Not before all of it is served: an unknown path is final from now on.
            self.pending = False

    def _loaded(self, answer: Told | None) -> tuple[Draft, Contract] | None:
        draft = self._sources.draft(answer)
        if draft.same(self._served):
            if self.pending and (unmatched := draft.overridden.problems):
                logger.warning("rules of the configuration that are for nothing there is:\n%s", listed(unmatched))
            return None
        return draft, self._sources.compile(draft)

    async def _answer(self) -> Told | None:
        """The first answer of a backend; None where they have none, and the contract may do without."""
        backoff = Backoff(self._upstream.first_backoff_seconds, self._upstream.longest_backoff_seconds)
        warned = False
        while True:
            try:
                return await _asked(self._backends, self._patience)
            except UpstreamError as error:
                final = isinstance(error, UpstreamRefused) and not self._sources.demands
                if not warned and not (final and error.grpc_code == "UNIMPLEMENTED"):
                    warned = True
                    then = "the contract stays as it is" if final else "trying again"
                    logger.warning("no backend tells its services (%s); %s", error, then)
                if final:
                    return None
            await self._wait(backoff.next_seconds())

    async def _wait(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._again.wait()
        except TimeoutError:
            return
        self._again.clear()


def _tell(contract: Contract, address: str) -> None:
    logger.warning("contract %s: %d routes", f"told by {address}" if address else "read again", len(contract.routes))
    if contract.problems:
        logger.warning("left out, because it cannot be served:\n%s", listed(contract.problems))


def load_contract(settings: Settings, ask: bool = False, patience: Patience = PATIENCE) -> Contract:
    """The configured contract, for a command that does not serve it.

    Args:
        settings: where it comes from.
        ask: whether backends are asked where the settings leave that open; where they demand it, they always are.
        patience: how long each may take to answer.

    Raises:
        ConfigError: a file cannot be read, or no backend tells its services.
        ContractError: it cannot be served.
    """
    sources = Sources(settings)
    if not sources.demands and not (ask and sources.asks):
        return sources.compile(sources.draft())
    try:
        answer = asyncio.run(_ask_once(settings.upstream, patience))
    except UpstreamError as error:
        raise ConfigError(f"no backend tells its services: {error}; expected one, or --descriptor-set FILE") from None
    return sources.compile(sources.draft(answer))


async def _ask_once(settings: UpstreamSettings, patience: Patience) -> Told:
    backends = Backends(settings)
    await backends.start()
    try:
        return await _asked(backends, patience)
    finally:
        await backends.close()


async def _asked(backends: Backends, patience: Patience) -> Told:
    channels = {backend.address: backend.channel for backend in backends}
    return Told(*await first_answer(channels, patience))
