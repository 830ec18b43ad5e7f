"""What one row of the table says, and what was seen of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple


@dataclass(frozen=True)
class Sent:
    """A request that reaches the backend."""

    method: str
    """The gRPC method's own name: `One`."""
    message: dict[str, Any] | bytes
    """The request message as ProtoJSON with the fields' own names; the bytes of one that cannot be parsed."""


@dataclass(frozen=True)
class Refused:
    """A request that is answered without a call."""

    status: int = 400
    """What our gateway answers. Of Envoy's status no more is asked than that it is an error: it knows no 405."""


Outcome = Sent | Refused


@dataclass(frozen=True)
class Case:
    """One HTTP request, and what must become of it."""

    reason: str
    """What it shows; the name of its test."""
    request: str
    """HTTP method and target as on the wire: `GET /v1/one/x?other_text=y`."""
    outcome: Outcome
    """What our gateway makes of it; Envoy too, where `envoy` is None."""
    body: str | None = None
    """The content; None for none."""
    content_type: str = "application/json"
    """Of the content, where there is one."""
    envoy: Outcome | None = None
    """What Envoy makes of it, where that is something else."""
    differs: str = ""
    """What Envoy does, and why we do not."""

    @property
    def http_method(self) -> str:
        """`GET`."""
        return self.request.partition(" ")[0]

    @property
    def target(self) -> str:
        """The path and the query."""
        return self.request.partition(" ")[2]

    @property
    def content(self) -> tuple[str, bytes] | None:
        """The content's type and bytes."""
        return None if self.body is None else (self.content_type, self.body.encode())


@dataclass(frozen=True)
class Template:
    """One path template, and whether it is served."""

    reason: str
    """What it shows; the name of its test."""
    text: str
    """The template. Its request has texts `a` and `b`, and both again in messages `m` and `n`."""
    served: bool
    """True where our gateway takes it; Envoy too, unless `differs` says why not."""
    differs: str = ""
    """What Envoy does, and why we do not."""


class Seen(NamedTuple):
    """What became of a request."""

    status: int
    """Of the response."""
    calls: list[tuple[str, bytes]]
    """What reached the backend: the gRPC method's own name, and the bytes of the request message."""
