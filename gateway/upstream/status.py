"""gRPC's errors translated, once, at the border."""

from __future__ import annotations

import re
from typing import Any

import grpc

from gateway.errors import UpstreamAway, UpstreamError, UpstreamGone, UpstreamRefused

_REFUSALS = {
    grpc.StatusCode.INVALID_ARGUMENT,
    grpc.StatusCode.NOT_FOUND,
    grpc.StatusCode.ALREADY_EXISTS,
    grpc.StatusCode.PERMISSION_DENIED,
    grpc.StatusCode.FAILED_PRECONDITION,
    grpc.StatusCode.UNIMPLEMENTED,
    grpc.StatusCode.UNAUTHENTICATED,
}
# What gRPC wraps around the reason; the patterns name it "reason".
_WRAPPINGS = (
    re.compile(r"Stream removed \((?P<reason>.*)\)"),
    re.compile(r"failed to connect to all addresses; last error: [A-Z_]+: \S+: (?P<reason>.*)"),
    re.compile(r"Failed to connect to remote host: (?P<reason>.*)"),
    re.compile(r"(?P<reason>Tls handshake failed.*): OK"),
)
_TOO_LARGE = re.compile(r"CLIENT: Received message larger than max (?P<sizes>.*)")


def translated(error: grpc.RpcError) -> UpstreamError:
    """Our error for gRPC's. Which codes are worth another try: google/rpc/code.proto and AIP-194."""
    failed: Any = error  # every RpcError that ends a call says how
    code, message = failed.code(), _reason(failed.details() or "")
    if code is grpc.StatusCode.OUT_OF_RANGE:
        return UpstreamGone(code.name, message)
    if code is grpc.StatusCode.RESOURCE_EXHAUSTED and (large := _TOO_LARGE.fullmatch(message)):
        # Said by our own side of the call: it is not the client that asks for too much.
        return UpstreamAway("INTERNAL", f"a message is larger than upstream max_message_bytes {large['sizes']}")
    kind = UpstreamRefused if code in _REFUSALS else UpstreamAway
    return kind(code.name, message)


def _reason(message: str) -> str:
    for wrapping in _WRAPPINGS:
        if match := wrapping.fullmatch(message):
            message = match["reason"]
    return message
