"""Content that does not change while the gateway runs, with an ETag: whoever has it is not sent it again."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from litestar import Request, Response
from litestar.datastructures import State


class Cached:
    """Content with its headers.

    Args:
        content: the body.
        media_type: of the body.
        headers: what else to answer with.
    """

    def __init__(self, content: bytes, media_type: str, headers: Mapping[str, str] | None = None) -> None:
        self._content = content
        self._media_type = media_type
        self._etag = f'"{sha256(content).hexdigest()[:32]}"'
        self._headers = {"etag": self._etag, "cache-control": "no-cache", **(headers or {})}

    def answer(self, request: Request[Any, Any, State]) -> Response[bytes]:
        """The content; 304 without it where the client has it already."""
        if _matches(request.headers.get("if-none-match", ""), self._etag):
            return Response(b"", status_code=304, headers=self._headers)
        return Response(self._content, media_type=self._media_type, headers=self._headers)


def _matches(if_none_match: str, etag: str) -> bool:
    """True where the client has this version (RFC 9110, 13.1.2: a list, compared weakly, or `*`)."""
    tags = [each.strip().removeprefix("W/") for each in if_none_match.split(",")]
    return etag in tags or "*" in tags
