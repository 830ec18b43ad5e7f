"""Which HTTP headers travel on: a request's to the backend as gRPC metadata, the backend's metadata as a response's.

What a name and a value may be: gRPC over HTTP2, "Custom-Metadata".
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Iterable

from gateway.errors import ConfigError, ParametersError, WrongParameter

Metadata = tuple[tuple[str, str | bytes], ...]
"""gRPC metadata: names in lower case; bytes where the name ends in `-bin`."""
Headers = tuple[tuple[str, str], ...]
"""HTTP headers: names in lower case, each once."""

MOST_BYTES = 7168
"""What of a request's headers may travel on at most. Servers refuse more than 8192 bytes of metadata as a rule, and
gRPC's own is part of that."""
_ENTRY_BYTES = 32  # what HTTP/2 counts for each header beside its text (RFC 9113, 6.5.2)

_NAME = re.compile(r"[0-9a-z_.-]+")
_VALUE = re.compile(r"[ -~]*")
_HOP_BY_HOP = {"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"}
_GRPC_OWNS = _HOP_BY_HOP | {"host", "content-type", "content-length", "user-agent"}
_GATEWAY_OWNS = _HOP_BY_HOP | {
    "cache-control",
    "content-encoding",
    "content-length",
    "content-type",
    "date",
    "server",
    # One client's, and streams are shared.
    "set-cookie",
    "x-accel-buffering",
}


class Forwarding:
    """Picks what of a request's headers travels upstream.

    Args:
        names: of the headers, in any case.

    Raises:
        ConfigError: gRPC takes no such metadata, or keeps the name for itself.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._names = _checked("forward_headers", names, _GRPC_OWNS, "grpc-")

    def __call__(self, headers: Iterable[tuple[str, str]]) -> Metadata:
        """The metadata of a request with these headers, in the order of their names as configured.

        Raises:
            ParametersError: a value cannot be gRPC metadata, or they are too long. Values are not repeated in it: they
                may be secrets.
        """
        if not self._names:
            return ()
        given: dict[str, list[str]] = {}
        for name, text in headers:
            given.setdefault(name.lower(), []).append(text)
        picked = [(name, text) for name in self._names for text in given.get(name, ())]
        if sum(len(name) + len(text) + _ENTRY_BYTES for name, text in picked) > MOST_BYTES:
            reason = f"header: expected at most {MOST_BYTES} bytes of {', '.join(self._names)} together"
            raise ParametersError([WrongParameter(picked[-1][0], reason)])
        return tuple((name, value) for name, text in picked for value in _values(name, text.strip(" \t")))


class Returning:
    """Picks what of a backend's initial metadata becomes response headers.

    Args:
        names: of the metadata, in any case.

    Raises:
        ConfigError: no metadata has such a name, or the gateway sets the header itself.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._names = _checked("return_headers", names, _GATEWAY_OWNS, "grpc-", "access-control-")

    def __call__(self, metadata: Iterable[tuple[str, str | bytes]]) -> Headers:
        """The headers for a response. Several values of a name are joined by commas (RFC 9110, 5.3), each once.

        A value that no header can carry is left out.
        """
        if not self._names:
            return ()
        given: dict[str, dict[str, None]] = {}
        for name, value in metadata:
            if name in self._names and _VALUE.fullmatch(text := _text(value)):
                given.setdefault(name, {})[text] = None
        return tuple((name, ", ".join(texts)) for name, texts in given.items())


def _checked(setting: str, names: Iterable[str], owned: set[str], *prefixes: str) -> tuple[str, ...]:
    lowered = tuple(dict.fromkeys(name.lower() for name in names))
    for name in lowered:
        if not _NAME.fullmatch(name):
            raise ConfigError(f"upstream {setting}: {name!r} is no name of gRPC metadata: expected a-z 0-9 _ - .")
        if name in owned or name.startswith(prefixes):
            raise ConfigError(f"upstream {setting}: {name!r} cannot be chosen; it is set by gRPC or by the gateway")
    return lowered


def _values(name: str, text: str) -> list[str] | list[bytes]:
    if name.endswith("-bin"):
        # Several values may stand in one header, with their padding or without.
        return [_decoded(name, part.strip(" \t")) for part in text.split(",")]
    if not _VALUE.fullmatch(text):
        raise ParametersError([WrongParameter(name, "header: expected printable ASCII")])
    return [text]


def _decoded(name: str, text: str) -> bytes:
    try:
        return b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), validate=True)
    except ValueError:
        raise ParametersError([WrongParameter(name, "header: expected base64")]) from None


def _text(value: str | bytes) -> str:
    return b64encode(value).rstrip(b"=").decode() if isinstance(value, bytes) else value
