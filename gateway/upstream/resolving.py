"""Targets, and the addresses behind their names."""

from __future__ import annotations

import asyncio
import logging
import re
import socket
from typing import NamedTuple

from gateway.errors import ConfigError

logger = logging.getLogger(__name__)

_TARGET = re.compile(r"(dns:///)?(\[[0-9a-fA-F:.%]+\]|[^\s:/\[\]]+):([0-9]{1,5})")


class Target(NamedTuple):
    """Where backends are."""

    host: str
    """A name or an address; an IPv6 address without its brackets."""
    port: int
    resolved: bool
    """True for `dns:///`: each address behind the name is a backend of its own."""

    @property
    def address(self) -> str:
        """`host:port`."""
        return join_address(self.host, self.port)


def parse_target(text: str) -> Target:
    """Reads `host:port` or `dns:///host:port`.

    Raises:
        ConfigError: it is neither.
    """
    match = _TARGET.fullmatch(text)
    if match is None or not 0 < int(match[3]) < 65536:
        raise ConfigError(f"upstream address {text!r}: expected HOST:PORT or dns:///HOST:PORT")
    return Target(match[2].strip("[]"), int(match[3]), resolved=match[1] is not None)


def join_address(host: str, port: int) -> str:
    """`host:port`, with brackets around an IPv6 address."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


async def addresses_of(target: Target) -> set[str] | None:
    """Every address behind a target's name; None where it cannot be resolved now."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except OSError as error:
        logger.warning("cannot resolve %s (%s); going on with the addresses known", target.host, error.strerror)
        return None
    return {join_address(str(address[0]), target.port) for *_, address in found}
