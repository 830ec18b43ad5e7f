"""One method bound to one HTTP method and path."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

from gateway.contract.events import EventType
from gateway.contract.http.paths import PathTemplate
from gateway.contract.messages.replies import Reply
from gateway.contract.requests.binding import Binder
from gateway.contract.requests.bodies import Body
from gateway.contract.requests.parameters import Parameter
from gateway.contract.translation import Translator
from gateway.contract.validation.constraints import Constraints


@dataclass(frozen=True, kw_only=True, eq=False)
class Route:
    """One method bound to one HTTP method and path. A method with several bindings has several routes."""

    method: str
    """`package.Service.Method`."""
    description: str
    """The method's comment."""
    service_description: str
    """The service's comment."""
    verb: str
    """The HTTP method."""
    path: PathTemplate
    """Where it is served."""
    body: Body | None
    """How the request's body is read; None where there is none."""
    parameters: tuple[Parameter, ...]
    """What a client may give in the path and the query, the gateway's own parameters included."""
    bind: Binder
    """Binds a client's path, query and body."""
    constraints: Constraints
    """The `buf.validate` rules of the request; false where it has none."""

    @property
    def service(self) -> str:
        """`package.Service`."""
        return self.method.rpartition(".")[0]

    @property
    def grpc_path(self) -> str:
        """`/package.Service/Method`: the path of the HTTP/2 request (gRPC over HTTP2, "Path")."""
        service, _, method = self.method.rpartition(".")
        return f"/{service}/{method}"


@dataclass(frozen=True)
class History:
    """What the contract says of a log's bounds; None where it leaves that to the configuration."""

    max_events: int | None
    max_bytes: int | None
    max_age_seconds: float | None


@dataclass(frozen=True, kw_only=True, eq=False)
class StreamRoute(Route):
    """A method that streams: answered with events."""

    shared: bool
    """True where clients with an equal request share one upstream call."""
    history: History
    """How much a shared stream keeps."""
    events: tuple[EventType, ...]
    """What it may send, without the gateway's own events."""
    translate: Translator
    """Translates the backend's messages."""
    resume_request: Callable[[str], bytes] | None
    """The bytes that, put behind a serialised request, ask to go on after a resume token (messages that are
    concatenated are merged: protobuf.dev, Encoding, "Last One Wins"); None where the contract has no such field."""
    bookmarks: bool
    """True where the backend says when it has replayed its past."""
    client_streaming: bool
    """True where the method takes a stream as well: it is given one message and then the end."""


class Asks(IntEnum):
    """Which backends a unary method asks; the numbers of gateway.sse.v1.Backends."""

    ANY = 1
    """One; each would answer the same."""
    ALL = 2
    """All, whose answers are merged."""
    OWNER = 3
    """All, and the one counts that has what is asked for."""


@dataclass(frozen=True, kw_only=True, eq=False)
class UnaryRoute(Route):
    """A method with one response: answered with JSON."""

    reply: Reply
    """Translates the backend's response."""
    asks: Asks
    """Which backends are asked, and whose answer counts."""
