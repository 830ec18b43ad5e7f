"""A backend's bytes translated: events, bookmarks, resume tokens, and bytes that are none of these."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gateway.contract.translation import Bookmark, Translated
from gateway.errors import TranslationError
from tests.support.protos import GET, Served

EVENT = "(gateway.sse.v1.event)"
TOKEN = f'{GET} option (gateway.sse.v1.stream).resume_response_field = "token";'


@pytest.fixture(scope="module")
def served() -> Served:
    """A route with events of two messages, keys, an end, and both kinds of resume token."""
    return Served(
        method=TOKEN,
        response=f"""
            oneof event {{
              Tick tick = 1 [{EVENT}.key_field = "id"];
              Tick last_tick = 2 [{EVENT} = {{name: "last" key_field: "id" terminal: true}}];
              Tock tock = 3 [{EVENT} = {{resume_token_field: "cursor" key_field: "number"}}];
              Nothing nothing = 4;
            }}
            string token = 5;
            string unused = 6;
        """,
        more="""
            message Tick { string id = 1; }
            message Tock { string cursor = 1; int32 number = 2; }
            message Nothing {}
        """,
    )


def event(name: str, data: bytes, key: Any = None, terminal: bool = False, token: str = "") -> Translated:
    """What is expected of a route without filters."""
    return Translated(name, data, (), key, terminal, token)


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        pytest.param({"tick": {"id": "a"}}, event("tick", b'{"id":"a"}', "a"), id="named after its field"),
        pytest.param(
            {"last_tick": {"id": "a"}}, event("last", b'{"id":"a"}', "a", True), id="named by its option, and final"
        ),
        pytest.param({"nothing": {}}, event("nothing", b"{}"), id="an event of nothing, without a key"),
        pytest.param({"tick": {}}, event("tick", b"{}", ""), id="a key that was never set is the empty one"),
        pytest.param({"tock": {"number": 7}}, event("tock", b'{"number":7}', 7), id="a key that is a number"),
        pytest.param({"tick": {}, "token": "t"}, event("tick", b"{}", "", token="t"), id="the token beside the oneof"),
        pytest.param(
            {"tock": {"cursor": "c"}},
            event("tock", b'{"cursor":"c"}', 0, token="c"),
            id="the token in the payload, which stays in the payload",
        ),
        pytest.param(
            {"tock": {"cursor": "c"}, "token": "t"},
            event("tock", b'{"cursor":"c"}', 0, token="c"),
            id="of two tokens the event's own",
        ),
        pytest.param(
            {"tock": {}, "token": "t"},
            event("tock", b"{}", 0, token="t"),
            id="an empty token in the payload leaves the one beside the oneof",
        ),
        pytest.param(
            {"tick": {}, "unused": "x"}, event("tick", b"{}", ""), id="other fields of the response are not sent"
        ),
        pytest.param({"token": "t"}, Bookmark("t"), id="no member set: a bookmark with its token"),
        pytest.param({"unused": "x"}, Bookmark(""), id="a bookmark without a token"),
        pytest.param({}, Bookmark(""), id="an empty message is a bookmark"),
    ],
)
def test_a_response_becomes_its_event(
    served: Served, response: dict[str, Any], expected: Translated | Bookmark
) -> None:
    """Name, payload, key, end and token of each member of the oneof."""
    assert served.translate(**response) == expected


def test_the_member_that_comes_last_is_the_event(served: Served) -> None:
    """Of two members on the wire protobuf keeps the second one."""
    data = served.response(tick={"id": "a"}).SerializeToString() + served.response(nothing={}).SerializeToString()
    assert served.route.translate(data) == event("nothing", b"{}")


def test_a_member_that_the_contract_does_not_know_is_a_bookmark(served: Served) -> None:
    """A newer backend's event is an unknown field: nothing to send, and its token still counts."""
    unknown = b"\x7a\x02\x0a\x00"
    assert served.route.translate(unknown + served.response(token="t").SerializeToString()) == Bookmark("t")


def test_a_field_that_the_contract_does_not_know_is_left_out(served: Served) -> None:
    """A newer backend may say more than the contract documents."""
    tick = b"\x0a\x01a\x78\x05"
    assert served.route.translate(b"\x0a\x05" + tick) == event("tick", b'{"id":"a"}', "a")


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"\xff\xff\xff", id="no protobuf"),
        pytest.param(b"\x0a\x05abc", id="cut off inside of a field"),
        pytest.param(b"\x0a", id="cut off before a length"),
        pytest.param(b"\x0a\x03\x0a\x01\xff", id="text that is not UTF-8"),
        pytest.param(b"\x00", id="a field number that cannot be"),
    ],
)
def test_bytes_that_are_no_response_are_a_translation_error(served: Served, data: bytes) -> None:
    """The backend's mistake is told with the size of what came, as DATA_LOSS, and the cause is kept."""
    with pytest.raises(TranslationError, match=f"^cannot translate a message of {len(data)} bytes: .") as caught:
        served.route.translate(data)
    assert caught.value.grpc_code == "DATA_LOSS"
    assert caught.value.__cause__ is not None


def test_the_message_after_a_bad_one_is_translated(served: Served) -> None:
    """A translator keeps nothing from message to message."""
    with pytest.raises(TranslationError):
        served.route.translate(b"\xff")
    assert served.translate(nothing={}) == event("nothing", b"{}")


def test_a_response_without_a_oneof_is_an_unnamed_event() -> None:
    """EventSource calls it `message`; the payload is the whole response."""
    served = Served(response="int32 size = 1; optional string name = 2; repeated Tick ticks = 3;")
    assert served.translate(size=3, name="x", ticks=[{"id": "a"}]) == Translated(
        None, b'{"size":3,"name":"x","ticks":[{"id":"a"}]}', (), None, False, ""
    )


def test_an_empty_response_without_a_oneof_is_an_event_too() -> None:
    """Without a oneof there are no bookmarks: every message is sent."""
    assert Served(response="int32 size = 1;").translate() == Translated(None, b"{}", (), None, False, "")


def test_the_token_of_an_unnamed_event_is_a_field_of_its_payload() -> None:
    """`resume_response_field` works without a oneof; the token is then in the payload as well."""
    translated = Served(method=TOKEN, response="string token = 1;").translate(token="t")
    assert (translated.token, json.loads(translated.data)) == ("t", {"token": "t"})


def test_a_converter_can_be_used_without_the_translator(served: Served) -> None:
    """`EventType.convert` makes the documented Struct of the member's message."""
    tick = served.route.events[0]
    assert type(tick.convert(served.response(tick={"id": "a"}).tick)) is tick.struct


def test_a_key_in_a_field_that_python_owns_the_name_of_is_read() -> None:
    """`from` is a fine name for a key."""
    served = Served(
        response=f'oneof event {{ Tick tick = 1 [{EVENT}.key_field = "from"]; }}',
        more="message Tick { string from = 1; }",
    )
    assert served.translate(tick={"from": "x"}) == event("tick", b'{"from":"x"}', "x")
