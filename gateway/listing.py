"""Routes as people read them."""

from __future__ import annotations

from collections.abc import Iterable

from rich import box
from rich.table import Table

from gateway.contract.parameters import Parameter
from gateway.contract.routes import Route


def route_table(routes: Iterable[Route]) -> Table:
    """A table: path, method, parameters, events, shared or per client."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("Path", "Method", "Parameters", "Events", "Delivery"):
        table.add_column(column, overflow="fold")
    for route in routes:
        table.add_row(
            f"GET {route.path.text}",
            route.method,
            "\n".join(_parameter(parameter, route) for parameter in route.parameters),
            "\n".join(event_names(route)),
            "shared" if route.shared else "per client",
        )
    return table


def event_names(route: Route) -> list[str]:
    """The names of a route's events; EventSource calls an unnamed one `message`."""
    return [event.name or "message" for event in route.events]


def _parameter(parameter: Parameter, route: Route) -> str:
    where = "path" if parameter.name in route.path.fields else "filter" if parameter.filter else ""
    many = "…" if parameter.repeated else ""
    default = f" = {parameter.default}" if parameter.default is not None else ""
    return f"{parameter.name}{many}{default}: {parameter.type.expected}{f' ({where})' if where else ''}"
