"""Running a gateway until it is told to stop."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import uvloop

from gateway.app import assemble
from gateway.config import ServerSettings, Settings
from gateway.contract.contract import Contract
from gateway.contract.routes import Route
from gateway.listing import event_names
from gateway.web.listeners import check_certificate, listen, listen_unix
from gateway.web.server import Server

Rows = list[tuple[str, list[str]]]
"""What is told: a label, and the lines beside it."""


def serve(settings: Settings) -> None:
    """Serves until SIGINT or SIGTERM.

    Raises:
        ConfigError: a setting is wrong, or the address is taken.
        ContractError: the contract cannot be served.
    """
    gateway = assemble(settings, lambda contract: print(_listed(_routes(contract)), flush=True))
    at = settings.server
    check_certificate(at.certificate, at.private_key)
    listener = listen_unix(at.unix_socket) if at.unix_socket else listen(at.host, at.port)
    _log_to_stderr()
    server = Server(gateway.app, gateway.streams.end, at.certificate, at.private_key, at.access_log)
    if not sys.stdin.isatty():
        # Asked to read the contract again before anything runs: there is nothing to read again.
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    print(banner(gateway.contract, settings, listener), flush=True)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_run(server, listener, gateway.reread))
    finally:
        if at.unix_socket:
            Path(at.unix_socket).unlink(missing_ok=True)


async def _run(server: Server, listener: socket.socket, reread: Callable[[], None]) -> None:
    """Serves; SIGHUP has the contract read again, or, in a terminal that is closed, stops as anywhere else."""
    loop = asyncio.get_running_loop()
    if sys.stdin.isatty():
        loop.add_signal_handler(signal.SIGHUP, server.handle_exit, signal.SIGHUP, None)
    else:
        loop.add_signal_handler(signal.SIGHUP, reread)
    await server.serve(sockets=[listener])


def _log_to_stderr() -> None:
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
    # uvicorn warns of each request that is not HTTP, with which any stranger could fill the log.
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)


def banner(contract: Contract, settings: Settings, listener: socket.socket) -> str:
    """What is served, where, and from which backends."""
    page = _page(settings.server, listener)
    rows = [
        ("page", [page]),
        *([] if settings.server.unix_socket else [("schema", [f"{page}schema"])]),
        *_routes(contract),
        ("backends", list(settings.upstream.addresses)),
    ]
    return "\n".join([f"grpc-sse-gateway {version('grpc-sse-gateway')}", _listed(rows), "Ctrl-C stops."])


def _routes(contract: Contract) -> Rows:
    places = {route: _place(route) for route in contract.streams}
    widest = max(map(len, places.values()), default=0)
    streams = [f"{place:<{widest}}  {', '.join(event_names(route))}" for route, place in places.items()]
    return [
        ("streams", streams or ["none: no method of the contract streams"]),
        ("calls", [_place(route) for route in contract.unary]),
    ]


def _listed(rows: Rows) -> str:
    lines = [f"  {label if not at else '':<9} {text}" for label, texts in rows for at, text in enumerate(texts)]
    return "\n".join(lines)


def _place(route: Route) -> str:
    return route.path.text if route.verb == "GET" else f"{route.verb} {route.path.text}"


def _page(server: ServerSettings, listener: socket.socket) -> str:
    scheme = "https" if server.certificate else "http"
    if server.unix_socket:
        return f"{scheme} on the Unix socket {server.unix_socket}"
    return f"{scheme}://{_address(listener)}/"


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    shown = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - only shown as where to look
    return f"[{shown}]:{port}" if ":" in shown else f"{shown}:{port}"
