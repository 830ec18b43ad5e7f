"""What the documents need to know and a contract does not say: the gateway's own events, errors and framing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from msgspec import Struct


@dataclass(frozen=True)
class OwnEvent:
    """An event that the gateway may send on every stream."""

    name: str
    """`stream-gap`, for example."""
    payload: type[Struct]
    """What is encoded as its data; its name is the component's."""
    example: bytes
    """Real encoded data."""


@dataclass(frozen=True)
class Wire:
    """How the gateway speaks, whatever the contract."""

    title: str
    """Of the documents."""
    version: str
    """Of what is documented, not of OpenAPI."""
    events: tuple[OwnEvent, ...]
    """The gateway's own events."""
    problem: type[Struct]
    """The body of every error, as `application/problem+json`."""
    errors: Mapping[int, tuple[str, str]]
    """Every error status with its title and what it means."""
    body_errors: Mapping[int, tuple[str, str]]
    """Those of routes that take a body besides."""
    frame: Callable[[str | None, bytes], bytes]
    """The bytes of one event with this name and data, as they stand on the wire."""
