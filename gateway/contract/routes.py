"""One server-streaming method bound to one HTTP path."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gateway.contract.binding import Binder
from gateway.contract.events import EventType
from gateway.contract.parameters import Parameter
from gateway.contract.paths import PathTemplate
from gateway.contract.translation import Translator


@dataclass(frozen=True)
class History:
    """What the contract says of a log's bounds; None where it leaves that to the configuration."""

    max_events: int | None
    max_bytes: int | None
    max_age_seconds: float | None


@dataclass(frozen=True)
class Route:
    """One server-streaming method bound to one HTTP path, with its parameters and its events."""

    method: str
    """`package.Service.Method`."""
    description: str
    """The method's comment."""
    service_description: str
    """The service's comment."""
    path: PathTemplate
    """Where it is served, with GET."""
    shared: bool
    """True where clients with an equal request share one upstream call."""
    history: History
    """How much a shared stream keeps."""
    parameters: tuple[Parameter, ...]
    """What a client may give, the gateway's own parameters included."""
    events: tuple[EventType, ...]
    """What it may send, without the gateway's own events."""
    bind: Binder
    """Binds a client's path and query."""
    translate: Translator
    """Translates the backend's messages."""
    resume_request: Callable[[str], bytes] | None
    """The bytes that, put behind a serialised request, ask to go on after a resume token (messages that are
    concatenated are merged: protobuf.dev, Encoding, "Last One Wins"); None where the contract has no such field."""
    bookmarks: bool
    """True where the backend says when it has replayed its past."""

    @property
    def service(self) -> str:
        """`package.Service`."""
        return self.method.rpartition(".")[0]

    @property
    def grpc_path(self) -> str:
        """`/package.Service/Method`: the path of the HTTP/2 request (gRPC over HTTP2, "Path")."""
        service, _, method = self.method.rpartition(".")
        return f"/{service}/{method}"
