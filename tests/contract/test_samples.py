"""Samples: a message for every event, whatever its type refers to."""

from __future__ import annotations

import json

from msgspec.json import encode

from tests.support.protos import Served

TYPES = [f"M{number}" for number in range(14)]
EVERY = "".join(f"{kind} of_{kind} = {number}; " for number, kind in enumerate(TYPES, 1))
EMPTY = "message Tick { Nothing nothing = 1; repeated Nothing many = 2; } message Nothing {}"
TANGLED = "message Tick { M0 first = 1; } " + " ".join(f"message {kind} {{ {EVERY} }}" for kind in TYPES)


def test_a_sample_of_types_that_all_hold_each_other_ends() -> None:
    """Every way through fourteen of them would be 14! messages: what is shown is cut off, and is still a message."""
    (event,) = Served(more=TANGLED).route.events
    assert 1_000 < len(encode(event.convert(event.sample()))) < 100_000


def test_a_message_without_fields_is_there_in_a_sample() -> None:
    """A member that is set says something by being there."""
    (event,) = Served(more=EMPTY).route.events
    assert json.loads(encode(event.convert(event.sample()))) == {"nothing": {}, "many": [{}]}


def test_an_example_of_a_field_at_its_default_clears_what_was_made_up() -> None:
    """What the comment gives is what is shown, also where that is nothing."""
    response = 'oneof event {\n// Example: {"id": "", "count": 2}\nTick tick = 1;\n}'
    (event,) = Served(response=response).route.events
    assert (event.sample().id, event.sample().count) == ("", 2)
