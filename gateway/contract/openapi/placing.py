"""Which path and which HTTP method each route gets in a document, where OpenAPI tells less apart than a contract."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from gateway.contract.http.paths import REST
from gateway.contract.http.router import ANY
from gateway.contract.openapi.paths import ApiPath, api_path
from gateway.contract.routes import Route

_ORDINARY = ("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE")


@dataclass(frozen=True)
class Placed:
    """A route with its place in the document."""

    route: Route
    path: ApiPath
    """Its path, with the names that all routes of the same path have there."""
    verb: str
    """The HTTP method that it is shown with."""


def placed(routes: Iterable[Route]) -> list[Placed]:
    """Every route with its place, in the order of paths.

    No two have the same path and HTTP method, and paths that differ only in the names of their parameters are one.
    Where a `**` meets a `*`, as in `/v1/{name=**}` and `/v1/{id}`, the `**` is shown with more segments before it,
    which is what it then is for. A route for any HTTP method is one operation: POST where it has a body, else GET, or
    the next one that is free.
    """
    found: list[Placed] = []
    taken: dict[str, dict[str, ApiPath]] = {}
    for route in sorted(routes, key=_rank):
        path, verb = next(_free(route, taken))
        others = taken.setdefault(path.shape, {})
        named = path.called(next(iter(others.values()), path))
        others[verb] = named
        found.append(Placed(route, named, verb))
    return sorted(found, key=lambda each: (each.path.text, _ORDINARY.index(each.verb) if each.verb in _ORDINARY else 9))


def _rank(route: Route) -> tuple[bool, bool, str, str]:
    """Those that leave most open come last."""
    return REST in route.path.segments, route.verb == ANY, route.path.text, route.verb


def _free(route: Route, taken: dict[str, dict[str, ApiPath]]) -> Iterator[tuple[ApiPath, str]]:
    for before_rest in range(len(taken) + 1):
        path = api_path(route.path, before_rest)
        for verb in _verbs(route):
            if verb not in taken.get(path.shape, {}):
                yield path, verb


def _verbs(route: Route) -> Iterable[str]:
    if route.verb != ANY:
        return (route.verb,)
    first = "POST" if route.body else "GET"
    # The last is always free: no contract has it.
    return (first, *(each for each in _ORDINARY if each != first), ANY)
