"""A client's path and query bound to a route: what goes upstream, what is kept, and what is said of mistakes."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.contract.filters import Condition, Filter, Match
from gateway.contract.requests.binding import Binder
from gateway.errors import ParametersError, WrongParameter
from tests.support.bound import Bound
from tests.support.protos import GET, SHARED, TICK, Served

SCALARS = (
    *("double", "float", "bool", "string", "int32", "int64", "uint32", "uint64", "sint32", "sint64"),
    *("fixed32", "fixed64", "sfixed32", "sfixed64"),
)
ENUMS = """
enum Kind { KIND_NONE = 0; KIND_FAST = 1; KIND_SLOW = 2; }
enum Level {
  option (gateway.sse.v1.spelling) = SPELLING_LOWER;
  LEVEL_UNSPECIFIED = 0 [(gateway.sse.v1.json) = "info"];
  LEVEL_DEBUG = 1;
  LEVEL_INFO = 2;
  LEVEL_WARN = 3;
}
"""
FIELDS = (
    *(f"{kind} {kind}_one" for kind in SCALARS),
    *("Kind kind", "Level level", "repeated Level levels", "repeated string names", "repeated int32 numbers"),
    'int32 size = 100 [(gateway.sse.v1.parameter) = {default: "10" minimum: 1 maximum: 50}]',
    "double ratio = 101 [(gateway.sse.v1.parameter) = {minimum: -0.5 maximum: 1.5}]",
    'repeated string tags = 102 [(gateway.sse.v1.parameter).default = "all"]',
    "string class = 103",
)
REQUEST = "".join(f"  {field}{'' if ' = ' in field else f' = {number}'};\n" for number, field in enumerate(FIELDS, 1))


@pytest.fixture(scope="module")
def plain() -> Served:
    """A per-client route whose parameters all go upstream."""
    return Served(request=REQUEST, more=f"{TICK}{ENUMS}")


@pytest.fixture(scope="module")
def shared() -> Served:
    """A shared route: a field that goes upstream, filters, "the last N", and a snapshot."""
    return Served(
        method=f"{GET} {SHARED}",
        request="""
            string project = 1;
            string id = 2 [(gateway.sse.v1.parameter).filter = {field: "id"}];
            repeated Level levels = 3 [(gateway.sse.v1.parameter).filter = {field: "level" match: MATCH_ANY_OF}];
            Level lowest = 4 [(gateway.sse.v1.parameter).filter = {field: "level" match: MATCH_AT_LEAST}];
            int32 initial = 5 [(gateway.sse.v1.parameter) = {last: true default: "50" minimum: 0 maximum: 500}];
        """,
        response='oneof event { Tick tick = 1 [(gateway.sse.v1.event).key_field = "id"]; }',
        more=f"message Tick {{ string id = 1; Level level = 2; }} {ENUMS}",
    )


def reasons(served: Served, *query: tuple[str, str], ignored: frozenset[str] = frozenset(), **path: str) -> Any:
    """What is said of a query that cannot be used: name and reason, in order."""
    with pytest.raises(ParametersError) as caught:
        served.route.bind(path, query, ignored)
    return [(wrong.name, wrong.reason) for wrong in caught.value.wrong]


def test_an_empty_query_takes_every_default(shared: Served) -> None:
    """Defaults are those of the contract; what has none is absent."""
    selection = shared.bind()
    assert (selection.request, selection.filter) == (b"", None)
    assert (selection.last, selection.snapshot, selection.last_event_id) == (50, True, None)


def test_a_default_goes_upstream_as_if_it_had_been_given(plain: Served) -> None:
    """The backend sees one request for "nothing said" and for the default said."""
    assert plain.sent().size == 10
    assert plain.sent().tags == ["all"]
    assert plain.bind().request == plain.bind(("size", "10"), ("tags", "all")).request


def test_what_is_given_replaces_the_default(plain: Served) -> None:
    """A default never stands beside a given value, in a repeated parameter either."""
    sent = plain.sent(("size", "7"), ("tags", "a"), ("tags", "b"))
    assert (sent.size, sent.tags) == (7, ["a", "b"])


@pytest.mark.parametrize(
    ("query", "attribute"),
    [
        pytest.param([("id", "")], "filter", id="a filter: `id=` is what a form sends for any"),
        pytest.param([("levels", ""), ("levels", "")], "filter", id="a repeated filter"),
        pytest.param([("initial", "")], "last", id="a number, which takes its default"),
        pytest.param([("snapshot", "")], "snapshot", id="a flag of the gateway's"),
        pytest.param([("last_event_id", "")], "last_event_id", id="a cursor"),
        pytest.param([("project", "")], "request", id="what goes upstream"),
    ],
)
def test_an_empty_text_is_an_absent_one(shared: Served, query: list[tuple[str, str]], attribute: str) -> None:
    """A parameter without a value is as good as none."""
    assert getattr(shared.bind(*query), attribute) == getattr(shared.bind(), attribute)


def test_an_empty_text_does_not_count_as_given_twice(shared: Served) -> None:
    """One real value beside an empty one is one value."""
    assert shared.bind(("id", ""), ("id", "x")).filter == shared.bind(("id", "x")).filter


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        pytest.param("intial", "unknown parameter; did you mean 'initial'?", id="a letter lost"),
        pytest.param("level", "unknown parameter; did you mean 'levels'?", id="the singular"),
        pytest.param("lastEventId", "unknown parameter; did you mean 'last_event_id'?", id="camel case"),
        pytest.param(
            "zzz",
            "unknown parameter; known are: project, id, levels, lowest, initial, last_event_id, snapshot",
            id="nothing like it",
        ),
        pytest.param(
            "",
            "unknown parameter; known are: project, id, levels, lowest, initial, last_event_id, snapshot",
            id="no name at all",
        ),
    ],
)
def test_an_unknown_parameter_is_refused_with_a_suggestion(shared: Served, name: str, reason: str) -> None:
    """A mistyped filter would show everything; the answer says what was probably meant."""
    assert reasons(shared, (name, "1")) == [(name, reason)]


def test_an_unknown_parameter_is_refused_even_when_it_is_empty(shared: Served) -> None:
    """`levl=` is a mistake too."""
    assert [name for name, _ in reasons(shared, ("levl", ""))] == ["levl"]


def test_an_unknown_parameter_given_twice_is_told_once(shared: Served) -> None:
    """One mistake, one line."""
    assert [name for name, _ in reasons(shared, ("zzz", "1"), ("zzz", "2"))] == ["zzz"]


def test_an_ignored_name_means_nothing_however_often_it_comes(shared: Served) -> None:
    """Cache busters and polyfills add names of their own."""
    query = [("_", "1"), ("_", "2"), ("lastEventId", "x"), ("id", "x")]
    selection = shared.route.bind({}, query, frozenset({"_", "lastEventId"}))
    assert selection == shared.bind(("id", "x"))


def test_a_parameter_given_twice_is_refused(shared: Served) -> None:
    """Which one was meant nobody can say; it is not even looked at whether they can be read."""
    assert reasons(shared, ("initial", "1"), ("initial", "x"), ("initial", "1")) == [
        ("initial", "expected once, got 3 times")
    ]


def test_the_same_text_twice_is_given_twice(shared: Served) -> None:
    """Equal texts are no excuse: the client is confused about something."""
    assert reasons(shared, ("id", "x"), ("id", "x")) == [("id", "expected once, got 2 times")]


def test_everything_that_is_wrong_is_reported_at_once(shared: Served) -> None:
    """Unknown names first, then the parameters in the order of the contract."""
    query = [("snapshot", "maybe"), ("initial", "-1"), ("levels", "info"), ("levels", "loud"), ("zzz", "1")]
    assert reasons(shared, *query) == [
        ("zzz", "unknown parameter; known are: project, id, levels, lowest, initial, last_event_id, snapshot"),
        ("levels", "expected one of debug, info, warn, got 'loud'"),
        ("initial", "expected an integer from 0 to 500, got '-1'"),
        ("snapshot", "expected true or false, got 'maybe'"),
    ]


def test_a_parameters_error_is_invalid_argument_and_names_each_parameter(shared: Served) -> None:
    """It is the client's mistake: 400, and its message reads on its own."""
    with pytest.raises(ParametersError) as caught:
        shared.bind(("initial", "x"), ("snapshot", "y"))
    assert (caught.value.grpc_code, caught.value.http_status) == ("INVALID_ARGUMENT", 400)
    assert str(caught.value) == (
        "initial: expected an integer from 0 to 500, got 'x'; snapshot: expected true or false, got 'y'"
    )


