"""What becomes of the values an application hands over."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from google.protobuf.json_format import MessageToDict

from backends.emitter.values import struct_of, text_of


class Hostile:
    """An object whose text cannot be had."""

    def __str__(self):
        raise RuntimeError("no")


def plain(value):
    """Return what a client reads in JSON."""
    return MessageToDict(struct_of({"key": value}))["key"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (True, True),
        (7, 7.0),
        (2**53 + 1, "9007199254740993"),
        (1.5, 1.5),
        (float("nan"), "nan"),
        (float("-inf"), "-inf"),
        ("text", "text"),
        ("bad \udc80 name", "bad \\udc80 name"),
        (b"bytes", "b'bytes'"),
        (Path("a/b"), "a/b"),
        (datetime(2026, 1, 2, 3, 4, tzinfo=UTC), "2026-01-02T03:04:00+00:00"),
        ([1, ("a", None)], [1.0, ["a", None]]),
        ({1: {"b": {2}}}, {"1": {"b": [2.0]}}),
        (Hostile(), "<unprintable Hostile>"),
        ([Hostile()], ["<unprintable Hostile>"]),
    ],
)
def test_any_value_becomes_json(value, expected):
    """What JSON knows stays as it is, the rest becomes text, and nothing raises."""
    assert plain(value) == expected


def test_a_value_that_holds_itself_ends():
    """The place where it comes round is marked."""
    loop = [1]
    loop.append(loop)
    assert plain(loop) == [1.0, "…"]


def test_text_is_cut_to_a_bearable_length():
    """A cut text says that it was cut."""
    assert text_of("é" * 16_384) == "é" * 16_384
    assert text_of("é" * 16_385) == "é" * 16_383 + "…"


def test_values_too_large_for_a_message_are_left_out():
    """What is left tells how large they were."""
    struct = struct_of({str(number): "x" * 10_000 for number in range(100)})
    assert list(struct) == ["omitted"]
    assert int(struct["omitted"].split()[0]) > 1_000_000
