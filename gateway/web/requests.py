"""What a client asks of a route: bound from its path, its query, its body and its headers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from gateway.config import Settings
from gateway.contract.requests.binding import Selection
from gateway.contract.requests.bodies import Body
from gateway.contract.routes import Route
from gateway.errors import BodyTooLarge, ClientGone, ConfigError, WrongMediaType
from gateway.headers import Forwarding, Metadata
from gateway.web.catalogue import Asked
from gateway.web.origins import refuse_foreign

_QUICKLY_READ_BYTES = 16_384
"""A larger body is read in a thread: streams would notice."""


class Wanted(NamedTuple):
    """What a client asks for."""

    selection: Selection
    """What its route makes of it."""
    metadata: Metadata
    """The headers that travel upstream."""


class Requests:
    """Binds requests to routes.

    Args:
        settings: which headers travel upstream, how large a body may be, whose pages may send one.

    Raises:
        ConfigError: a header cannot travel upstream, or an origin is none.
    """

    def __init__(self, settings: Settings) -> None:
        self._ignored = frozenset(settings.stream.ignored_parameters)
        self._origins = frozenset(map(_origin, settings.server.allowed_origins))
        self._max_body_bytes = settings.server.max_body_bytes
        self._forwarding = Forwarding(settings.upstream.forward_headers)

    async def read(self, route: Route, request: Asked, captures: Mapping[str, str]) -> Wanted:
        """What a request asks of a route.

        Raises:
            RequestError: it comes from a foreign page, or its body cannot be read.
            ParametersError: naming each parameter that is wrong.
        """
        refuse_foreign(request.method, request.headers, self._origins)
        body = await self._body(route.body, request) if route.body else None
        query = _query(request)
        if body is not None and len(body[1]) > _QUICKLY_READ_BYTES:
            selection = await asyncio.to_thread(route.bind, captures, query, self._ignored, body)
        else:
            selection = route.bind(captures, query, self._ignored, body)
        return Wanted(selection, self._forwarding(request.headers.multi_items()))

    async def _body(self, body: Body, request: Asked) -> tuple[str, bytes]:
        content_type, data = request.headers.get("content-type", ""), bytearray()
        if (coding := request.headers.get("content-encoding", "identity")) != "identity":
            raise WrongMediaType(f"expected a body without content-encoding, got {coding[:60]!r}")
        # Before anything is read: whoever waits for `100 Continue` then sends nothing (RFC 9110, 10.1.1).
        self._bound(_told_length(request))
        async for chunk in _chunks(request):
            data += chunk
            self._bound(len(data))
        if data and not body.takes(content_type):
            raise WrongMediaType(f"expected a body of content-type application/json, got {content_type[:60]!r}")
        return content_type, bytes(data)

    def _bound(self, length: int) -> None:
        if length > self._max_body_bytes:
            raise BodyTooLarge(f"expected a body of at most {self._max_body_bytes} bytes (server.max_body_bytes)")


def _origin(text: str) -> str:
    if text != "*" and ("*" in text or "://" not in text):
        raise ConfigError(f"server.allowed_origins: expected `*` or an origin, https://app.example, got {text!r}")
    return text


def _query(request: Asked) -> list[tuple[str, str]]:
    """Names and texts of the query, as forms write them (WHATWG URL, "application/x-www-form-urlencoded").

    What is no UTF-8 stays what it is, as lone surrogates, which no text parameter takes.
    """
    raw: bytes = request.scope.get("query_string", b"")
    pairs = parse_qsl(raw.decode("utf-8", "surrogateescape"), keep_blank_values=True, errors="surrogateescape")
    return [(_readable(name), text) for name, text in pairs]


def _readable(name: str) -> str:
    """A name that can be told again."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _told_length(request: Asked) -> int:
    """The body's length as its head tells it; 0 where it does not."""
    text = request.headers.get("content-length", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 20 else 0


async def _chunks(request: Asked) -> AsyncIterator[bytes]:
    more = True
    while more:
        message: Any = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientGone("the client has left")
        yield message.get("body", b"")
        more = message.get("more_body", False)
