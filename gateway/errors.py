"""Every error the gateway raises on purpose.

    GatewayError
    ├── ConfigError              a setting is unknown or wrong
    ├── ContractError            a contract cannot be served; lists its problems
    ├── ParametersError          a client's request cannot be used; names each parameter
    ├── RequestError             a request that no route takes
    │   ├── MalformedPath        a path that is not percent-encoded UTF-8
    │   ├── NoSuchPath           no route has the path
    │   ├── WrongVerb            a route has the path, with another HTTP method
    │   ├── ForeignOrigin        another site's page asks for a change
    │   ├── BodyTooLarge         more bytes than the gateway reads
    │   ├── WrongMediaType       a body that is not of the kind expected
    │   ├── ContractPending      no backend has told its contract yet
    │   └── ClientGone           nobody waits for the answer any more
    ├── TranslationError         a backend's message is not what the contract says
    └── UpstreamError
        ├── UpstreamRefused      the backend said no; asking again will not help
        ├── UpstreamGone         the backend no longer knows our resume token
        └── UpstreamAway         the backend cannot be reached now; asking again may help

Each carries the HTTP status and the gRPC code that a client is told. Which status stands for which code is
said by the comments of google.rpc.Code (google/rpc/code.proto).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

HTTP_STATUS_OF = {
    "CANCELLED": 499,
    "INVALID_ARGUMENT": 400,
    "OUT_OF_RANGE": 400,
    "FAILED_PRECONDITION": 400,
    "UNAUTHENTICATED": 401,
    "PERMISSION_DENIED": 403,
    "NOT_FOUND": 404,
    "ALREADY_EXISTS": 409,
    "ABORTED": 409,
    "RESOURCE_EXHAUSTED": 429,
    "UNIMPLEMENTED": 501,
    "UNAVAILABLE": 503,
    "DEADLINE_EXCEEDED": 504,
}
"""The HTTP status of each gRPC code; of one that is not here, 500."""


class GatewayError(Exception):
    """The root of the tree."""

    grpc_code: str = "INTERNAL"

    @property
    def http_status(self) -> int:
        """The status an HTTP client is answered with."""
        return HTTP_STATUS_OF.get(self.grpc_code, 500)


class ConfigError(GatewayError):
    """A setting is unknown or wrong; the message names it and says what was expected."""

    grpc_code = "FAILED_PRECONDITION"


@dataclass(frozen=True)
class Problem:
    """One reason why a contract cannot be served."""

    file: str
    """The proto file, as the descriptor set names it."""
    line: int
    """1-based; 0 where the descriptor set carries no source information."""
    column: int
    """1-based; 0 where the descriptor set carries no source information."""
    element: str
    """The full name of the method or of the field the problem is in."""
    reason: str
    """What is wrong and what was expected."""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        return f"{place}: {self.element}: {self.reason}"


class ContractError(GatewayError):
    """A contract cannot be served; `problems` holds every reason found, in file order."""

    grpc_code = "FAILED_PRECONDITION"

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


@dataclass(frozen=True)
class WrongParameter:
    """One parameter of a client's query that cannot be used."""

    name: str
    """The parameter's name as the client wrote it."""
    reason: str
    """What was expected, and what came."""


class ParametersError(GatewayError):
    """A client's query cannot be used; `wrong` names each parameter."""

    grpc_code = "INVALID_ARGUMENT"

    def __init__(self, wrong: Sequence[WrongParameter]) -> None:
        super().__init__("; ".join(f"{each.name}: {each.reason}" for each in wrong))
        self.wrong = tuple(wrong)


class RequestError(GatewayError):
    """A request that no route takes."""

    headers: Mapping[str, str] = MappingProxyType({})
    """What the answer has to say beside its body."""


class MalformedPath(RequestError):
    """The path is not percent-encoded UTF-8."""

    grpc_code = "INVALID_ARGUMENT"


class NoSuchPath(RequestError):
    """No route has the path."""

    grpc_code = "NOT_FOUND"


class WrongVerb(RequestError):
    """A route has the path, with another HTTP method; `Allow` lists those (RFC 9110, 15.5.6)."""

    grpc_code = "UNIMPLEMENTED"
    http_status = 405

    def __init__(self, verb: str, allowed: Iterable[str]) -> None:
        listed = ", ".join(sorted(allowed))
        super().__init__(f"{verb} is not for this path; expected {listed}")
        self.headers = {"allow": listed}


class ForeignOrigin(RequestError):
    """A page of another site asks for something else than to read."""

    grpc_code = "PERMISSION_DENIED"


class BodyTooLarge(RequestError):
    """The body has more bytes than the gateway reads."""

    grpc_code = "RESOURCE_EXHAUSTED"
    http_status = 413


class WrongMediaType(RequestError):
    """The body is not of the kind expected."""

    grpc_code = "INVALID_ARGUMENT"
    http_status = 415


class ContractPending(RequestError):
    """No backend has told its contract yet; asking again will help."""

    grpc_code = "UNAVAILABLE"
    headers: Mapping[str, str] = MappingProxyType({"retry-after": "1"})


class ClientGone(RequestError):
    """The client has left before it was answered."""

    grpc_code = "CANCELLED"


class TranslationError(GatewayError):
    """A backend's message cannot be read as the contract's response type."""

    grpc_code = "DATA_LOSS"


class UpstreamError(GatewayError):
    """A backend ended a call with something else than OK."""

    def __init__(self, grpc_code: str, message: str) -> None:
        super().__init__(message or grpc_code)
        self.grpc_code = grpc_code


class UpstreamRefused(UpstreamError):
    """The backend said no (PERMISSION_DENIED, NOT_FOUND, …); asking again will not help."""


class UpstreamGone(UpstreamError):
    """The backend no longer knows the resume token (OUT_OF_RANGE); ask again without it."""


class UpstreamAway(UpstreamError):
    """The backend cannot be reached, or gave up, for now (UNAVAILABLE, …); asking again may help."""
