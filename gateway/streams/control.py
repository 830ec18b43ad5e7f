"""The gateway's own events. They are part of every stream and of the published schemas."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType
from msgspec.json import encode

from gateway.errors import GatewayError

GapReason = Literal["evicted", "unknown-epoch", "malformed", "future", "upstream-lost", "untranslatable"]

STREAM_GAP, STREAM_ERROR, STREAM_END = "stream-gap", "stream-error", "stream-end"


class StreamGap(Struct):
    """Events were missed here.

    After every reason but `untranslatable`, a stream with keys tells the newest event of each key next, so a
    client that forgets what it knew when it reads this is right again at once.
    """

    reason: Annotated[
        GapReason,
        Meta(
            extra_json_schema={"type": "string"},
            description="`evicted`: the history no longer reaches back so far. `unknown-epoch`, `malformed`, `future`: "
            "the last event id is not of this stream. `upstream-lost`: the backend could not go on where it was. "
            "`untranslatable`: a message of the backend was not what the contract says.",
        ),
    ]
    missed: Annotated[int, Meta(description="How many events, where that is known.")] | UnsetType = UNSET
    detail: Annotated[str, Meta(description="What was wrong with an untranslatable message.")] | UnsetType = UNSET


class StreamError(Struct):
    """The stream cannot go on."""

    code: Annotated[str, Meta(description="The gRPC code, `PERMISSION_DENIED` for example.")]
    message: Annotated[str, Meta(description="What the backend said.")]
    retry: Annotated[bool, Meta(description="True where connecting again may help.")]


class StreamEnd(Struct):
    """The stream is finished: nothing more will come, and connecting again is answered with 204."""

    reason: Annotated[
        Literal["finished"], Meta(description="Why there is no more.", extra_json_schema={"type": "string"})
    ]


def gap(reason: GapReason, missed: int | None = None, detail: str = "") -> bytes:
    """The data of a `stream-gap`."""
    return encode(StreamGap(reason, UNSET if missed is None else missed, detail or UNSET))


def error(cause: GatewayError) -> bytes:
    """The data of a `stream-error`."""
    return encode(StreamError(cause.grpc_code, str(cause), retry=False))


def end() -> bytes:
    """The data of a `stream-end`."""
    return encode(StreamEnd("finished"))
