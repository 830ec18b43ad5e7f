"""Names of parameters, nested and repeated ones, and how a query is written."""

from __future__ import annotations

from tests.conformance.cases import Case, Refused, Sent

_TWICE = "Envoy takes the last of several values, silently; one of them is not what the client meant."
_IN_PATH = "Envoy lets the query overwrite what the path says; http.proto: fields in the path are no query parameters."
_ABSENT = "Envoy sends an empty text; a form sends `name=` for what is not filled in, so here it is an absent one."
_NAMES = "Envoy decodes values, and names but for the dots in them; RFC 3986, 6.2.2.2: `%2E` is `.`."
_REPEATED = "Envoy adds an element for each parameter; http.proto: repeated messages must not be mapped to a query."
_RECURSIVE = "Envoy goes as deep as the name does; here a message type is entered once on a way, as the documents say."
_NAMELESS = "Envoy passes over a parameter without a name; a mistyped one should be told."
_WHOLE = (
    "Envoy reads the fields of a well-known type as well; ProtoJSON writes it as one text, and so do the documents."
)
_VALUE = "Envoy reads the text of a google.protobuf.Value as a string; a query cannot say which of six kinds is meant."

CASES = (
    Case("no query", "GET /v1/query", Sent("Query", {})),
    Case("an empty query", "GET /v1/query?", Sent("Query", {})),
    Case("a parameter", "GET /v1/query?text=x", Sent("Query", {"text": "x"})),
    Case("an empty parameter of a field without presence", "GET /v1/query?text=", Sent("Query", {})),
    Case("a parameter without an equals sign is empty", "GET /v1/query?text", Sent("Query", {})),
    Case(
        "an empty parameter of a field with presence",
        "GET /v1/query?maybe=",
        Sent("Query", {}),
        envoy=Sent("Query", {"maybe": ""}),
        differs=_ABSENT,
    ),
    Case(
        "an empty element",
        "GET /v1/query?texts=",
        Sent("Query", {}),
        envoy=Sent("Query", {"texts": [""]}),
        differs=_ABSENT,
    ),
    Case("a parameter without a name", "GET /v1/query?=x", Refused(), envoy=Sent("Query", {}), differs=_NAMELESS),
    Case(
        "a single parameter twice",
        "GET /v1/query?text=x&text=y",
        Refused(),
        envoy=Sent("Query", {"text": "y"}),
        differs=_TWICE,
    ),
    Case(
        "a single parameter by both its names",
        "GET /v1/query?other_text=x&otherText=y",
        Refused(),
        envoy=Sent("Query", {"other_text": "y"}),
        differs=_TWICE,
    ),
    Case(
        "a single parameter of a message twice",
        "GET /v1/query?inner.text=a&inner.text=b",
        Refused(),
        envoy=Sent("Query", {"inner": {"text": "b"}}),
        differs=_TWICE,
    ),
    Case(
        "an empty part between two ampersands",
        "GET /v1/query?text=x&&other_text=y",
        Sent("Query", {"text": "x", "other_text": "y"}),
    ),
    Case("a plus in a query is a space", "GET /v1/query?text=a+b", Sent("Query", {"text": "a b"})),
    Case(
        "a byte that is no UTF-8",
        "GET /v1/query?text=%FF",
        Refused(),
        envoy=Sent("Query", b"\n\x01\xff"),
        differs="Envoy hands on bytes that no protobuf string may hold.",
    ),
    Case("an encoded plus is a plus", "GET /v1/query?text=a%2Bb", Sent("Query", {"text": "a+b"})),
    Case("an encoded space is a space", "GET /v1/query?text=a%20b", Sent("Query", {"text": "a b"})),
    Case("UTF-8", "GET /v1/query?text=%C3%BC", Sent("Query", {"text": "ü"})),
    Case("an encoded NUL in a query is text", "GET /v1/query?text=%00", Sent("Query", {"text": "\x00"})),
    Case("the first equals sign ends the name", "GET /v1/query?text=a=b", Sent("Query", {"text": "a=b"})),
    Case("encoded separators are text", "GET /v1/query?text=a%26b%3Dc", Sent("Query", {"text": "a&b=c"})),
    Case(
        "a semicolon separates nothing", "GET /v1/query?text=a;other_text=b", Sent("Query", {"text": "a;other_text=b"})
    ),
    Case("slashes, question marks, colons are text", "GET /v1/query?text=/?:@", Sent("Query", {"text": "/?:@"})),
    Case("a malformed encoding in a query is text", "GET /v1/query?text=%zz", Sent("Query", {"text": "%zz"})),
    Case("a name may be encoded", "GET /v1/query?te%78t=x", Sent("Query", {"text": "x"})),
    Case(
        "the dot in a name may be encoded",
        "GET /v1/query?inner%2Etext=x",
        Sent("Query", {"inner": {"text": "x"}}),
        envoy=Refused(),
        differs=_NAMES,
    ),
    Case("the JSON name, made of the field's", "GET /v1/query?otherText=x", Sent("Query", {"other_text": "x"})),
    Case("the field's own name", "GET /v1/query?other_text=x", Sent("Query", {"other_text": "x"})),
    Case("the JSON name, given in the contract", "GET /v1/query?otherName=x", Sent("Query", {"renamed": "x"})),
    Case("the field's own name beside a JSON name", "GET /v1/query?renamed=x", Sent("Query", {"renamed": "x"})),
    Case("names have their case", "GET /v1/query?TEXT=x", Refused()),
    Case("an unknown name", "GET /v1/query?unknown=x", Refused()),
    Case("an unknown name in a message", "GET /v1/query?inner.unknown=x", Refused()),
    Case("a scalar has no fields", "GET /v1/query?text.x=y", Refused()),
    Case("an empty name in the middle", "GET /v1/query?inner..text=x", Refused()),
    Case("an empty name at the start", "GET /v1/query?.text=x", Refused()),
    Case("an empty name at the end", "GET /v1/query?text.=x", Refused()),
    Case("repeated", "GET /v1/query?texts=x&texts=y", Sent("Query", {"texts": ["x", "y"]})),
    Case("repeated, once", "GET /v1/query?texts=x", Sent("Query", {"texts": ["x"]})),
    Case(
        "repeated, in the order given, with others between them",
        "GET /v1/query?texts=y&text=a&texts=x",
        Sent("Query", {"text": "a", "texts": ["y", "x"]}),
    ),
    Case("a comma separates nothing", "GET /v1/query?texts=x,y", Sent("Query", {"texts": ["x,y"]})),
    Case("brackets are no list", "GET /v1/query?texts[]=x", Refused()),
    Case("brackets are no index", "GET /v1/query?texts[0]=x", Refused()),
    Case("repeated numbers", "GET /v1/query?int32_many=1&int32_many=2", Sent("Query", {"int32_many": [1, 2]})),
    Case("a wrong one of several numbers", "GET /v1/query?int32_many=1&int32_many=x", Refused()),
    Case(
        "repeated enums by name and number",
        "GET /v1/query?colors=COLOR_RED&colors=2",
        Sent("Query", {"colors": ["COLOR_RED", "COLOR_BLUE"]}),
    ),
    Case("repeated booleans", "GET /v1/query?bools=true&bools=false", Sent("Query", {"bools": [True, False]})),
    Case(
        "repeated times",
        "GET /v1/query?ats=2030-01-31T23:59:59Z&ats=2030-01-31T00:00:00Z",
        Sent("Query", {"ats": ["2030-01-31T23:59:59Z", "2030-01-31T00:00:00Z"]}),
    ),
    Case("a field of a message", "GET /v1/query?inner.text=x", Sent("Query", {"inner": {"text": "x"}})),
    Case(
        "two fields of a message",
        "GET /v1/query?inner.text=x&inner.number=2",
        Sent("Query", {"inner": {"text": "x", "number": 2}}),
    ),
    Case(
        "a repeated field of a message",
        "GET /v1/query?inner.texts=x&inner.texts=y",
        Sent("Query", {"inner": {"texts": ["x", "y"]}}),
    ),
    Case(
        "a field of a message of a message",
        "GET /v1/query?inner.deep.text=x",
        Sent("Query", {"inner": {"deep": {"text": "x"}}}),
    ),
    Case(
        "a time of a message of a message",
        "GET /v1/query?inner.deep.at=2030-01-31T23:59:59Z",
        Sent("Query", {"inner": {"deep": {"at": "2030-01-31T23:59:59Z"}}}),
    ),
    Case(
        "an enum of a message",
        "GET /v1/query?inner.color=COLOR_BLUE",
        Sent("Query", {"inner": {"color": "COLOR_BLUE"}}),
    ),
    Case("a wrong number of a message", "GET /v1/query?inner.number=x", Refused()),
    Case("a message is no text", "GET /v1/query?inner=x", Refused()),
    Case(
        "a repeated message",
        "GET /v1/query?inners.text=x",
        Refused(),
        envoy=Sent("Query", {"inners": [{"text": "x"}]}),
        differs=_REPEATED,
    ),
    Case(
        "a message within itself",
        "GET /v1/query?again.text=x",
        Refused(),
        envoy=Sent("Query", {"again": {"text": "x"}}),
        differs=_RECURSIVE,
    ),
    Case(
        "a message of a message within itself",
        "GET /v1/query?again.inner.text=x",
        Refused(),
        envoy=Sent("Query", {"again": {"inner": {"text": "x"}}}),
        differs=_RECURSIVE,
    ),
    Case("a map is no text", "GET /v1/query?labels=x", Refused()),
    Case("a key of a map", "GET /v1/query?labels.a=x", Refused()),
    Case("a key of a map in brackets", "GET /v1/query?labels[a]=x", Refused()),
    Case("optional", "GET /v1/query?maybe=x", Sent("Query", {"maybe": "x"})),
    Case("one member of a oneof", "GET /v1/query?left=x", Sent("Query", {"left": "x"})),
    Case("another member of a oneof", "GET /v1/query?right=3", Sent("Query", {"right": 3})),
    Case("two members of a oneof", "GET /v1/query?left=x&right=3", Refused()),
    Case(
        "a query beside a path",
        "GET /v1/besides/x/y?other_text=z&inner.number=3",
        Sent("Besides", {"text": "x", "other_text": "z", "inner": {"text": "y", "number": 3}}),
    ),
    Case(
        "a field of the path in the query",
        "GET /v1/besides/x/y?text=z",
        Refused(),
        envoy=Sent("Besides", {"text": "z", "inner": {"text": "y"}}),
        differs=_IN_PATH,
    ),
    Case(
        "a field of the path in the query, with the same value",
        "GET /v1/besides/x/y?text=x",
        Refused(),
        envoy=Sent("Besides", {"text": "x", "inner": {"text": "y"}}),
        differs=_IN_PATH,
    ),
    Case(
        "a field of a message of the path in the query",
        "GET /v1/besides/x/y?inner.text=z",
        Refused(),
        envoy=Sent("Besides", {"text": "x", "inner": {"text": "z"}}),
        differs=_IN_PATH,
    ),
    Case(
        "a field of a time",
        "GET /v1/query?at.seconds=5",
        Refused(),
        envoy=Sent("Query", {"at": "1970-01-01T00:00:05Z"}),
        differs=_WHOLE,
    ),
    Case(
        "a field of a duration",
        "GET /v1/query?lasts.seconds=5",
        Refused(),
        envoy=Sent("Query", {"lasts": "5s"}),
        differs=_WHOLE,
    ),
    Case(
        "a field of a field mask",
        "GET /v1/query?mask.paths=text",
        Refused(),
        envoy=Sent("Query", {"mask": "text"}),
        differs=_WHOLE,
    ),
    Case(
        "a field of a wrapper",
        "GET /v1/query?string_value.value=x",
        Refused(),
        envoy=Sent("Query", {"string_value": "x"}),
        differs=_WHOLE,
    ),
    Case("a struct is no text", "GET /v1/query?struct=x", Refused()),
    Case("a key of a struct", "GET /v1/query?struct.a=x", Refused()),
    Case(
        "a value of any kind", "GET /v1/query?value=x", Refused(), envoy=Sent("Query", {"value": "x"}), differs=_VALUE
    ),
    Case("a message of any type is no text", "GET /v1/query?any=x", Refused()),
    Case("an empty message is no text", "GET /v1/query?empty=x", Refused()),
)
"""One request each."""
