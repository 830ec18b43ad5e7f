"""Routes as people read them."""

from __future__ import annotations

from collections.abc import Iterable

from rich import box
from rich.table import Table

from gateway.contract.requests.parameters import Parameter
from gateway.contract.routes import Route, StreamRoute


def route_table(routes: Iterable[Route]) -> Table:
    """A table: HTTP method and path, RPC, parameters, what is answered, shared or per client."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("Path", "Method", "Parameters", "Answer", "Delivery"):
        table.add_column(column, overflow="fold")
    for route in routes:
        table.add_row(
            f"{route.verb} {route.path.text}",
            route.method,
            "\n".join([*_body(route), *(_parameter(each) for each in route.parameters if not each.in_body)]),
            "\n".join(event_names(route)) if isinstance(route, StreamRoute) else "JSON",
            _delivery(route),
        )
    return table


def event_names(route: StreamRoute) -> list[str]:
    """The names of a route's events; EventSource calls an unnamed one `message`."""
    return [event.name or "message" for event in route.events]


def _delivery(route: Route) -> str:
    if not isinstance(route, StreamRoute):
        return "once"
    return "shared" if route.shared else "per client"


def _body(route: Route) -> list[str]:
    if route.body is None:
        return []
    name = "" if route.body.filled is None else f": {route.body.filled.name}"
    return [f"body{name}" + (" (any bytes)" if route.body.raw else "")]


def _parameter(parameter: Parameter) -> str:
    where = "path" if parameter.in_path else "filter" if parameter.filter else ""
    many = "…" if parameter.repeated else ""
    default = f" = {parameter.default}" if parameter.default is not None else ""
    return f"{parameter.name}{many}{default}: {parameter.type.expected}{f' ({where})' if where else ''}"
