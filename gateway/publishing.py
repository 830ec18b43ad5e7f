"""The published documents: the contract's, with what the gateway itself adds to them."""

from __future__ import annotations

from gateway.config import ContractSettings
from gateway.contract.contract import Contract
from gateway.contract.openapi.document import document_bytes
from gateway.contract.openapi.shapes import SHAPES
from gateway.contract.openapi.wire import OwnEvent, Wire
from gateway.errors import HTTP_STATUS_OF, UpstreamRefused
from gateway.streams import control
from gateway.streams.frames import event_frame
from gateway.streams.position import Position
from gateway.web.problems import Problem, status_title

VERSIONS = tuple(SHAPES)
"""The versions of OpenAPI that are published."""
_EXAMPLE_EPOCH, _EXAMPLE_OFFSET = "9f2c4e81d0", 42
_MEANINGS = {
    400: "A parameter is unknown or wrong, or the body is, or the backend calls the request invalid.",
    401: "The backend wants to know who asks.",
    403: "The backend does not allow it, or it would change something and a page of another site asks for it.",
    404: "The backend does not know what was asked for.",
    409: "The backend says that it conflicts with something else.",
    429: "The backend says that it is asked too much.",
    499: "The backend cancelled the call.",
    500: "The backend, or the gateway, failed.",
    501: "The backend does not have this method.",
    503: "The backend says that it is not available.",
    504: "The backend says that it took too long.",
}
_BODY_ERRORS = {
    # Named as in RFC 9110; what Python calls 413 depends on its version.
    413: ("Content Too Large", "The body has more bytes than the gateway reads."),
    415: ("Unsupported Media Type", "The body is not of the content type expected, or it is compressed."),
}
_REFUSED = UpstreamRefused("PERMISSION_DENIED", "not your operation")


def documents(contract: Contract, settings: ContractSettings, *versions: str) -> dict[str, bytes]:
    """The OpenAPI documents of a contract, by version.

    Args:
        contract: what is served.
        settings: what the documents are called.
        versions: of OpenAPI, of `VERSIONS`.
    """
    wire = Wire(
        title=settings.title,
        version=settings.version,
        events=(
            OwnEvent(control.STREAM_GAP, control.StreamGap, control.gap("evicted", 12)),
            OwnEvent(control.STREAM_ERROR, control.StreamError, control.error(_REFUSED)),
            OwnEvent(control.STREAM_END, control.StreamEnd, control.end()),
        ),
        problem=Problem,
        errors={
            status: (status_title(status), _MEANINGS[status]) for status in sorted({*HTTP_STATUS_OF.values(), 500})
        },
        body_errors=_BODY_ERRORS,
        frame=_framed,
    )
    return {version: document_bytes(contract, wire, version) for version in versions}


def _framed(name: str | None, data: bytes) -> bytes:
    finished = name == control.STREAM_END
    return event_frame(Position(_EXAMPLE_EPOCH, _EXAMPLE_OFFSET, finished), name, data)
