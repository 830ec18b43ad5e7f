"""Running a gateway until it is told to stop."""

from __future__ import annotations

import asyncio
import logging
import socket
from importlib.metadata import version
from pathlib import Path

import uvloop

from gateway.app import assemble
from gateway.config import ServerSettings, Settings
from gateway.contract.contract import Contract
from gateway.listing import event_names
from gateway.web.listeners import check_certificate, listen, listen_unix
from gateway.web.server import Server


def serve(settings: Settings) -> None:
    """Serves until SIGINT or SIGTERM.

    Raises:
        ConfigError: a setting is wrong, or the address is taken.
        ContractError: the contract cannot be served.
    """
    gateway = assemble(settings)
    at = settings.server
    check_certificate(at.certificate, at.private_key)
    listener = listen_unix(at.unix_socket) if at.unix_socket else listen(at.host, at.port)
    _log_to_stderr()
    server = Server(gateway.app, gateway.streams.end, at.certificate, at.private_key)
    print(banner(gateway.contract, settings, listener), flush=True)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(server.serve(sockets=[listener]))
    finally:
        if at.unix_socket:
            Path(at.unix_socket).unlink(missing_ok=True)


def _log_to_stderr() -> None:
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
    # uvicorn warns of each request that is not HTTP, with which any stranger could fill the log.
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)


def banner(contract: Contract, settings: Settings, listener: socket.socket) -> str:
    """What is served, where, and from which backends."""
    widest = max((len(route.path.text) for route in contract.routes), default=0)
    streams = [f"{route.path.text:<{widest}}  {', '.join(event_names(route))}" for route in contract.routes]
    page = _page(settings.server, listener)
    rows = [
        ("page", [page]),
        *([] if settings.server.unix_socket else [("schema", [f"{page}schema"])]),
        ("streams", streams or ["none: the contract has no server-streaming method"]),
        ("backends", list(settings.upstream.addresses)),
    ]
    lines = [f"  {label if not at else '':<9} {text}" for label, texts in rows for at, text in enumerate(texts)]
    return "\n".join([f"grpc-sse-gateway {version('grpc-sse-gateway')}", *lines, "Ctrl-C stops."])


def _page(server: ServerSettings, listener: socket.socket) -> str:
    scheme = "https" if server.certificate else "http"
    if server.unix_socket:
        return f"{scheme} on the Unix socket {server.unix_socket}"
    return f"{scheme}://{_address(listener)}/"


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    shown = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - only shown as where to look
    return f"[{shown}]:{port}" if ":" in shown else f"{shown}:{port}"
