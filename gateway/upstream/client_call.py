"""One upstream call for one client: its messages are taken from the backend only as the client reads."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator

from gateway.config import UpstreamSettings
from gateway.contract.routes import StreamRoute
from gateway.contract.translation import Translated
from gateway.errors import TranslationError, UpstreamAway
from gateway.headers import Headers, Metadata, Returning
from gateway.metrics import GAPS
from gateway.streams import control
from gateway.streams.direct import Message
from gateway.upstream.backend import Backend
from gateway.upstream.backends import Backends
from gateway.upstream.backoff import Backoff
from gateway.upstream.blanks import count_blank
from gateway.upstream.call import Call, Outgoing

logger = logging.getLogger(__name__)


class GrpcClientCall:
    """One client's call, to the backends in turn until one takes it.

    Args:
        backends: all there are.
        settings: the waits between tries, and the deadline.
        route: what is called.
        request: the serialised upstream request.
        metadata: what goes with it.
    """

    def __init__(
        self,
        backends: Backends,
        settings: UpstreamSettings,
        route: StreamRoute,
        request: bytes,
        metadata: Metadata = (),
    ) -> None:
        self._backends = backends
        self._outgoing = Outgoing(route.grpc_path, request, metadata, client_streaming=route.client_streaming)
        self._returning = Returning(settings.return_headers)
        self._timeout_seconds = settings.stream_timeout_seconds or None
        self._backoff = Backoff(settings.first_backoff_seconds, settings.longest_backoff_seconds)
        self._route = route
        self._taken = asyncio.create_task(self._take(), name=f"call {route.method}")

    async def opened(self, patience_seconds: float) -> None:
        """Waits until a backend has taken the call, but not longer than `patience_seconds`.

        Raises:
            UpstreamError: a backend refused it.
        """
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience_seconds):
                await asyncio.shield(self._taken)

    @property
    def headers(self) -> Headers:
        """The response headers made of the backend's metadata; none where no backend has taken the call yet."""
        taken = self._taken.done() and not self._taken.cancelled() and self._taken.exception() is None
        return self._returning(self._taken.result().metadata) if taken else ()

    async def messages(self) -> AsyncIterator[Message]:
        """The backend's messages; a gap for one that is not what the contract says, nothing for one without an event.

        Raises:
            UpstreamError: the call was refused, or ended with another status than OK.
        """
        call = await self._taken
        async for message in call.messages():
            if event := self._event(message):
                yield *event, call.more

    def _event(self, message: bytes) -> tuple[str | None, bytes] | None:
        try:
            translated = self._route.translate(message)
        except TranslationError as error:
            logger.warning("%s: %s", self._route.method, error)
            GAPS.labels("untranslatable").inc()
            return control.STREAM_GAP, control.gap("untranslatable", 1, str(error))
        if isinstance(translated, Translated):
            return translated.name, translated.data
        if not self._route.bookmarks:
            count_blank(self._route)
        return None

    def close(self) -> None:
        """Ends the call."""
        if not self._taken.done():
            self._taken.cancel()
        elif not self._taken.cancelled() and self._taken.exception() is None:
            self._taken.result().cancel()

    async def _take(self) -> Call:
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + self._timeout_seconds if self._timeout_seconds else None
        try:
            async with asyncio.timeout_at(ends_at):
                return await self._take_one(ends_at)
        except TimeoutError:
            reason = f"no backend took the call within {self._timeout_seconds:g} s"
            raise UpstreamAway("DEADLINE_EXCEEDED", reason) from None
        finally:
            for backend in self._backends:
                backend.forget(self)

    async def _take_one(self, ends_at: float | None) -> Call:
        while True:
            for backend in self._backends.in_turn():
                try:
                    call = await self._taken_by(backend, ends_at)
                except UpstreamAway as error:
                    if ends_at is not None and error.grpc_code == "DEADLINE_EXCEEDED":
                        raise  # the backend knows our deadline, and may be the first to say so
                    backend.lost(self, error)
                else:
                    backend.found(self)
                    return call
            await self._backoff.wait()

    async def _taken_by(self, backend: Backend, ends_at: float | None) -> Call:
        call = backend.call(self._outgoing._replace(timeout_seconds=_seconds_until(ends_at)))
        try:
            await call.accepted()
        except BaseException:
            call.cancel()
            raise
        return call


def _seconds_until(ends_at: float | None) -> float | None:
    if ends_at is None:
        return None
    return max(ends_at - asyncio.get_running_loop().time(), 0.001)
