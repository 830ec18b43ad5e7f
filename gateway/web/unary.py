"""Unary routes: one request, one response."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Protocol, TypeVar

from litestar.response.base import ASGIResponse

from gateway.contract.routes import UnaryRoute
from gateway.errors import ClientGone, TranslationError
from gateway.headers import Headers, Metadata
from gateway.web.catalogue import Answer, Asked
from gateway.web.requests import Requests

logger = logging.getLogger(__name__)
T = TypeVar("T")

_HEADERS = {
    "cache-control": "no-store",
    # An HttpBody has a content type of the backend's; no browser is to guess another one.
    "x-content-type-options": "nosniff",
}


class Called(Protocol):
    """What a backend answered."""

    @property
    def data(self) -> bytes:
        """The serialised response."""

    @property
    def headers(self) -> Headers:
        """What it has for the client's headers."""


Call = Callable[[UnaryRoute, bytes, Metadata], Coroutine[Any, Any, Called]]
"""Calls a backend with a serialised request."""


def unary_answer(route: UnaryRoute, requests: Requests, call: Call) -> Answer:
    """Answers requests for a unary route.

    Args:
        route: what is called.
        requests: reads what a client asks for.
        call: calls the backend.
    """

    async def answer(request: Asked, captures: Mapping[str, str]) -> ASGIResponse:
        wanted = await requests.read(route, request, captures)
        called = await _while_there(request, call(route, wanted.selection.request, wanted.metadata))
        try:
            content_type, body = route.reply(called.data)
        except TranslationError as error:
            logger.warning("%s: %s", route.method, error)
            raise
        # Not as `media_type`: a charset would be added to a text's that may have one.
        headers = {**_HEADERS, "content-type": content_type, **dict(called.headers)}
        return ASGIResponse(body=body, headers=headers)

    return answer


async def _while_there(request: Asked, work: Coroutine[Any, Any, T]) -> T:
    """What some work gives; it is cancelled when the client leaves."""
    working = asyncio.ensure_future(work)
    leaving = asyncio.ensure_future(_left(request))
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise ClientGone("the client has left")
        return working.result()
    finally:
        leaving.cancel()
        working.cancel()


async def _left(request: Asked) -> None:
    """Returns when the client has gone; what is left of its body is of no interest."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
