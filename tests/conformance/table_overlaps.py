"""Verbs, paths that several templates fit, HTTP methods, additional bindings, methods without a rule."""

from __future__ import annotations

from tests.conformance.cases import Case, Refused, Sent

_VERB = "Envoy takes for a verb what any template has for one, whatever the path and the HTTP method; here it is text."
_RAW = "Envoy compares verbs as they are written; RFC 3986, 6.2.2.2: `%67` is `g`."
_SLASH = "Envoy looks for the verb before it drops the slash; a slash at the end does not count."
_QUERY = "Envoy maps a method without a rule to POST only; EventSource can send nothing but GET."

CASES = (
    Case("a verb", "GET /v1/verbs/x:go", Sent("Verb", {"text": "x"})),
    Case("no verb", "GET /v1/verbs/x", Sent("NoVerb", {"text": "x"})),
    Case("a verb that nobody has is text", "GET /v1/verbs/x:other", Sent("NoVerb", {"text": "x:other"})),
    Case(
        "a verb that another HTTP method has is text",
        "GET /v1/verbs/x:stop",
        Sent("NoVerb", {"text": "x:stop"}),
        envoy=Refused(),
        differs=_VERB,
    ),
    Case(
        "a verb that another path has is text",
        "GET /v1/verbs/a:all",
        Sent("NoVerb", {"text": "a:all"}),
        envoy=Refused(),
        differs=_VERB,
    ),
    Case("an encoded colon begins no verb", "GET /v1/verbs/x%3Ago", Sent("NoVerb", {"text": "x:go"})),
    Case(
        "a verb may be encoded",
        "GET /v1/verbs/x:%67o",
        Sent("Verb", {"text": "x"}),
        envoy=Sent("NoVerb", {"text": "x:go"}),
        differs=_RAW,
    ),
    Case(
        "a slash behind a verb does not count",
        "GET /v1/verbs/x:go/",
        Sent("Verb", {"text": "x"}),
        envoy=Sent("NoVerb", {"text": "x:go"}),
        differs=_SLASH,
    ),
    Case("the last colon begins the verb", "GET /v1/verbs/x:y:go", Sent("Verb", {"text": "x:y"})),
    Case(
        "a verb behind nothing is text",
        "GET /v1/verbs/:go",
        Sent("NoVerb", {"text": ":go"}),
        envoy=Refused(),
        differs=_VERB,
    ),
    Case("a verb of a POST", "POST /v1/verbs/x:stop", Sent("PostVerb", {"text": "x"}), body="{}"),
    Case("a verb that only another HTTP method has", "POST /v1/verbs/x:go", Refused(405), body="{}"),
    Case("a verb behind a literal", "GET /v1/verbs:all", Sent("LiteralVerb", {})),
    Case("a verb behind a field of several segments", "GET /v1/shelves/1:go", Sent("ShelfVerb", {"text": "shelves/1"})),
    Case(
        "another verb behind a field of several segments",
        "GET /v1/shelves/1:no",
        Sent("Shelf", {"text": "shelves/1:no"}),
    ),
    Case("a verb behind the rest", "GET /v1/rest-verb/x/y:go", Sent("RestVerb", {"text": "x/y"})),
    Case("a verb behind a rest of nothing", "GET /v1/rest-verb:go", Sent("RestVerb", {})),
    Case("the rest without its verb", "GET /v1/rest-verb/x/y", Refused(404)),
    Case("a literal before a star", "GET /v1/over/a/b", Sent("Exact", {})),
    Case("a literal and a star before the rest", "GET /v1/over/a/c", Sent("LiteralStar", {"text": "c"})),
    Case("the first segment that differs decides", "GET /v1/over/x/b", Sent("StarLiteral", {"text": "x"})),
    Case("two stars before the rest", "GET /v1/over/x/c", Sent("StarStar", {"text": "x", "other_text": "c"})),
    Case("a literal and the rest before the rest", "GET /v1/over/a/c/d", Sent("LiteralRest", {"text": "c/d"})),
    Case("only the rest fits", "GET /v1/over/x/c/d", Sent("OverRest", {"text": "x/c/d"})),
    Case("a literal and a rest of nothing", "GET /v1/over/a", Sent("LiteralRest", {})),
    Case("a rest of nothing", "GET /v1/over", Sent("OverRest", {})),
    Case("one segment where two stars want two is the rest", "GET /v1/over/x", Sent("OverRest", {"text": "x"})),
    Case("a verb before all literals", "GET /v1/over/a/b:go", Sent("RestGo", {"text": "a/b"})),
    Case("a verb before all stars", "GET /v1/over/x/c:go", Sent("RestGo", {"text": "x/c"})),
    Case(
        "an encoded slash does not make a literal of two",
        "GET /v1/over/a%2Fb/c",
        Sent("StarStar", {"text": "a/b", "other_text": "c"}),
    ),
    Case("a worse template of the right HTTP method", "PUT /v1/over/a/b", Sent("PutStar", {"text": "b"}), body="{}"),
    Case("no template of the right HTTP method", "PUT /v1/over/x/b", Refused(405), body="{}"),
    Case("the first of several bindings", "GET /v1/additional/x", Sent("Additional", {"text": "x"})),
    Case(
        "an additional binding with one more field",
        "GET /v1/more/y/additional/x",
        Sent("Additional", {"text": "x", "other_text": "y"}),
    ),
    Case(
        "an additional binding of another HTTP method",
        "POST /v1/additional/x",
        Sent("Additional", {"text": "x", "other_text": "y"}),
        body='{"other_text": "y"}',
    ),
    Case(
        "an additional binding with a body of its own",
        "PUT /v1/additional/x/inner",
        Sent("Additional", {"text": "x", "inner": {"number": 1}}),
        body='{"number": 1}',
    ),
    Case("an HTTP method that no binding has", "DELETE /v1/additional/x", Refused(405)),
    Case(
        "a field is a parameter where its binding has it not in the path",
        "GET /v1/additional/x?other_text=y",
        Sent("Additional", {"text": "x", "other_text": "y"}),
    ),
    Case(
        "a method without a rule takes a body",
        "POST /conformance.Paths/Unbound",
        Sent("Unbound", {"text": "x"}),
        body='{"text": "x"}',
    ),
    Case(
        "a method without a rule takes a query",
        "GET /conformance.Paths/Unbound?text=x",
        Sent("Unbound", {"text": "x"}),
        envoy=Refused(),
        differs=_QUERY,
    ),
    Case("a method with a rule has no other path", "POST /conformance.Paths/One", Refused(404), body='{"text": "x"}'),
    Case("DELETE", "DELETE /v1/items/x", Sent("Delete", {"text": "x"})),
    Case("DELETE takes a query", "DELETE /v1/items/x?other_text=y", Sent("Delete", {"text": "x", "other_text": "y"})),
    Case("PATCH", "PATCH /v1/items/x", Sent("Change", {"text": "x", "inner": {"text": "y"}}), body='{"text": "y"}'),
    Case("PUT", "PUT /v1/items/x", Sent("Replace", {"text": "x", "other_text": "y"}), body='{"other_text": "y"}'),
    Case(
        "an HTTP method of one's own",
        "REPORT /v1/items/x",
        Sent("Report", {"text": "x", "other_text": "y"}),
        body='{"other_text": "y"}',
    ),
    Case("an HTTP method that a path has not", "GET /v1/items/x", Refused(405)),
    Case("POST only", "GET /v1/items", Refused(405)),
    Case("any HTTP method: GET", "GET /v1/whatever/x", Sent("Whatever", {"text": "x"})),
    Case(
        "any HTTP method: POST, with a query",
        "POST /v1/whatever/x?other_text=y",
        Sent("Whatever", {"text": "x", "other_text": "y"}),
    ),
    Case("any HTTP method: HEAD", "HEAD /v1/whatever/x", Sent("Whatever", {"text": "x"})),
    Case("a literal of GET before a star of any", "GET /v1/whatever/get", Sent("WhateverGet", {})),
    Case(
        "a star of any where the literal has another HTTP method",
        "POST /v1/whatever/get",
        Sent("Whatever", {"text": "get"}),
    ),
)
"""One request each."""
