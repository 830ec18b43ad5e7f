"""What is served now: the routes and the documents of one contract, replaced as a whole when it is read again."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any

from litestar import Request
from litestar.datastructures import State
from litestar.response.base import ASGIResponse

from gateway.contract.http.router import Router
from gateway.web.cached import Cached

Asked = Request[Any, Any, State]
"""A request."""
Answer = Callable[[Asked, Mapping[str, str]], Coroutine[Any, Any, ASGIResponse]]
"""Answers a request; the texts are those of the path's variables, by the request field they fill."""


@dataclass(frozen=True)
class Catalogue:
    """One contract, ready to be served."""

    router: Router[Answer | None]
    """Its routes, and None for each of the gateway's own paths, so that these go before a wildcard."""
    documents: Mapping[str, Cached]
    """What OpenAPI says of them, by version."""


class Shelf:
    """Holds the catalogue of the moment.

    Args:
        catalogue: the first one.
        pending: tells whether a backend may still bring another one.
    """

    def __init__(self, catalogue: Catalogue, pending: Callable[[], bool] = lambda: False) -> None:
        self.catalogue = catalogue
        self.pending = pending
