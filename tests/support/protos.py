"""Proto source text compiled to descriptor sets, in this process and without a network."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import google.api
import grpc_tools
from grpc_tools import protoc

from gateway.contract.contract import compile_contract
from gateway.contract.descriptors import Descriptors, message_class
from gateway.contract.requests.binding import Selection

FILE = "test.proto"
"""What the file that holds a source is called in a descriptor set."""
METHOD = "test.WatchService.Watch"
"""The method of `service_proto`."""
HERE = "// <- here"
"""Ends the line of a source whose first word is where a problem is expected."""

_REPOSITORY = Path(__file__).parents[2]
_GOOGLEAPIS = Path(next(iter(google.api.__path__))).parents[1]
_PROTOC_OWN = Path(grpc_tools.__file__).parent / "_proto"
_INCLUDES = (_REPOSITORY / "proto", _GOOGLEAPIS, _PROTOC_OWN)

_IMPORTS = (
    "gateway/sse/v1/options.proto",
    "google/api/annotations.proto",
    "google/api/field_behavior.proto",
    *(
        f"google/protobuf/{name}.proto"
        for name in ("any", "duration", "empty", "field_mask", "struct", "timestamp", "wrappers")
    ),
)
HEAD = 'syntax = "proto3";\npackage test;\n' + "".join(f'import "{name}";\n' for name in _IMPORTS)
"""The first lines of a proto3 file that may use every option and every well-known type."""
SHARED = "option (gateway.sse.v1.stream) = {delivery: DELIVERY_SHARED};"
"""Makes a method shared."""
GET = 'option (google.api.http) = {get: "/v1/watch"};'
"""Gives a method a path."""
TICK = "message Tick { string id = 1; int32 count = 2; }"
"""A payload for methods whose events do not matter."""


@lru_cache(maxsize=512)
def descriptor_set(
    source: str, *beside: tuple[str, str], imports: bool = True, source_info: bool = True, named: str = FILE
) -> bytes:
    """Compiles proto source text as `protoc --descriptor_set_out` does.

    Args:
        source: the text of the file.
        beside: names and texts of files that it imports.
        imports: what `--include_imports` says.
        source_info: what `--include_source_info` says.
        named: what the file is called.

    Raises:
        AssertionError: protoc does not take the source; it has said why on stderr.
    """
    with TemporaryDirectory() as directory:
        for name, text in ((named, source), *beside):
            Path(directory, name).write_text(text)
        return _protoc(directory, (named,), imports, source_info)


@lru_cache(maxsize=8)
def repository_descriptor_set(*names: str) -> bytes:
    """Compiles files of the repository's own `proto/`."""
    with TemporaryDirectory() as directory:
        return _protoc(directory, names, imports=True, source_info=True)


def _protoc(directory: str, names: tuple[str, ...], imports: bool, source_info: bool) -> bytes:
    out = Path(directory, "out.binpb")
    arguments = ["protoc", f"--descriptor_set_out={out}", f"-I{directory}", *(f"-I{each}" for each in _INCLUDES)]
    arguments += ["--include_imports"] * imports + ["--include_source_info"] * source_info
    if protoc.main([*arguments, *names]):
        raise AssertionError(f"protoc refuses {names}; see stderr")
    return out.read_bytes()


def service_proto(
    method: str = GET, request: str = "", response: str = "oneof event { Tick tick = 1; }", more: str = TICK
) -> str:
    """A file with one service, one streaming method and its two messages.

    Args:
        method: the method's options.
        request: the fields of WatchRequest.
        response: the fields of WatchResponse.
        more: other messages and enums of the file.
    """
    return (
        f"{HEAD}"
        "// Watches what is tested.\n"
        "service WatchService {\n"
        "  // Watches.\n"
        f"  rpc Watch(WatchRequest) returns (stream WatchResponse) {{ {method}\n  }}\n"
        "}\n"
        f"message WatchRequest {{\n{request}\n}}\n"
        f"message WatchResponse {{\n{response}\n}}\n"
        f"{more}\n"
    )


def here(text: str) -> str:
    """A line of its own for an element or an option that a problem is expected at."""
    return f"\n    {text} {HERE}\n"


def marked_places(source: str) -> list[tuple[int, int]]:
    """Line and column, 1-based, of the first word of every line that ends in HERE."""
    lines = enumerate(source.splitlines(), 1)
    return [(number, len(line) - len(line.lstrip()) + 1) for number, line in lines if line.endswith(HERE)]


def proto_class(data: bytes, full_name: str) -> Any:
    """The Python class of a message, in a pool of its own beside the contract's."""
    return message_class(Descriptors(data).pool.FindMessageTypeByName(full_name))


class Served:
    """`service_proto` compiled twice: as a route, and as the classes a backend would use.

    Args:
        parts: what `service_proto` takes.
    """

    def __init__(self, **parts: str) -> None:
        data = descriptor_set(service_proto(**parts))
        (self.route,) = compile_contract(data).routes
        self.request = proto_class(data, "test.WatchRequest")
        self.response = proto_class(data, "test.WatchResponse")

    def translate(self, **response: Any) -> Any:
        """What the gateway makes of a response that a backend sends."""
        return self.route.translate(self.response(**response).SerializeToString())

    def bind(self, *query: tuple[str, str], **path: str) -> Selection:
        """What the gateway makes of a client's query and path."""
        return self.route.bind(path, query)

    def sent(self, *query: tuple[str, str], **path: str) -> Any:
        """The request that a backend gets for a client's query and path."""
        return self.request.FromString(self.bind(*query, **path).request)
