"""Bodies that are one field of the request, raw bytes, or sent where no binding has one."""

from __future__ import annotations

from tests.conformance.cases import Case, Refused, Sent

_UNKNOWN = "Envoy passes over keys that it does not know; a mistyped one should be told."
_LISTS = "Envoy makes a list of a single value; ProtoJSON does not."
_IN_BODY = "Envoy reads a query for fields of the body; http.proto: they are no query parameters."
_ABSENT = "Envoy makes an empty message of a missing body; here the field is absent."
_SCALAR = "Envoy reads a missing body as an object, which no scalar is; here the field is absent."
_NO_BODY = "Envoy reads a body where no binding has one; http.proto: where it is omitted, there is none."
_WAITS = "Envoy waits for more: its parser takes a bare number for unfinished until its deadline."
_PASSED_OVER = "Envoy passes over a query for fields of the body; a parameter that means nothing should be told."

CASES = (
    Case(
        "one field as the body",
        "POST /v1/inner-body",
        Sent("PostInner", {"inner": {"text": "x"}}),
        body='{"text": "x"}',
    ),
    Case(
        "one field as the body, the others in the query",
        "POST /v1/inner-body?text=y",
        Sent("PostInner", {"text": "y", "inner": {"text": "x"}}),
        body='{"text": "x"}',
    ),
    Case(
        "one field as the body, none sent",
        "POST /v1/inner-body",
        Sent("PostInner", {}),
        envoy=Sent("PostInner", {"inner": {}}),
        differs=_ABSENT,
    ),
    Case(
        "one field as the body, path and query",
        "PATCH /v1/items/x?other_text=z",
        Sent("Change", {"text": "x", "other_text": "z", "inner": {"text": "y"}}),
        body='{"text": "y"}',
    ),
    Case(
        "a field of the body in the query",
        "PATCH /v1/items/x?inner.number=3",
        Refused(),
        body='{"text": "y"}',
        envoy=Sent("Change", {"text": "x", "inner": {"text": "y", "number": 3}}),
        differs=_IN_BODY,
    ),
    Case(
        "the body has no key of its own name",
        "PATCH /v1/items/x",
        Refused(),
        body='{"inner": {"text": "y"}}',
        envoy=Sent("Change", {"text": "x", "inner": {}}),
        differs=_UNKNOWN,
    ),
    Case("a body that is a text", "POST /v1/text-body", Sent("PostText", {"text": "x"}), body='"x"'),
    Case(
        "a body that is a text, and a query",
        "POST /v1/text-body?other_text=y",
        Sent("PostText", {"text": "x", "other_text": "y"}),
        body='"x"',
    ),
    Case("an object is no text", "POST /v1/text-body", Refused(), body='{"text": "x"}'),
    Case("a number is no text, as the body", "POST /v1/text-body", Refused(), body="7"),
    Case(
        "a body that is a text, none sent", "POST /v1/text-body", Sent("PostText", {}), envoy=Refused(), differs=_SCALAR
    ),
    Case(
        "a body that is a number",
        "POST /v1/number-body",
        Sent("PostNumber", {"int32_one": 7}),
        body="7",
        envoy=Refused(),
        differs=_WAITS,
    ),
    Case("a body that is a number as text", "POST /v1/number-body", Sent("PostNumber", {"int32_one": 7}), body='"7"'),
    Case("a body that is no number", "POST /v1/number-body", Refused(), body='"x"'),
    Case("a body that is a list", "POST /v1/texts-body", Sent("PostTexts", {"texts": ["x", "y"]}), body='["x", "y"]'),
    Case("a body that is an empty list", "POST /v1/texts-body", Sent("PostTexts", {}), body="[]"),
    Case(
        "a body that is a list, and a query",
        "POST /v1/texts-body?text=z",
        Sent("PostTexts", {"text": "z", "texts": ["x"]}),
        body='["x"]',
    ),
    Case(
        "a single value is no list, as the body",
        "POST /v1/texts-body",
        Refused(),
        body='"x"',
        envoy=Sent("PostTexts", {"texts": ["x"]}),
        differs=_LISTS,
    ),
    Case(
        "a body that is a list of messages",
        "POST /v1/inners-body",
        Sent("PostInners", {"inners": [{"text": "x"}, {}]}),
        body='[{"text": "x"}, {}]',
    ),
    Case("a body that is a map", "POST /v1/labels-body", Sent("PostLabels", {"labels": {"a": "x"}}), body='{"a": "x"}'),
    Case(
        "a body that is a time",
        "POST /v1/time-body",
        Sent("PostTime", {"at": "2030-01-31T23:59:59Z"}),
        body='"2030-01-31T23:59:59Z"',
    ),
    Case(
        "a POST without a body takes a query",
        "POST /v1/nothing/x?other_text=y",
        Sent("PostNothing", {"text": "x", "other_text": "y"}),
    ),
    Case(
        "a POST whose binding has no body",
        "POST /v1/nothing/x",
        Sent("PostNothing", {"text": "x"}),
        body='{"other_text": "y"}',
        envoy=Sent("PostNothing", {"text": "x", "other_text": "y"}),
        differs=_NO_BODY,
    ),
    Case(
        "a DELETE whose binding has no body",
        "DELETE /v1/items/x",
        Sent("Delete", {"text": "x"}),
        body='{"other_text": "y"}',
        envoy=Sent("Delete", {"text": "x", "other_text": "y"}),
        differs=_NO_BODY,
    ),
    Case(
        "a GET whose binding has no body",
        "GET /v1/literal",
        Sent("Literal", {}),
        body='{"text": "x"}',
        envoy=Sent("Literal", {"text": "x"}),
        differs=_NO_BODY,
    ),
    Case(
        "raw bytes with their content type",
        "POST /v1/upload/x",
        Sent("Upload", {"name": "x", "file": {"content_type": "text/plain; charset=utf-8", "data": "cmF3ICUwMA=="}}),
        body="raw %00",
        content_type="text/plain; charset=utf-8",
    ),
    Case(
        "raw bytes and a query",
        "POST /v1/upload/x?folder=y",
        Sent("Upload", {"name": "x", "folder": "y", "file": {"content_type": "image/png", "data": "cmF3"}}),
        body="raw",
        content_type="image/png",
    ),
    Case("raw bytes, none sent", "POST /v1/upload/x", Sent("Upload", {"name": "x", "file": {}})),
    Case(
        "a field of raw bytes in the query",
        "POST /v1/upload/x?file.data=y",
        Refused(),
        body="raw",
        content_type="text/plain",
        envoy=Sent("Upload", {"name": "x", "file": {"content_type": "text/plain", "data": "cmF3"}}),
        differs=_PASSED_OVER,
    ),
    Case(
        "a whole request of raw bytes",
        "POST /v1/raw",
        Sent("Raw", {"content_type": "text/plain", "data": "e25vdCBqc29ufQ=="}),
        body="{not json}",
        content_type="text/plain",
    ),
    Case("a whole request of raw bytes, none sent", "POST /v1/raw", Sent("Raw", {})),
)
"""One request each."""
