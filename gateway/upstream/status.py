"""gRPC's errors translated, once, at the border."""

from __future__ import annotations

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


def translated(error: grpc.RpcError) -> UpstreamError:
    """Our error for gRPC's. Which codes are worth another try: google/rpc/code.proto and AIP-194."""
    failed: Any = error  # every RpcError that ends a call says how
    code, message = failed.code(), failed.details() or ""
    if message.startswith("failed to connect"):
        # gRPC lists every address it tried; the operating system's reason stands at the end.
        message = message.rpartition(": ")[2]
    if code is grpc.StatusCode.OUT_OF_RANGE:
        return UpstreamGone(code.name, message)
    kind = UpstreamRefused if code in _REFUSALS else UpstreamAway
    return kind(code.name, message)