@pytest.mark.parametrize("text", ["a b", "a+b", "100%", "%20", "a&b=c", "é世😀", "\x00", "'\"", " x ", "null", "0"])
def test_a_decoded_text_goes_upstream_as_it_is(plain: Served, text: str) -> None:
    """Percent-decoding is done once, before; nothing is trimmed or decoded again."""
    assert plain.sent(("string_one", text)).string_one == text


@pytest.mark.parametrize("text", ["a b", "a+b", "100%", "%2F", "a/b", "é世😀"])
def test_a_path_parameter_goes_upstream_as_it_is(text: str) -> None:
    """A path parameter is decoded like a query parameter, slashes in it included."""
    served = Served(method='option (google.api.http) = {get: "/v1/{build}"};', request="string build = 1;")
    assert served.sent(build=text).build == text


def test_a_path_parameter_is_read_by_its_fields_type() -> None:
    """An integer in the path is an integer upstream, and something else is told by name."""
    served = Served(method='option (google.api.http) = {get: "/v1/{build}"};', request="int32 build = 1;")
    assert served.sent(build="12").build == 12
    assert [name for name, _ in reasons(served, build="x")] == ["build"]


def test_a_path_parameter_cannot_be_given_in_the_query_too() -> None:
    """The path says it already."""
    served = Served(method='option (google.api.http) = {get: "/v1/{build}"};', request="string build = 1;")
    assert reasons(served, ("build", "y"), build="x") == [("build", "expected once, got 2 times")]


