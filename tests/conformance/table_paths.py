"""Segments, variables and percent-encoding of paths."""

from __future__ import annotations

from tests.conformance.cases import Case, Refused, Sent

_RAW = "Envoy compares literals as they are written; RFC 3986, 6.2.2.2: `%6C` is `l`."
_NOT_UTF8 = "Envoy hands on bytes that no string field may hold, and the backend cannot parse them."
_LENIENT = "Envoy takes for text what RFC 3986, 2.1 does not allow; nobody can tell what was meant."
_EMPTY = "Envoy takes an empty segment for a value, though only in the middle; what has no name is no resource."
_SLASHES = "Envoy drops slashes at the end; here `**` keeps them, for they are part of a file's name."
_VERB = "Envoy takes for a verb what any template has for one, whatever the path; here it is text."

CASES = (
    Case("literals fit", "GET /v1/literal", Sent("Literal", {})),
    Case("a literal is compared with its case", "GET /v1/Literal", Refused(404)),
    Case("a slash at the end does not count", "GET /v1/literal/", Sent("Literal", {})),
    Case("nor do several", "GET /v1/literal//", Sent("Literal", {})),
    Case("a slash in the middle does", "GET /v1//literal", Refused(404)),
    Case("a slash at the start does", "GET //v1/literal", Refused(404)),
    Case("more than the template fits nothing", "GET /v1/literal/x", Refused(404)),
    Case(
        "a literal may be encoded where it need not be",
        "GET /v1/%6Citeral",
        Sent("Literal", {}),
        envoy=Refused(),
        differs=_RAW,
    ),
    Case("a literal's encoded space is a space", "GET /v1/a%20b/~c", Sent("Encoded", {})),
    Case("a tilde may be encoded", "GET /v1/a%20b/%7Ec", Sent("Encoded", {}), envoy=Refused(), differs=_RAW),
    Case("a field takes one segment", "GET /v1/one/x", Sent("One", {"text": "x"})),
    Case("a field takes no empty segment", "GET /v1/one/", Refused(404)),
    Case("a field takes no missing segment", "GET /v1/one", Refused(404)),
    Case("a field takes no two segments", "GET /v1/one/x/y", Refused(404)),
    Case("a slash behind a field does not count", "GET /v1/one/x/", Sent("One", {"text": "x"})),
    Case("one segment is decoded", "GET /v1/one/x%20y", Sent("One", {"text": "x y"})),
    Case("one segment's encoded slash is decoded", "GET /v1/one/x%2Fy", Sent("One", {"text": "x/y"})),
    Case(
        "one segment's encoded slash is decoded, in small letters too",
        "GET /v1/one/x%2fy",
        Sent("One", {"text": "x/y"}),
    ),
    Case("a segment is decoded once", "GET /v1/one/%252F", Sent("One", {"text": "%2F"})),
    Case("a plus in a path is a plus", "GET /v1/one/x+y", Sent("One", {"text": "x+y"})),
    Case("an encoded plus in a path is a plus", "GET /v1/one/x%2By", Sent("One", {"text": "x+y"})),
    Case(
        "UTF-8 of two, three and four bytes is decoded",
        "GET /v1/one/%C3%BC%E2%82%AC%F0%9F%98%80",
        Sent("One", {"text": "ü€😀"}),
    ),
    Case(
        "encoded reserved characters are decoded",
        "GET /v1/one/a%3Ab%40c%21%24%26%27%28%29%2A%2C%3B%3D",
        Sent("One", {"text": "a:b@c!$&'()*,;="}),
    ),
    Case(
        "reserved characters may stand as they are",
        "GET /v1/one/a:b@c!$&'()*,;=",
        Sent("One", {"text": "a:b@c!$&'()*,;="}),
    ),
    Case("an encoded NUL is text", "GET /v1/one/%00", Sent("One", {"text": "\x00"})),
    Case("an encoded line break is text", "GET /v1/one/%0A", Sent("One", {"text": "\n"})),
    Case("quotes and backslashes are text", "GET /v1/one/%22%5C%0D", Sent("One", {"text": '"\\\r'})),
    Case("dots are a name like any other", "GET /v1/one/..", Sent("One", {"text": ".."})),
    Case("encoded dots too", "GET /v1/one/%2E%2E", Sent("One", {"text": ".."})),
    Case(
        "a segment with a colon is text where nobody has such a verb",
        "GET /v1/one/x:other",
        Sent("One", {"text": "x:other"}),
    ),
    Case(
        "a segment with a colon is text where others have such a verb",
        "GET /v1/one/x:go",
        Sent("One", {"text": "x:go"}),
        envoy=Refused(),
        differs=_VERB,
    ),
    Case(
        "a byte that is no UTF-8 is refused",
        "GET /v1/one/%FF",
        Refused(),
        envoy=Sent("One", b"\n\x01\xff"),
        differs=_NOT_UTF8,
    ),
    Case(
        "a slash in too many bytes is refused",
        "GET /v1/one/%C0%AF",
        Refused(),
        envoy=Sent("One", b"\n\x02\xc0\xaf"),
        differs=_NOT_UTF8,
    ),
    Case(
        "half a surrogate pair is refused",
        "GET /v1/one/%ED%A0%80",
        Refused(),
        envoy=Sent("One", b"\n\x03\xed\xa0\x80"),
        differs=_NOT_UTF8,
    ),
    Case(
        "a lone percent sign is refused", "GET /v1/one/%", Refused(), envoy=Sent("One", {"text": "%"}), differs=_LENIENT
    ),
    Case(
        "one hexadecimal digit is refused",
        "GET /v1/one/%4",
        Refused(),
        envoy=Sent("One", {"text": "%4"}),
        differs=_LENIENT,
    ),
    Case(
        "digits that are not hexadecimal are refused",
        "GET /v1/one/%zz",
        Refused(),
        envoy=Sent("One", {"text": "%zz"}),
        differs=_LENIENT,
    ),
    Case("a star is the pattern that a field has without one", "GET /v1/star/x", Sent("OneStar", {"text": "x"})),
    Case("a field with a star is decoded as one without", "GET /v1/star/x%2Fy", Sent("OneStar", {"text": "x/y"})),
    Case("two fields take a segment each", "GET /v1/two/x/y", Sent("Two", {"text": "x", "other_text": "y"})),
    Case(
        "an empty segment is no field",
        "GET /v1/two//y",
        Refused(404),
        envoy=Sent("Two", {"other_text": "y"}),
        differs=_EMPTY,
    ),
    Case(
        "an encoded slash does not separate fields",
        "GET /v1/two/x%2Fy/z",
        Sent("Two", {"text": "x/y", "other_text": "z"}),
    ),
    Case("a field of a field", "GET /v1/inner/x", Sent("Inner", {"inner": {"text": "x"}})),
    Case(
        "fields of fields at several depths",
        "GET /v1/deep/x/and/7",
        Sent("Deep", {"inner": {"number": 7, "deep": {"text": "x"}}}),
    ),
    Case("a wrong value in a path is refused", "GET /v1/deep/x/and/no", Refused()),
    Case("a field with a literal and a star keeps both", "GET /v1/shelves/1", Sent("Shelf", {"text": "shelves/1"})),
    Case("a field of several segments takes no empty one", "GET /v1/shelves/", Refused(404)),
    Case("a field of several segments takes no missing one", "GET /v1/shelves", Refused(404)),
    Case("a field of several segments keeps %2F", "GET /v1/shelves/a%2Fb", Sent("Shelf", {"text": "shelves/a%2Fb"})),
    Case(
        "a field of several segments keeps %2f as it is",
        "GET /v1/shelves/a%2fb",
        Sent("Shelf", {"text": "shelves/a%2fb"}),
    ),
    Case(
        "a field of several segments decodes all else",
        "GET /v1/shelves/a%3Ab%20c%23",
        Sent("Shelf", {"text": "shelves/a:b c#"}),
    ),
    Case(
        "a field of several segments is decoded once", "GET /v1/shelves/%252F", Sent("Shelf", {"text": "shelves/%2F"})
    ),
    Case(
        "a literal of a field may be encoded",
        "GET /v1/shelve%73/1",
        Sent("Shelf", {"text": "shelves/1"}),
        envoy=Refused(),
        differs=_RAW,
    ),
    Case("a field of four segments", "GET /v1/shelves/1/books/2", Sent("Book", {"text": "shelves/1/books/2"})),
    Case("a field of four segments, the last missing", "GET /v1/shelves/1/books/", Refused(404)),
    Case(
        "a field of several segments before one of one",
        "GET /v1/shelves/1/pages/2",
        Sent("Page", {"text": "shelves/1", "other_text": "2"}),
    ),
    Case(
        "each of them is decoded by its own rule",
        "GET /v1/shelves/a%2Fb/pages/c%2Fd",
        Sent("Page", {"text": "shelves/a%2Fb", "other_text": "c/d"}),
    ),
    Case("the rest may be one segment", "GET /v1/rest/x", Sent("Rest", {"text": "x"})),
    Case("the rest may be several", "GET /v1/rest/x/y/z", Sent("Rest", {"text": "x/y/z"})),
    Case("the rest may be none", "GET /v1/rest", Sent("Rest", {})),
    Case("the rest may be an empty one", "GET /v1/rest/", Sent("Rest", {})),
    Case(
        "the rest keeps its slash at the end",
        "GET /v1/rest/x/",
        Sent("Rest", {"text": "x/"}),
        envoy=Sent("Rest", {"text": "x"}),
        differs=_SLASHES,
    ),
    Case(
        "the rest of slashes keeps them",
        "GET /v1/rest//",
        Sent("Rest", {"text": "/"}),
        envoy=Sent("Rest", {}),
        differs=_SLASHES,
    ),
    Case("the rest keeps an empty segment in the middle", "GET /v1/rest/x//y", Sent("Rest", {"text": "x//y"})),
    Case("the rest keeps %2F, of one segment too", "GET /v1/rest/a%2Fb", Sent("Rest", {"text": "a%2Fb"})),
    Case("the rest keeps %2f as it is", "GET /v1/rest/a%2fb/c%20d", Sent("Rest", {"text": "a%2fb/c d"})),
    Case(
        "the rest decodes all reserved characters but the slash",
        "GET /v1/rest/%3A%2F%3F%23%5B%5D%40%21%24%26%27%28%29%2A%2B%2C%3B%3D",
        Sent("Rest", {"text": ":%2F?#[]@!$&'()*+,;="}),
    ),
    Case("the rest is decoded once", "GET /v1/rest/%252F", Sent("Rest", {"text": "%2F"})),
    Case("a colon in the rest is text", "GET /v1/rest/x:y", Sent("Rest", {"text": "x:y"})),
    Case(
        "a colon in the rest is text where others have such a verb",
        "GET /v1/rest/x:go",
        Sent("Rest", {"text": "x:go"}),
        envoy=Refused(),
        differs=_VERB,
    ),
    Case("a field with a literal and the rest", "GET /v1/files/data/x/y", Sent("File", {"text": "data/x/y"})),
    Case("a field with a literal and no rest", "GET /v1/files/data", Sent("File", {"text": "data"})),
    Case(
        "a field with a literal and an empty rest",
        "GET /v1/files/data/",
        Sent("File", {"text": "data/"}),
        envoy=Sent("File", {"text": "data"}),
        differs=_SLASHES,
    ),
    Case("a field with another literal", "GET /v1/files/other/x", Refused(404)),
    Case("a star that nobody reads", "GET /v1/unread/x/end", Sent("Unread", {})),
    Case(
        "a star takes no empty segment", "GET /v1/unread//end", Refused(404), envoy=Sent("Unread", {}), differs=_EMPTY
    ),
    Case("a star takes no two segments", "GET /v1/unread/x/y/end", Refused(404)),
    Case("a rest that nobody reads", "GET /v1/unread-rest/x/y", Sent("UnreadRest", {})),
    Case("a rest that nobody reads may be none", "GET /v1/unread-rest", Sent("UnreadRest", {})),
    Case("a field that is a literal has it for its value", "GET /v1/fixed/me", Sent("Fixed", {"text": "me"})),
    Case("a field that is a literal takes no other", "GET /v1/fixed/you", Refused(404)),
    Case(
        "a field that is a literal is decoded",
        "GET /v1/fixed/%6De",
        Sent("Fixed", {"text": "me"}),
        envoy=Refused(),
        differs=_RAW,
    ),
    Case("a member of a oneof in the path", "GET /v1/choice/x", Sent("Choice", {"left": "x"})),
    Case("another member of the same oneof is refused", "GET /v1/choice/x?right=3", Refused()),
    Case("the same member in the query is refused", "GET /v1/choice/x?left=y", Refused()),
    Case("a method with response_body is bound like any other", "GET /v1/answered/x", Sent("Answered", {"text": "x"})),
    Case("a method that streams is bound like any other", "GET /v1/watch/x", Sent("Watch", {"text": "x"})),
)
"""One request each."""
