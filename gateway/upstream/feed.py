"""One backend's stream into one topic: called, translated, called again when it breaks, resumed where it can be."""

from __future__ import annotations

import asyncio
import logging
from collections import deque

from gateway.contract.routes import StreamRoute
from gateway.contract.translation import Bookmark, Translated
from gateway.errors import TranslationError, UpstreamAway, UpstreamError, UpstreamGone
from gateway.headers import Returning
from gateway.metrics import REPEATS
from gateway.streams.source import Publisher
from gateway.upstream.backend import Backend
from gateway.upstream.backoff import Backoff
from gateway.upstream.blanks import count_blank
from gateway.upstream.call import Call, Outgoing
from gateway.upstream.tally import Outcome, Tally

logger = logging.getLogger(__name__)

LASTING_SECONDS = 1.0
"""A call that has lasted so long shows that its backend is there, also when it has nothing to say."""
KNOWN_TOKENS = 4096
"""So many of the newest resume tokens are remembered, to leave out what a backend sends again."""


class Feed:
    """Fills a topic from one backend until it is cancelled or the backend has finished.

    Args:
        backend: where from.
        route: how its messages are translated.
        outgoing: what is called.
        publisher: the topic.
        tally: told how the call stands.
        backoff: the waits between tries.
        returning: what of the backend's metadata clients get as response headers.
    """

    def __init__(
        self,
        backend: Backend,
        route: StreamRoute,
        outgoing: Outgoing,
        publisher: Publisher,
        tally: Tally,
        backoff: Backoff,
        returning: Returning,
    ) -> None:
        self._backend = backend
        self._route = route
        self._outgoing = outgoing
        self._returning = returning
        self._publisher = publisher
        self._tally = tally
        self._backoff = backoff
        self._origin = backend.address
        self._token = ""
        self._received = False
        self._known: deque[str] = deque(maxlen=KNOWN_TOKENS)
        self._earlier: frozenset[str] = frozenset()
        tally.report(self._origin, Outcome.PENDING)

    async def run(self) -> None:
        """Calls the backend again and again."""
        try:
            await self._call_again_and_again()
        finally:
            self._backend.forget(self)

    async def _call_again_and_again(self) -> None:
        while True:
            try:
                await self._follow()
            except UpstreamAway as error:
                self._backend.lost(self, error)
                self._tally.report(self._origin, Outcome.AWAY)
            except UpstreamError as error:
                if isinstance(error, UpstreamGone) and self._token:
                    self._token = ""
                    self._known.clear()
                    continue
                self._tally.report(self._origin, Outcome.REFUSED, error)
            else:
                self._tally.report(self._origin, Outcome.FINISHED)
                return
            await self._backoff.wait()

    async def _follow(self) -> None:
        self._earlier = frozenset(self._known)
        call = self._backend.call(self._resuming())
        try:
            await call.accepted()
            self._publisher.accept(self._returning(call.metadata))
            self._accepted()
            await self._read(call)
        finally:
            call.cancel()

    async def _read(self, call: Call) -> None:
        lasting = asyncio.get_running_loop().call_later(LASTING_SECONDS, self._found)
        try:
            async for message in call.messages():
                self._take(message, call.more)
        finally:
            lasting.cancel()

    def _resuming(self) -> Outgoing:
        if self._token and self._route.resume_request:
            return self._outgoing._replace(data=self._outgoing.data + self._route.resume_request(self._token))
        return self._outgoing

    def _accepted(self) -> None:
        if self._received and not self._token:
            self._received = False
            self._publisher.lose(self._origin)
        self._tally.report(self._origin, Outcome.ACCEPTED if self._route.bookmarks else Outcome.SETTLED)

    def _found(self) -> None:
        """With a message, or when the call lasts: a backend that takes calls and drops them at once is not back."""
        self._backend.found(self)
        self._backoff.reset()

    def _take(self, message: bytes, more: bool) -> None:
        self._found()
        try:
            translated = self._route.translate(message)
        except TranslationError as error:
            logger.warning("%s from %s: %s", self._route.method, self._origin, error)
            self._publisher.gap("untranslatable", 1, str(error))
            return
        if isinstance(translated, Bookmark):
            self._remember(translated.token)
            if self._route.bookmarks:
                self._tally.report(self._origin, Outcome.SETTLED)
            else:
                count_blank(self._route)
        elif translated.token and translated.token in self._earlier:
            # Some backends begin with the event that the token is of.
            REPEATS.inc()
        else:
            self._remember(translated.token)
            self._publish(translated, more)

    def _remember(self, token: str) -> None:
        if token and self._route.resume_request:
            # A bookmark counts as well: what came and went after it is missed when its token is gone.
            self._received = True
            self._token = token
            self._known.append(token)

    def _publish(self, event: Translated, more: bool) -> None:
        self._received = True
        self._publisher.publish(event.name, event.data, event.attributes, event.key, event.terminal, self._origin, more)