def test_a_filter_may_stand_in_the_path() -> None:
    """`/v1/things/{id}/events` on a shared stream is a filter like any other."""
    served = Served(
        method=f'option (google.api.http) = {{get: "/v1/{{id}}"}}; {SHARED}',
        request='string id = 1 [(gateway.sse.v1.parameter).filter = {field: "id"}];',
    )
    selection = served.bind(id="x")
    assert (selection.request, selection.filter) == (b"", Filter((Condition(0, Match.EQUAL, frozenset({"x"})),)))


@pytest.mark.parametrize(
    ("kind", "low", "high"),
    [
        *((kind, -(2**31), 2**31 - 1) for kind in ("int32", "sint32", "sfixed32")),
        *((kind, -(2**63), 2**63 - 1) for kind in ("int64", "sint64", "sfixed64")),
        *((kind, 0, 2**32 - 1) for kind in ("uint32", "fixed32")),
        *((kind, 0, 2**64 - 1) for kind in ("uint64", "fixed64")),
    ],
)
def test_an_integer_may_be_what_its_type_can_hold(plain: Served, kind: str, low: int, high: int) -> None:
    """Both ends of the range go upstream; one beyond is refused, with the range."""
    name = f"{kind}_one"
    for number in (low, high):
        assert getattr(plain.sent((name, str(number))), name) == number
    for number in (low - 1, high + 1):
        expected = f"expected an integer from {low} to {high}, got '{number}'"
        assert reasons(plain, (name, str(number))) == [(name, expected)]


@pytest.mark.parametrize(
    "text",
    ["1.0", "1e3", "+1", " 1", "1 ", "1_000", "0x1", "--1", "-", "x", "\u0661", "1\n", "9" * 30, "true"],
)
def test_what_is_no_integer_is_refused(plain: Served, text: str) -> None:
    """Digits and a minus, ASCII: none of the other things that Python's int() reads."""
    (told,) = reasons(plain, ("int32_one", text))
    assert told == ("int32_one", f"expected an integer from -2147483648 to 2147483647, got {text!r}")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", 0.0),
        ("-1", -1.0),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        ("2.5E-1", 0.25),
        pytest.param("007", 7.0, id="leading zeros are only zeros"),
    ],
)
@pytest.mark.parametrize("kind", ["double", "float"])
def test_a_number_may_have_a_fraction_and_an_exponent(plain: Served, kind: str, text: str, number: float) -> None:
    """JSON's numbers, near enough."""
    assert getattr(plain.sent((f"{kind}_one", text)), f"{kind}_one") == number


