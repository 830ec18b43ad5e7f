"""Whatever proto2, proto3 and edition 2023 can say: our bytes are protobuf's own JSON, and fit our schema."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from gateway.contract.descriptors import JsonNames
from tests.support.conformance import Served, served, wire
from tests.support.random_wire import whole

CASES = settings(deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


def exact(node: Any) -> Any:
    """JSON in which numbers are equal only when they are the same double, sign of zero included.

    An extension that came as a list of nothing is there for protobuf's Python, and for no other field or language.
    """
    if isinstance(node, dict):
        return {key: exact(each) for key, each in node.items() if each != [] or key[:1] != "["}
    if isinstance(node, list):
        return [exact(each) for each in node]
    return ("number", float(node).hex()) if isinstance(node, int | float) and not isinstance(node, bool) else node


def agreed(one: Served, member: str, payload: bytes) -> Any:
    """Our JSON of a message, which is protobuf's own and valid against the schema that is published."""
    data = whole(one.response, member, payload)
    ours = json.loads(one.translate(data).data)
    assert exact(ours) == exact(json.loads(json.dumps(one.proto_json(data, member))))
    one.schemas[member].validate(ours)
    return ours


def kind_of(member: str) -> Any:
    """The type of a member of the response."""
    return served("proto").response.DESCRIPTOR.fields_by_name[member].message_type


@pytest.mark.parametrize("names", ["proto", "camel"])
@pytest.mark.parametrize("member", ["implicit", "legacy", "edition"])
def test_a_random_message_is_what_protobuf_writes_as_json(member: str, names: JsonNames) -> None:
    """Some fields, some of them nested: parsed, our bytes equal json_format's."""

    @settings(CASES, max_examples=500)
    @given(wire().message(kind_of(member)))
    def holds(payload: bytes) -> None:
        agreed(served(names), member, payload)

    holds()


@pytest.mark.parametrize("names", ["proto", "camel"])
@pytest.mark.parametrize("member", ["implicit", "legacy", "edition"])
def test_a_message_of_all_fields_is_what_protobuf_writes_as_json(member: str, names: JsonNames) -> None:
    """No field of the protos is left to chance."""
    seen: set[str] = set()

    @settings(CASES, max_examples=120)
    @given(wire().every_field(kind_of(member)))
    def holds(payload: bytes) -> None:
        seen.update(agreed(served(names), member, payload))

    holds()
    assert served(names).keys[member] - seen == set()
