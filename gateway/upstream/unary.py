"""Unary calls: one request, one answer, of one backend or of all.

A unary call may change something, so it is sent to one backend at most: to the next one only where there was no
connection to send it on. gRPC's UNAVAILABLE does not tell whether the backend had received the call, and so ends it.
"""

from __future__ import annotations

import asyncio
from itertools import chain
from typing import NamedTuple

from gateway.config import UpstreamSettings
from gateway.contract.routes import Asks
from gateway.errors import UpstreamAway, UpstreamError, UpstreamRefused
from gateway.headers import Headers, Metadata, Returning
from gateway.upstream.backend import Backend
from gateway.upstream.backends import Backends
from gateway.upstream.call import Outgoing
from gateway.upstream.unary_call import Answer


class Answered(NamedTuple):
    """The answer to a unary call."""

    data: bytes
    """The response, serialised; those of several backends one behind the other, which protobuf reads as merged
    (protobuf.dev, Encoding, "Last One Wins")."""
    headers: Headers
    """The response headers made of the backends' metadata."""


class UnaryCalls:
    """Makes unary calls.

    Args:
        backends: all there are.
        settings: the deadline, and what of the metadata becomes response headers.

    Raises:
        ConfigError: a response header cannot be chosen.
    """

    def __init__(self, backends: Backends, settings: UpstreamSettings) -> None:
        self._backends = backends
        self._timeout_seconds = settings.unary_timeout_seconds
        self._returning = Returning(settings.return_headers)

    async def __call__(
        self, grpc_path: str, request: bytes, metadata: Metadata = (), asks: Asks = Asks.ANY
    ) -> Answered:
        """Calls the next backend in turn that there is a connection to, or all. Cancelling it cancels the calls.

        Args:
            grpc_path: `/package.Service/Method`.
            request: the serialised request.
            metadata: what goes with it.
            asks: which backends, and whose answer counts. Of all, one that answers NOT_FOUND is left out unless all do.
                With any other error the whole call fails, unless it is the owner's answer that counts and there is
                one: a list without the entries of one backend would look complete.

        Raises:
            UpstreamError: the call failed; DEADLINE_EXCEEDED after the configured time.
        """
        backends = self._backends.in_turn()
        if not backends:
            raise UpstreamAway("UNAVAILABLE", "no backend is known")
        outgoing = Outgoing(grpc_path, request, metadata, self._timeout_seconds)
        if asks is Asks.ANY:
            answers = [await self._ask_one(backends, outgoing)]
        else:
            # All are waited for, also after an error, so that what they change does not depend on which was first.
            outcomes = await asyncio.gather(*(self._outcome(each, outgoing) for each in backends))
            answers = _owners(outcomes) if asks is Asks.OWNER else _complete(outcomes)
        headers = self._returning(chain.from_iterable(answer.metadata for answer in answers))
        return Answered(b"".join(answer.data for answer in answers), headers)

    async def _ask_one(self, backends: list[Backend], outgoing: Outgoing) -> Answer:
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + self._timeout_seconds
        try:
            async with asyncio.timeout_at(ends_at):
                backend = await _first_reachable(backends)
        except TimeoutError:
            reason = f"no connection to a backend within {self._timeout_seconds:g} s"
            raise UpstreamAway("DEADLINE_EXCEEDED", reason) from None
        return await self._ask(backend, outgoing._replace(timeout_seconds=max(ends_at - loop.time(), 0.001)))

    async def _ask(self, backend: Backend, outgoing: Outgoing) -> Answer:
        caller = object()
        try:
            answer = await backend.ask(outgoing)
        except UpstreamAway as error:
            if backend.failing:
                backend.lost(caller, error)
                backend.forget(caller)
            raise UpstreamAway(error.grpc_code, f"backend {backend.address}: {error}") from None
        backend.found(caller)
        return answer

    async def _outcome(self, backend: Backend, outgoing: Outgoing) -> Answer | UpstreamError:
        try:
            return await self._ask(backend, outgoing)
        except UpstreamError as error:
            return error


async def _first_reachable(backends: list[Backend]) -> Backend:
    """The first one there is a connection to; else the last, whose call then says why there is none."""
    *others, last = backends
    for backend in others:
        if await backend.reachable():
            return backend
    return last


def _owners(outcomes: list[Answer | UpstreamError]) -> list[Answer]:
    """The answer of the one that has something.

    Raises:
        UpstreamError: none has answered.
    """
    return next(([each] for each in outcomes if isinstance(each, Answer)), None) or _complete(outcomes)


def _complete(outcomes: list[Answer | UpstreamError]) -> list[Answer]:
    """The answers of all that have found something.

    Raises:
        UpstreamError: not all have answered, or none has found anything; what a client can mend goes first.
    """
    answers = [outcome for outcome in outcomes if isinstance(outcome, Answer)]
    errors = [outcome for outcome in outcomes if isinstance(outcome, UpstreamError)]
    serious = [error for error in errors if error.grpc_code != "NOT_FOUND"]
    if serious:
        raise next((error for error in serious if isinstance(error, UpstreamRefused)), serious[0])
    if not answers:
        raise errors[0]
    return answers