@pytest.mark.parametrize(
    "text", ["nan", "inf", "-inf", "Infinity", ".5", "1.", "1e", "1_0", "0x1p3", " 1", "1,5", "+1"]
)
def test_what_is_no_number_is_refused(plain: Served, text: str) -> None:
    """None of the other things that Python's float() reads, NaN above all: nothing equals it."""
    assert reasons(plain, ("double_one", text)) == [("double_one", f"expected a number, got {text!r}")]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param("double_one", "1e999", id="beyond 64 bits"),
        pytest.param("float_one", "1e39", id="beyond 32 bits"),
    ],
)
def test_a_number_that_its_type_cannot_hold_is_refused(plain: Served, name: str, text: str) -> None:
    """Integers beyond their type are refused; a number must not become Infinity instead."""
    assert [told for told, _ in reasons(plain, (name, text))] == [name]


@pytest.mark.parametrize(
    ("name", "text", "fits"),
    [
        pytest.param("size", "1", True, id="the minimum itself"),
        pytest.param("size", "50", True, id="the maximum itself"),
        pytest.param("size", "0", False, id="below the minimum"),
        pytest.param("size", "51", False, id="above the maximum"),
        pytest.param("ratio", "-0.5", True, id="a minimum with a fraction"),
        pytest.param("ratio", "1.5", True, id="a maximum with a fraction"),
        pytest.param("ratio", "1.5000001", False, id="a hair above"),
        pytest.param("ratio", "-0.5000001", False, id="a hair below"),
    ],
)
def test_bounds_include_their_ends(plain: Served, name: str, text: str, fits: bool) -> None:
    """`minimum` and `maximum` are themselves allowed, as in JSON Schema."""
    if fits:
        assert getattr(plain.sent((name, text)), name) == float(text)
    else:
        expected = {"size": "an integer from 1 to 50", "ratio": "a number from -0.5 to 1.5"}[name]
        assert reasons(plain, (name, text)) == [(name, f"expected {expected}, got '{text}'")]


def test_a_float_may_be_given_as_its_bound_is_written() -> None:
    """`maximum: 0.1` allows 0.1, though the 32 bits that are sent are a hair above it."""
    served = Served(request="float n = 1 [(gateway.sse.v1.parameter).maximum = 0.1];")
    assert served.sent(("n", "0.1")) == served.request(n=0.1)


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [
        pytest.param("int32 n = 1", "an integer from -2147483648 to 2147483647", id="an integer has its type's range"),
        pytest.param(
            "int32 n = 1 [(gateway.sse.v1.parameter).minimum = 3]", "an integer from 3 to 2147483647", id="min"
        ),
        pytest.param("uint32 n = 1 [(gateway.sse.v1.parameter).maximum = 3]", "an integer from 0 to 3", id="max"),
        pytest.param("double n = 1", "a number", id="a number has no range"),
        pytest.param("double n = 1 [(gateway.sse.v1.parameter).minimum = 0]", "a number from 0", id="from"),
        pytest.param("double n = 1 [(gateway.sse.v1.parameter).maximum = 0.25]", "a number up to 0.25", id="up to"),
        pytest.param("bool n = 1", "true or false", id="a flag"),
        pytest.param("string n = 1", "text", id="text"),
    ],
)
def test_what_is_expected_reads_as_a_person_would_say_it(bounds: str, expected: str) -> None:
    """The words that stand in errors and in the documents."""
    assert Served(request=f"{bounds};").route.parameters[0].type.expected == expected


@pytest.mark.parametrize(("text", "value"), [("true", True), ("false", False)])
def test_a_flag_is_true_or_false(plain: Served, text: str, value: bool) -> None:
    """As JSON writes it."""
    assert plain.sent(("bool_one", text)).bool_one is value


@pytest.mark.parametrize("text", ["True", "TRUE", "1", "0", "yes", "on", "t", " true"])
def test_a_flag_is_nothing_else(plain: Served, text: str) -> None:
    """Half of the world's spellings of true are the other half's typing errors."""
    assert reasons(plain, ("bool_one", text)) == [("bool_one", f"expected true or false, got {text!r}")]


