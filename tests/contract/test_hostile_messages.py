"""Bytes that no honest backend sends: an event or a TranslationError, never a crash and never a hang."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.contract.contract import compile_contract, shipped_descriptor_set
from gateway.contract.translation import Bookmark, Translator
from gateway.errors import TranslationError
from tests.support.conformance import served, wire
from tests.support.random_wire import tagged, varint, whole

CASES = settings(max_examples=500, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
LENGTH, START = 2, 3
MEMBERS = ["implicit", "legacy", "edition"]
DAMAGES: list[Callable[[bytes, int], bytes]] = [
    lambda data, at: data[:at],
    lambda data, at: data[at:],
    lambda data, at: data[:at] + bytes([(data[at] + 1) % 256]) + data[at + 1 :],
    lambda data, at: data[:at] + b"\xff" + data[at:],
    lambda data, at: data[:at] + data[at + 1 :],
    lambda data, at: data + data[at:],
]


def survives(translate: Translator, data: bytes) -> None:
    """Holds for whatever comes: an event of valid JSON, a bookmark, or the one error."""
    try:
        made = translate(data)
    except TranslationError:
        return
    assert isinstance(made, Bookmark) or isinstance(json.loads(made.data), dict)


@CASES
@given(st.binary(max_size=100), st.sampled_from([b"", *(tagged(number, LENGTH, b"")[:1] for number in (1, 2, 3))]))
def test_random_bytes_are_an_event_or_a_translation_error(data: bytes, tag: bytes) -> None:
    """Noise, some of it behind the tag of an event so that it gets further."""
    survives(served("proto").translate, tag + varint(len(data)) + data if tag else data)


@pytest.mark.parametrize("member", MEMBERS)
def test_a_damaged_message_is_an_event_or_a_translation_error(member: str) -> None:
    """A message of every feature, cut off, or with one byte changed, added, or gone."""
    response = served("proto").response

    @CASES
    @given(wire().message(response.DESCRIPTOR.fields_by_name[member].message_type), st.data())
    def holds(payload: bytes, data: st.DataObject) -> None:
        at = data.draw(st.integers(0, max(len(payload) - 1, 0)))
        damaged = data.draw(st.sampled_from(DAMAGES))(payload or b"\x00", at)
        survives(served("proto").translate, whole(response, member, damaged))

    holds()


@CASES
@given(st.binary(max_size=60), st.sampled_from(compile_contract(shipped_descriptor_set()).streams))
def test_random_bytes_are_no_trouble_for_the_shipped_contract(data: bytes, route: Any) -> None:
    """The contract that most gateways serve."""
    survives(route.translate, data)
    survives(route.translate, tagged(1, LENGTH, data))


def number_of(member: str, name: str) -> int:
    """The number of a field, or of an extension, of a conformance message."""
    kind = served("proto").response.DESCRIPTOR.fields_by_name[member].message_type
    found = kind.fields_by_name.get(name) or kind.file.pool.FindExtensionByName(f"conformance.{member}.{name}")
    number: int = found.number
    return number


def one_level(kind: int, numbers: list[int], before: bytes = b"") -> Callable[[bytes], bytes]:
    """Puts a payload into fields of these numbers, the last one outermost."""

    def put(payload: bytes) -> bytes:
        for number in numbers:
            payload = (before if number == numbers[0] else b"") + tagged(number, kind, payload)
        return payload

    return put


ANY_OF_ANY = tagged(1, LENGTH, b"x/google.protobuf.Any")


@pytest.mark.parametrize("levels", [50, 90, 99, 100, 101, 500, 3_000])
@pytest.mark.parametrize(
    ("member", "outermost", "kind", "inner", "before"),
    [
        pytest.param("implicit", "whole", LENGTH, (), b"", id="messages"),
        pytest.param("legacy", "whole_extension", LENGTH, (), b"", id="extensions"),
        pytest.param("edition", "delimited", START, (), b"", id="groups"),
        pytest.param("implicit", "one_value", LENGTH, (1, 6), b"", id="lists in values"),
        pytest.param("implicit", "one_any", LENGTH, (2,), ANY_OF_ANY, id="an Any in an Any, counted anew"),
    ],
)
def test_a_message_nested_without_end_is_an_event_or_a_translation_error(
    member: str, outermost: str, kind: int, inner: tuple[int, ...], before: bytes, levels: int
) -> None:
    """Neither protobuf's limit of 100 levels nor Python's own is a crash, nor what lies just below them."""
    number = number_of(member, outermost)
    put, payload = one_level(kind, list(inner) or [number], before), b""
    for _ in range(levels):
        payload = put(payload)
    survives(served("proto").translate, whole(served("proto").response, member, tagged(number, kind, payload)))


def test_ninety_levels_are_served() -> None:
    """What protobuf parses is not refused by anything behind it."""
    number, payload = number_of("implicit", "whole"), b""
    for _ in range(90):
        payload = tagged(number, LENGTH, payload)
    translated = served("proto").translate(whole(served("proto").response, "implicit", payload))
    assert translated.data == b'{"whole":' * 90 + b"{}" + b"}" * 90


def test_a_map_of_a_hundred_thousand_keys_is_one_event() -> None:
    """Nothing about a map grows faster than the map."""
    number = number_of("implicit", "string_values")
    entries = b"".join(tagged(number, LENGTH, tagged(1, LENGTH, b"%d" % key)) for key in range(100_000))
    translated = served("proto").translate(whole(served("proto").response, "implicit", entries))
    assert len(json.loads(translated.data)["string_values"]) == 100_000


def test_a_type_of_a_million_letters_is_not_told_in_full() -> None:
    """An error names the type that an Any is of, and does not carry what a backend makes of that."""
    url = tagged(1, LENGTH, b"x/" + b"a" * 1_000_000)
    data = whole(served("proto").response, "implicit", tagged(number_of("implicit", "one_any"), LENGTH, url))
    with pytest.raises(TranslationError, match=r"Any of 'aaa.*…', a type that is not in the contract$") as caught:
        served("proto").translate(data)
    assert len(str(caught.value)) < 400
