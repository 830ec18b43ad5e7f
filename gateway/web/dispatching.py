"""From a request to the route of the contract that answers it.

The contract's paths are not Litestar's: they have wildcards and verbs, are decoded by rules of their own, and change
when the contract is read again. So Litestar has one handler for all of them, and `Application` leads requests to it.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from litestar import Litestar, asgi
from litestar.enums import ScopeType
from litestar.handlers import ASGIRouteHandler
from litestar.response.base import ASGIResponse
from litestar.types import Message, Receive, Scope, Send

from gateway.contract.http.router import Found, PathError
from gateway.errors import ContractPending, MalformedPath, NoSuchPath, WrongVerb
from gateway.web.catalogue import Answer, Asked, Shelf
from gateway.web.open_streams import OpenStreams
from gateway.web.responses import Later

_INSIDE = "/-/contract"
"""Where Litestar finds the handler; who asks for it from outside is told that no route has this path."""


class Application(Litestar):
    """Litestar, led to the contract's handler by every path that is not the gateway's own.

    Args:
        shelf: the contract's routes.
        **settings: those of Litestar.
    """

    def __init__(self, shelf: Shelf, **settings: Any) -> None:
        self._shelf = shelf
        super().__init__(**settings)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serves one request, or the lifespan."""
        head = scope.get("method") == "HEAD"
        # Copies: servers look at theirs again, for their access log.
        if scope["type"] != "lifespan" and not self._is_own(scope):
            scope = {**scope, "path": _INSIDE}
        elif head:
            scope = {**scope, "method": "GET"}
        await super().__call__(scope, receive, _without_body(send) if head else send)

    def _is_own(self, scope: Any) -> bool:
        path = _raw_path(scope)
        if path in ("", "/"):
            return True
        try:
            found = _find(self._shelf, scope.get("method", "GET"), path)
        except MalformedPath:
            return False
        return isinstance(found, Found) and found.target is None


def _without_body(send: Send) -> Send:
    """Answers a HEAD: as a GET, without the body (RFC 9110, 9.3.2). Not every server leaves that out by itself."""

    async def send_head(message: Message) -> None:
        if message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await send(message)

    return send_head


def contract_handler(shelf: Shelf, streams: OpenStreams) -> ASGIRouteHandler:
    """Answers what the contract has a route for.

    Args:
        shelf: the contract's routes.
        streams: tells whoever must come back when to do so.
    """

    @asgi(_INSIDE, copy_scope=False)
    async def contract(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.WEBSOCKET:
            raise NoSuchPath("there are no WebSockets here")
        request = Asked(scope, receive, send)
        response = await _answered(request, shelf, streams)
        await response(scope, receive, send)

    return contract


async def _answered(request: Asked, shelf: Shelf, streams: OpenStreams) -> ASGIResponse:
    path = _raw_path(request.scope)
    found = _find(shelf, request.method, path)
    if request.method == "HEAD" and not isinstance(found, Found):
        found = _find(shelf, "GET", path)
    if isinstance(found, Found) and found.target is not None:
        response: ASGIResponse = await found.target(request, found.captures)
        return response
    if found and not isinstance(found, Found):
        raise WrongVerb(request.method, found)
    if not shelf.pending():
        raise NoSuchPath(f"no route has the path {path}")
    if "text/event-stream" in request.headers.get("accept", ""):
        # Any status but 200 would make EventSource give up for ever.
        return Later(streams, None)
    raise ContractPending("no backend has told its contract yet; try again in a moment")


def _find(shelf: Shelf, verb: str, path: str) -> Found[Answer | None] | frozenset[str]:
    try:
        return shelf.catalogue.router.find(verb, path)
    except PathError as error:
        raise MalformedPath(str(error)) from None


def _raw_path(scope: Any) -> str:
    """The path as on the wire: once decoded, `%2F` could not be told from `/`."""
    raw: bytes = scope.get("raw_path") or quote(scope["path"]).encode()
    return raw.partition(b"?")[0].decode("latin-1")