@pytest.mark.parametrize(
    ("name", "text", "number"),
    [
        pytest.param("kind", "KIND_SLOW", 2, id="without options, the declared name"),
        pytest.param("level", "warn", 3, id="with a spelling, as it is spelled"),
        pytest.param("level", "info", 2, id="of two values of one spelling, the one declared last"),
        pytest.param("level", "LEVEL_WARN", 3, id="with a spelling, as it is declared too, which other gateways read"),
        pytest.param("level", "LEVEL_UNSPECIFIED", 2, id="declared, and spelled like another: the one declared last"),
        pytest.param("kind", "2", 2, id="without options, by its number too, which other gateways read"),
    ],
)
def test_an_enum_is_given_as_it_is_spelled_or_declared(plain: Served, name: str, text: str, number: int) -> None:
    """Clients ask with the words they read in events, or with those of ProtoJSON."""
    assert getattr(plain.sent((name, text)), name) == number


@pytest.mark.parametrize(
    ("name", "text", "choices"),
    [
        ("kind", "SLOW", "KIND_NONE, KIND_FAST, KIND_SLOW"),
        ("kind", "3", "KIND_NONE, KIND_FAST, KIND_SLOW"),
        ("kind", "kind_slow", "KIND_NONE, KIND_FAST, KIND_SLOW"),
        ("level", "WARN", "debug, info, warn"),
        ("level", "3", "debug, info, warn"),
        ("level", "unspecified", "debug, info, warn"),
    ],
)
def test_another_word_for_an_enum_is_refused_with_all_choices(
    plain: Served, name: str, text: str, choices: str
) -> None:
    """The answer lists the spellings, each once, in the order of their numbers."""
    assert reasons(plain, (name, text)) == [(name, f"expected one of {choices}, got {text!r}")]


def test_a_repeated_parameter_keeps_its_order_and_its_repetitions(plain: Served) -> None:
    """A list upstream is the list of the query."""
    query = [("levels", "warn"), ("names", "b"), ("levels", "debug"), ("levels", "warn"), ("names", "a")]
    sent = plain.sent(*query, ("numbers", "3"), ("numbers", "-3"))
    assert (sent.levels, sent.names, sent.numbers) == ([3, 1, 3], ["b", "a"], [3, -3])


def test_a_comma_does_not_separate_values(plain: Served) -> None:
    """A list is given by repeating the name; a comma is part of the text."""
    assert plain.sent(("names", "a,b")).names == ["a,b"]


def test_one_bad_value_of_a_repeated_parameter_is_told(plain: Served) -> None:
    """The reason shows the bad one, not the good ones beside it."""
    query = [("numbers", "1"), ("numbers", "two"), ("numbers", "3")]
    assert reasons(plain, *query)[0][1].endswith("got 'two'")


def test_a_long_text_is_shown_shortened(plain: Served) -> None:
    """An error message must not become as long as a URL can be."""
    ((_, reason),) = reasons(plain, ("bool_one", "x" * 61))
    assert reason == f"expected true or false, got '{'x' * 57}…'"


def test_a_field_that_python_owns_the_name_of_is_a_parameter(plain: Served) -> None:
    """`class` goes upstream like any other."""
    assert getattr(plain.sent(("class", "x")), "class") == "x"


def test_a_text_that_no_utf_8_can_carry_is_refused(plain: Served) -> None:
    """A lone surrogate, which Python's lenient decoding can leave in a text, is the client's mistake."""
    assert [name for name, _ in reasons(plain, ("string_one", "\ud800"))] == ["string_one"]


def test_equal_wishes_are_equal_requests_in_any_order(plain: Served) -> None:
    """Clients share a call by the bytes of their requests: the order of a query must not show in them."""
    query = [("string_one", "x"), ("int64_one", "-1"), ("kind", "KIND_FAST"), ("ratio", "1")]
    assert plain.bind(*query).request == plain.bind(*reversed(query)).request


