"""Who may ask for more than to read: the gateway's own page, listed origins, and whatever is no browser."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from urllib.parse import urlsplit

from gateway.errors import ForeignOrigin

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
"""RFC 9110, 9.2.1."""


def refuse_foreign(verb: str, headers: Mapping[str, str], allowed: Collection[str]) -> None:
    """Holds a request that may change something against the site it comes from.

    A page of any site may send such a request to a gateway that its reader can reach (CSRF); browsers say from where
    (WHATWG Fetch, "Origin header").

    Args:
        verb: the HTTP method.
        headers: of the request.
        allowed: origins of other sites that may do so; `*` for all.

    Raises:
        ForeignOrigin: it comes from another site that is not allowed.
    """
    origin = headers.get("origin")
    if verb in _SAFE or origin is None or headers.get("sec-fetch-site") == "same-origin":
        return
    if origin in allowed or "*" in allowed or _host(origin) == headers.get("host", ""):
        return
    raise ForeignOrigin(f"{verb} from a page of {origin}; expected one of this gateway, or of server.allowed_origins")


def _host(origin: str) -> str | None:
    """The host and the port of an origin; None where it has none, as `null`."""
    try:
        return urlsplit(origin).netloc or None
    except ValueError:
        return None
