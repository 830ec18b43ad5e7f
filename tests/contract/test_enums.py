"""How the values of an enum are spelled, and which number a spelling means."""

from __future__ import annotations

import pytest

from gateway.contract.descriptors import Descriptors
from gateway.contract.messages.enums import EnumSpelling, enum_spelling
from tests.support.protos import HEAD, descriptor_set

LOWER = "option (gateway.sse.v1.spelling) = SPELLING_LOWER;"


def spelling(enum: str, body: str, head: str = HEAD) -> EnumSpelling:
    """The spelling of an enum of this name."""
    descriptors = Descriptors(descriptor_set(f"{head}\nenum {enum} {{ {body} }}\n"))
    return enum_spelling(descriptors, descriptors.pool.FindEnumTypeByName(f"test.{enum}"))


def test_without_an_option_values_are_spelled_as_declared() -> None:
    """ProtoJSON's rule, also in a contract that does not import our options."""
    plain = 'syntax = "proto3"; package test;'
    for head in (HEAD, plain):
        assert spelling("State", "STATE_A = 0; b = 1;", head).spelled == {0: "STATE_A", 1: "b"}


def test_an_unspecified_spelling_is_none_at_all() -> None:
    """SPELLING_UNSPECIFIED is the same as no option."""
    option = "option (gateway.sse.v1.spelling) = SPELLING_UNSPECIFIED;"
    assert spelling("State", f"{option} STATE_A = 0;").spelled == {0: "STATE_A"}


@pytest.mark.parametrize(
    ("enum", "value", "spelled"),
    [
        pytest.param("State", "STATE_DONE", "done", id="one word"),
        pytest.param("StageState", "STAGE_STATE_IN_PROGRESS", "in_progress", id="several words"),
        pytest.param("State", "DONE", "done", id="a value without the prefix"),
        pytest.param("State", "STATES_DONE", "states_done", id="a prefix that only looks like it"),
        pytest.param("State", "STATE_STATE_DONE", "state_done", id="the prefix goes once"),
        pytest.param("State", "State_Done", "state_done", id="a prefix in another case stays"),
        pytest.param("V2State", "V2_STATE_DONE", "done", id="a digit in the enum's name"),
        pytest.param("State2", "STATE2_DONE", "done", id="a digit at its end"),
        pytest.param("state_kind", "STATE_KIND_DONE", "done", id="an enum's name in snake case"),
        pytest.param(
            "HTTPStatus",
            "HTTP_STATUS_OK",
            "ok",
            id="an acronym in the enum's name",
        ),
    ],
)
def test_lower_spelling_drops_the_enums_name_and_the_capitals(enum: str, value: str, spelled: str) -> None:
    """STAGE_STATE_IN_PROGRESS of StageState is in_progress."""
    assert spelling(enum, f"{LOWER} {value} = 0;").spelled == {0: spelled}


def test_a_values_own_spelling_wins_and_is_taken_as_it_is() -> None:
    """`json` is neither lowered nor shortened, with and without a spelling of the enum."""
    body = 'STATE_A = 0 [(gateway.sse.v1.json) = "STATE_Any Thing"]; STATE_B = 1;'
    assert spelling("State", f"{LOWER} {body}").spelled == {0: "STATE_Any Thing", 1: "b"}
    assert spelling("State", body).spelled == {0: "STATE_Any Thing", 1: "STATE_B"}


def test_the_last_of_two_values_with_one_spelling_is_meant() -> None:
    """UNSPECIFIED reads as info; who asks for info means INFO."""
    level = spelling(
        "Level", f'{LOWER} LEVEL_NONE = 0 [(gateway.sse.v1.json) = "info"]; LEVEL_INFO = 3; LEVEL_WARN = 4;'
    )
    assert level.spelled == {0: "info", 3: "info", 4: "warn"}
    assert level.numbers == {"info": 3, "warn": 4}


def test_values_of_one_spelling_have_one_canonical_number() -> None:
    """Filters compare by it, so that what reads the same is the same."""
    level = spelling(
        "Level", f'{LOWER} LEVEL_NONE = 0 [(gateway.sse.v1.json) = "info"]; LEVEL_INFO = 3; LEVEL_WARN = 4;'
    )
    assert level.canonical == {0: 3, 3: 3, 4: 4}


def test_the_first_of_two_names_of_one_number_is_its_spelling() -> None:
    """With allow_alias a number has several names; json_format writes the first one, and so does the gateway."""
    aliased = spelling("State", "option allow_alias = true; STATE_A = 0; STATE_B = 1; STATE_BE = 1;")
    assert aliased.spelled == {0: "STATE_A", 1: "STATE_B"}
    assert aliased.numbers == {"STATE_A": 0, "STATE_B": 1}


def test_negative_numbers_are_spelled() -> None:
    """An enum's numbers are any int32."""
    assert spelling("State", f"{LOWER} STATE_A = 0; STATE_B = -1;").numbers == {"a": 0, "b": -1}