def test_filters_and_last_are_never_sent_upstream(shared: Served) -> None:
    """Clients that differ only in them share one call."""
    query = [("id", "x"), ("levels", "warn"), ("lowest", "debug"), ("initial", "7"), ("last_event_id", "e-1")]
    assert shared.bind(*query, ("snapshot", "false")).request == b""
    assert shared.sent(*query, ("project", "p")) == shared.request(project="p")


def test_the_gateways_own_parameters_are_read(shared: Served) -> None:
    """How many first, whether a snapshot, from where."""
    selection = shared.bind(("initial", "0"), ("snapshot", "false"), ("last_event_id", "e-9"))
    assert (selection.last, selection.snapshot, selection.last_event_id) == (0, False, "e-9")


def test_a_route_without_those_parameters_asks_for_nothing_first(plain: Served) -> None:
    """No `last`, no snapshot."""
    assert (plain.bind().last, plain.bind().snapshot) == (0, False)


def test_a_filter_holds_one_condition_for_each_parameter_given(shared: Served) -> None:
    """Positions are those of the route's filters, whichever of them are given."""
    assert shared.bind(("lowest", "warn"), ("levels", "info"), ("levels", "debug")).filter == Filter(
        (Condition(1, Match.ANY_OF, frozenset({1, 2})), Condition(2, Match.AT_LEAST, frozenset({3})))
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param([("levels", "warn"), ("levels", "info")], [("levels", "info"), ("levels", "warn")], id="order"),
        pytest.param([("levels", "warn"), ("levels", "warn")], [("levels", "warn")], id="repetition"),
        pytest.param([("id", "x"), ("lowest", "info")], [("lowest", "info"), ("id", "x")], id="order of names"),
    ],
)
def test_equal_filters_are_equal_values(
    shared: Served, one: list[tuple[str, str]], other: list[tuple[str, str]]
) -> None:
    """Subscribers are grouped by their filters: equal ones must meet in a dictionary."""
    first, second = shared.bind(*one).filter, shared.bind(*other).filter
    assert first == second
    assert {first: "group"}[second] == "group"


def test_different_filters_are_different_values(shared: Served) -> None:
    """Nobody gets into a group whose events are others."""
    queries = [[], [("id", "x")], [("id", "y")], [("lowest", "info")], [("levels", "info")], [("levels", "warn")]]
    assert len({shared.bind(*query).filter for query in queries}) == len(queries)


def test_the_resume_field_is_not_a_parameter_and_follows_the_request() -> None:
    """The gateway alone fills it, by bytes put behind any request."""
    served = Served(
        method=f'{GET} option (gateway.sse.v1.stream).resume_request_field = "token";',
        request="string project = 1; string token = 2;",
    )
    assert reasons(served, ("token", "x"))[0][0] == "token"
    assert served.route.resume_request is not None
    again = served.request.FromString(served.bind(("project", "p")).request + served.route.resume_request("t-1"))
    assert again == served.request(project="p", token="t-1")


def test_nobody_can_ask_for_a_negative_number_of_events() -> None:
    """Nobody wishes for the newest -1 events, whatever bounds the contract forgot."""
    served = Served(method=f"{GET} {SHARED}", request="int32 n = 1 [(gateway.sse.v1.parameter).last = true];")
    assert [name for name, _ in reasons(served, ("n", "-1"))] == ["n"]


def test_what_else_is_wrong_with_a_request_is_asked_once_everything_fits() -> None:
    """A check of the whole request sees what the backend would get, and its findings are told like any others."""
    bound = Bound("message Request { int32 a = 1; int32 b = 2; }")
    seen: list[tuple[int, int]] = []

    def check(request: Any) -> list[WrongParameter]:
        seen.append((request.a, request.b))
        return [WrongParameter("a", "expected less than b")] if request.a >= request.b else []

    bind = Binder(bound.request, bound.parameters, check=check)
    assert bound.request.FromString(bind({}, [("a", "1"), ("b", "2")]).request) == bound.request(a=1, b=2)
    with pytest.raises(ParametersError, match="a: expected less than b"):
        bind({}, [("a", "2"), ("b", "1")])
    with pytest.raises(ParametersError, match="b: expected an integer"):
        bind({}, [("a", "2"), ("b", "x")])
    assert seen == [(1, 2), (2, 1)]
