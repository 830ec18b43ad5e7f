"""Ids of operations: a method's name for its first binding, and with the HTTP method behind it for the others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from gateway.contract.messages.naming import endings, unique_names
from gateway.contract.routes import Route


def short_names(full_names: Iterable[str]) -> dict[str, str]:
    """The last part of each full name; with as much before it as makes it unique."""
    return unique_names({name: endings(name.split(".")) for name in full_names})


def operation_ids(routes: Iterable[Route]) -> Mapping[str, str]:
    """An id for each route, by `key`: `WatchProgress`, `WatchProgressPost`.

    Where several further bindings of a method have one HTTP method, each has its number among the method's bindings as
    well: `WatchProgressPost2`. No id depends on what other methods are called, unless they are called the same.
    """
    bindings: dict[str, list[Route]] = defaultdict(list)
    for route in routes:
        bindings[route.method].append(route)
    names = short_names(bindings)
    first = {key(several[0]): names[method] for method, several in bindings.items()}
    more = {
        key(route): _candidates(names[method], route, number)
        for method, several in bindings.items()
        for number, route in enumerate(several[1:], 2)
    }
    return first | unique_names(more, taken=first.values())


def key(route: Route) -> str:
    """What makes a route's operation another one."""
    return f"{route.method} {route.verb} {route.path.text}"


def _candidates(name: str, route: Route, number: int) -> tuple[str, ...]:
    verb = "Any" if route.verb == "*" else "".join(part.capitalize() for part in route.verb.split("-"))
    return f"{name}{verb}", f"{name}{verb}{number}"
