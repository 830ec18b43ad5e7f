"""The backend in Node, and its proto: as it is, and with one more method."""

from __future__ import annotations

from pathlib import Path

from tests.support.processes import Program, node

_HERE = Path(__file__).parent / "node_backend"
PROTO = (_HERE / "kitchen.proto").read_text()
GROWN = PROTO.replace(
    "service Kitchen {", "service Kitchen {\n  rpc Menu(MenuRequest) returns (stream MenuResponse);"
).replace("message Bill {", "message MenuRequest {}\nmessage MenuResponse { string dish = 1; }\nmessage Bill {")
FOLLOW, MENU, PRICE = "/kitchen.v1.Kitchen/Follow", "/kitchen.v1.Kitchen/Menu", "/v1/dishes/{dish}/price"
CONFIG = """
[upstream]
first_backoff_seconds = 0.05
longest_backoff_seconds = 0.2

[[http.rules]]
selector = "kitchen.v1.Kitchen.Price"
get = "/v1/dishes/{dish}/price"
"""
"""Of a gateway in front of it."""


def kitchen_backend(directory: Path, proto: str = PROTO, port: int = 0) -> Program:
    """The backend.

    Args:
        directory: where the proto file is put.
        proto: what it loads.
        port: 0 for any free one.
    """
    file = directory / "kitchen.proto"
    file.write_text(proto)
    return node(_HERE / "kitchen.mjs", str(file), str(port))
