"""Bodies that are the whole request, and what the path and the query say beside them."""

from __future__ import annotations

from tests.conformance.cases import Case, Refused, Sent

_UNKNOWN = "Envoy passes over keys that it does not know; a mistyped one should be told."
_NO_QUERY = 'Envoy reads a query beside it; http.proto: where the body is "*", "there is no URL query parameter".'
_TWICE = "Envoy takes the last of two values; RFC 8259, 4: names should be unique."
_WORDS = "Envoy reads a boolean from a text; ProtoJSON does not."
_LISTS = "Envoy makes a list of a single value; ProtoJSON does not."
_NULLS = "Envoy leaves out a null in a list; protobuf's own readers of JSON refuse it."
_PATH_WINS = "Envoy lets the body overwrite what the path says, which names what is changed."

CASES = (
    Case("a whole request", "POST /v1/items", Sent("Create", {"text": "x"}), body='{"text": "x"}'),
    Case("an empty object", "POST /v1/items", Sent("Create", {}), body="{}"),
    Case("no body is an empty object", "POST /v1/items", Sent("Create", {})),
    Case("an unfinished object", "POST /v1/items", Refused(), body='{"text":'),
    Case("an array is no request", "POST /v1/items", Refused(), body="[]"),
    Case("null is no request", "POST /v1/items", Refused(), body="null"),
    Case("a text is no request", "POST /v1/items", Refused(), body='"x"'),
    Case("something behind the object", "POST /v1/items", Refused(), body='{"text": "x"} x'),
    Case(
        "an unknown key", "POST /v1/items", Refused(), body='{"unknown": 1}', envoy=Sent("Create", {}), differs=_UNKNOWN
    ),
    Case(
        "an unknown key of a message",
        "POST /v1/items",
        Refused(),
        body='{"inner": {"text": "x", "unknown": 1}}',
        envoy=Sent("Create", {"inner": {"text": "x"}}),
        differs=_UNKNOWN,
    ),
    Case(
        "a query beside a whole request",
        "POST /v1/items?text=x",
        Refused(),
        body='{"other_text": "y"}',
        envoy=Sent("Create", {"text": "x", "other_text": "y"}),
        differs=_NO_QUERY,
    ),
    Case("an unknown parameter beside a whole request", "POST /v1/items?unknown=x", Refused(), body="{}"),
    Case("a key by its JSON name", "POST /v1/items", Sent("Create", {"renamed": "x"}), body='{"otherName": "x"}'),
    Case("a key by its own name", "POST /v1/items", Sent("Create", {"renamed": "x"}), body='{"renamed": "x"}'),
    Case(
        "a key twice",
        "POST /v1/items",
        Refused(),
        body='{"text": "a", "text": "b"}',
        envoy=Sent("Create", {"text": "b"}),
        differs=_TWICE,
    ),
    Case("null is an absent field", "POST /v1/items", Sent("Create", {}), body='{"text": null}'),
    Case(
        "messages, lists, maps",
        "POST /v1/items",
        Sent("Create", {"texts": ["a", "b"], "inner": {"deep": {"text": "y"}}, "labels": {"k": "v"}}),
        body='{"texts": ["a", "b"], "inner": {"deep": {"text": "y"}}, "labels": {"k": "v"}}',
    ),
    Case(
        "scalars as ProtoJSON writes them",
        "POST /v1/items",
        Sent("Create", {"int64_one": "9", "double_one": "NaN", "bytes_one": "AQI=", "color": "COLOR_RED"}),
        body='{"color": "COLOR_RED", "bytes_one": "AQI=", "int64_one": "9", "double_one": "NaN"}',
    ),
    Case(
        "well-known types",
        "POST /v1/items",
        Sent(
            "Create",
            {"at": "2030-01-31T23:59:59Z", "lasts": "1.500s", "mask": "a,b", "string_value": "", "struct": {"a": 1.0}},
        ),
        body='{"at": "2030-01-31T23:59:59Z", "lasts": "1.5s", "mask": "a,b", "string_value": "", "struct": {"a": 1}}',
    ),
    Case(
        "a message within itself in a body",
        "POST /v1/items",
        Sent("Create", {"again": {"again": {"text": "x"}}}),
        body='{"again": {"again": {"text": "x"}}}',
    ),
    Case("an integer as text", "POST /v1/items", Sent("Create", {"int32_one": 7}), body='{"int32_one": "7"}'),
    Case(
        "an integer with a point, in a body",
        "POST /v1/items",
        Sent("Create", {"int32_one": 1}),
        body='{"int32_one": 1.0}',
    ),
    Case("a fraction is no integer, in a body", "POST /v1/items", Refused(), body='{"int32_one": 1.5}'),
    Case("more than an int32, in a body", "POST /v1/items", Refused(), body='{"int32_one": 2147483648}'),
    Case("a number is no text", "POST /v1/items", Refused(), body='{"text": 7}'),
    Case(
        "a boolean as text",
        "POST /v1/items",
        Refused(),
        body='{"bool_one": "true"}',
        envoy=Sent("Create", {"bool_one": True}),
        differs=_WORDS,
    ),
    Case("an enum's number, in a body", "POST /v1/items", Sent("Create", {"color": "COLOR_RED"}), body='{"color": 1}'),
    Case("an enum's unknown name, in a body", "POST /v1/items", Refused(), body='{"color": "COLOR_GREEN"}'),
    Case("two members of a oneof, in a body", "POST /v1/items", Refused(), body='{"left": "a", "right": 1}'),
    Case(
        "a single value is no list",
        "POST /v1/items",
        Refused(),
        body='{"texts": "a"}',
        envoy=Sent("Create", {"texts": ["a"]}),
        differs=_LISTS,
    ),
    Case(
        "null in a list",
        "POST /v1/items",
        Refused(),
        body='{"texts": ["a", null]}',
        envoy=Sent("Create", {"texts": ["a"]}),
        differs=_NULLS,
    ),
    Case(
        "the path beside a whole request",
        "PUT /v1/items/x",
        Sent("Replace", {"text": "x", "inner": {"text": "y"}}),
        body='{"inner": {"text": "y"}}',
    ),
    Case("the path beside no body", "PUT /v1/items/x", Sent("Replace", {"text": "x"})),
    Case("the path and the body agree", "PUT /v1/items/x", Sent("Replace", {"text": "x"}), body='{"text": "x"}'),
    Case(
        "the path and the body do not agree",
        "PUT /v1/items/x",
        Sent("Replace", {"text": "x"}),
        body='{"text": "y"}',
        envoy=Sent("Replace", {"text": "y"}),
        differs=_PATH_WINS,
    ),
    Case(
        "a path within a message of the body",
        "POST /v1/nested/x",
        Sent("PostNested", {"text": "y", "inner": {"text": "x", "number": 3}}),
        body='{"inner": {"number": 3}, "text": "y"}',
    ),
    Case("a path within a message, no body", "POST /v1/nested/x", Sent("PostNested", {"inner": {"text": "x"}})),
    Case(
        "a path and a body that do not agree within a message",
        "POST /v1/nested/x",
        Sent("PostNested", {"inner": {"text": "x"}}),
        body='{"inner": {"text": "y"}}',
        envoy=Sent("PostNested", {"inner": {"text": "y"}}),
        differs=_PATH_WINS,
    ),
)
"""One request each."""
