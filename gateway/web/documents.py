"""The OpenAPI documents, with an ETag: whoever has the current one is not sent it again."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.handlers import HTTPRouteHandler

PATHS = {"3.1": "/schema/openapi.json", "3.2": "/schema/openapi-3.2.json"}
"""Where each version of OpenAPI is served."""


def document_handlers(documents: Mapping[str, bytes]) -> list[HTTPRouteHandler]:
    """A handler for each document.

    Args:
        documents: by version of OpenAPI, JSON text.
    """
    return [_handler(PATHS[version], text) for version, text in documents.items()]


def _handler(path: str, text: bytes) -> HTTPRouteHandler:
    etag = f'"{sha256(text).hexdigest()[:32]}"'
    headers = {"etag": etag, "cache-control": "no-cache"}

    @get(path, include_in_schema=False, name=path)
    async def document(request: Request[Any, Any, State]) -> Response[bytes]:
        if _matches(request.headers.get("if-none-match", ""), etag):
            return Response(b"", status_code=304, headers=headers)
        return Response(text, media_type="application/json", headers=headers)

    return document


def _matches(if_none_match: str, etag: str) -> bool:
    """True where the client has this version (RFC 9110, 13.1.2: a list, compared weakly, or `*`)."""
    tags = [each.strip().removeprefix("W/") for each in if_none_match.split(",")]
    return etag in tags or "*" in tags
