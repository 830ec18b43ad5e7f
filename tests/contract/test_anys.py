"""google.protobuf.Any: what it holds is found when it comes, and what cannot be said is a TranslationError."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gateway.errors import TranslationError
from tests.support.protos import Served

REQUIRED = "[(google.api.field_behavior) = REQUIRED]"
MORE = f"""
message Tick {{ google.protobuf.Any any = 1; }}
message Late {{ int32 number = 1; map<string, int32> counts = 2; Late late = 3; }}
message Holder {{ Good good = 1; Bad bad = 2; }}
message Good {{ Holder holder = 1; int32 number = 2; }}
message Bad {{ Bad bad = 1 {REQUIRED}; }}
"""


@pytest.fixture
def served() -> Served:
    """A route whose payload is an Any: nothing else of the contract is compiled at start."""
    return Served(more=MORE)


def held(served: Served, name: str, value: bytes = b"") -> Any:
    """The JSON of an Any of a type."""
    return json.loads(served.translate(tick={"any": {"type_url": f"x/{name}", "value": value}}).data)["any"]


def test_a_type_that_only_an_any_holds_is_served(served: Served) -> None:
    """It is compiled when the first one comes, and is there for the next."""
    for _ in range(2):
        assert held(served, "test.Late", b"\x08\x01\x1a\x00") == {"@type": "x/test.Late", "number": 1, "late": {}}


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        pytest.param("google.protobuf.Empty", b"", {}, id="an Empty, which json_format writes without a value"),
        pytest.param("google.protobuf.Any", b"", {"value": {}}, id="an Any of nothing"),
        pytest.param("google.protobuf.Struct", b"", {"value": {}}, id="a Struct"),
        pytest.param("google.protobuf.Value", b"", {"value": None}, id="a Value that is not set"),
        pytest.param("google.protobuf.BoolValue", b"", {"value": False}, id="a wrapper at its default"),
        pytest.param(
            "test.Late.CountsEntry", b"\x0a\x01x", {"key": "x"}, id="the entry of a map, which is a message of its own"
        ),
    ],
)
def test_an_any_is_what_it_holds_beside_its_type(
    served: Served, name: str, value: bytes, expected: dict[str, Any]
) -> None:
    """As json_format writes it."""
    assert held(served, name, value) == {"@type": f"x/{name}"} | expected


@pytest.mark.parametrize(
    "name", ["no.Such", "test", "test.Tick.any", "", ".test.Late", "test.Lat\x00e", "test.WatchService"]
)
def test_an_unknown_type_is_named(served: Served, name: str) -> None:
    """The error says what the contract lacks, as the backend has written it."""
    with pytest.raises(TranslationError) as caught:
        held(served, name)
    assert str(caught.value).endswith(f"a google.protobuf.Any of {name!r}, a type that is not in the contract")


def test_a_type_that_cannot_be_served_leaves_nothing_behind(served: Served) -> None:
    """Good is compiled on the way to Bad, and refers to what is not there then."""
    for _ in range(2):
        for name, value in (("test.Holder", b""), ("test.Good", b"\x0a\x00"), ("test.Bad", b"")):
            with pytest.raises(TranslationError, match="could never end"):
                held(served, name, value)
    assert held(served, "test.Late", b"\x08\x01")["number"] == 1
