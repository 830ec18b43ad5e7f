"""Rules of `buf.validate` refuse what protovalidate's own library refuses, at the same places."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import product
from math import inf, nan
from typing import Any

import jsonschema_rs
import pytest
from google.protobuf.json_format import ParseDict
from hypothesis import given, settings
from hypothesis import strategies as st

import gateway.contract.validation.constraints as constraints_module
from gateway.contract.descriptors import message_class
from gateway.contract.validation.constraints import MOST_WRONG, Constraints, compile_constraints
from gateway.contract.validation.formats import FORMATS
from gateway.contract.validation.keywords import narrowed
from gateway.errors import ContractError
from tests.support.rules import reference, ruled

INTEGERS = ("int32", "int64", "uint32", "uint64", "sint32", "sint64", "fixed32", "fixed64", "sfixed32", "sfixed64")
LOWER, UPPER = ("gt: 1", "gte: 1", "gt: 5", "gte: 5", ""), ("lt: 5", "lte: 5", "lt: 1", "lte: 1", "")
EMPTY = {("gt: 1", "lt: 1"), ("gte: 1", "lt: 1"), ("gt: 1", "lte: 1"), ("", "")}
EMPTY |= {(low.replace("1", "5"), high.replace("1", "5")) for low, high in EMPTY}
RANGES = [f"{low} {high}" for low, high in product(LOWER, UPPER) if (low, high) not in EMPTY]
NUMBERS = [*RANGES, "const: 5", "in: [1, 5]", "not_in: [1, 5]"]
LENGTHS = ("len: 2", "min_len: 2", "max_len: 2", "min_len: 1 max_len: 3")
PARTS = ("prefix", "suffix", "contains")
HEADERS = [
    f"well_known_regex: KNOWN_REGEX_HTTP_HEADER_{name} {strict}"
    for name in ("NAME", "VALUE")
    for strict in ("", "strict: false")
]
SAME = (
    'const: "ab"',
    'in: ["ab", "x.y"]',
    'not_in: ["ab"]',
    'pattern: "^a+$"',
    *LENGTHS,
    *(f'{part}: "a"' for part in PARTS),
)
STRINGS = [
    *SAME,
    "len_bytes: 3",
    "min_bytes: 3",
    "max_bytes: 3",
    'pattern: "(?i)^AB"',
    'not_contains: "a"',
    *HEADERS,
    *(f"{name}: true" for name in FORMATS),
    "email: false",
]
TEXTS = [
    "", "a", "ab", "Ab", "aaa", "é", "aé", "b\n", "x.y", "x.y.", "-a.b", "a\0b", "1.2.3.4", "01.2.3.4", "1.2.3.0/24",
    "1.2.3.4/24", "1.2.3.0/33", "::1", "::1%en0", "::1%", "1::2::3", "2001:db8::/32", "2001:db8::1/32", "a@b.c", "a@-b",
    "http://[::1%25en0]:8/",
    "http://%ff/", "mailto:x", "//a/b", "./a?x#y", "http://a b", "host:80", "host:080", "[::1]:80", "[::1]", "X-Name",
    ":path",
    "123e4567-e89b-12d3-a456-426614174000",
    "123e4567e89b12d3a456426614174000", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "a.b_c", ".a.b",
    "http://[V1.a]/", "foo.1",
]  # fmt: skip
BYTES = [*SAME, *(f"{name}: true" for name in ("ip", "ipv4", "ipv6", "uuid"))]
KINDS: list[tuple[str, str, list[str], list[Any]]] = [
    *((kind, kind, NUMBERS, [0, 1, 2, 5, 6]) for kind in INTEGERS),
    *(
        (kind, kind, [*NUMBERS, "finite: true"], [0.0, -0.0, 1.0, 2.0, 5.0, 6.0, inf, -inf, nan])
        for kind in ("float", "double")
    ),
    ("bool", "bool", ["const: true", "const: false"], [False, True]),
    ("string", "string", STRINGS, TEXTS),
    ("bytes", "bytes", BYTES, [b"", b"a", b"ab", b"aaa", b"x.y", b"1234", b"1" * 16]),
    ("E", "enum", ["const: 1", "defined_only: true", "in: [1, 2]", "not_in: [1]"], [0, 1, 2, 3]),
]
IGNORES = ("", "ignore: IGNORE_IF_ZERO_VALUE", "ignore: IGNORE_ALWAYS")
HOW = (*IGNORES, "required: true", "required: true ignore: IGNORE_IF_ZERO_VALUE")
WRAPPED = {
    "int32": "Int32", "int64": "Int64", "uint32": "UInt32", "uint64": "UInt64", "float": "Float", "double": "Double",
    "bool": "Bool", "string": "String", "bytes": "Bytes",
}  # fmt: skip
ENUM = "enum E { Z = 0; A = 1; B = 2; }"
NOW = 1_700_000_000


def one(source: str, **options: Any) -> tuple[Constraints, type[Any]]:
    """The constraints and the class of a message M."""
    descriptors = ruled(source)
    message = descriptors.pool.FindMessageTypeByName("test.M")
    return compile_constraints(descriptors, message, **options), message_class(message)


def wrong(source: str, **values: Any) -> list[tuple[str, str]]:
    """What is said of a message M with values."""
    constraints, made = one(source)
    return [(each.name, each.reason) for each in constraints.check(made(**values))]


def field(declaration: str, rules: str) -> str:
    """A message M with one field that has rules."""
    return f"message M {{ {declaration} = 1 [(buf.validate.field) = {{ {rules} }}]; }}"


def placements(kind: str, type_: str, rules: list[str], values: list[Any]) -> Iterator[tuple[str, str, list[Any]]]:
    """Declarations of a field `f`, their rules, and the values that each is given one after another."""
    for rule, how in product(rules, HOW):
        text = f"{type_} {{ {rule} }} {how}"
        yield f"{kind} f", text, values
        yield f"optional {kind} f", text, values
        if kind in WRAPPED:
            yield f"google.protobuf.{WRAPPED[kind]}Value f", text, [{"value": each} for each in values]
    for rule, how in product(rules, IGNORES):
        text = f"{type_} {{ {rule} }} {how}"
        yield f"repeated {kind} f", f"repeated {{ items {{ {text} }} }}", [values]
        held = dict(zip("abcdefghi", values, strict=False))
        yield f"map<string, {kind}> f", f"map {{ values {{ {text} }} }}", [held]
        if kind in (*INTEGERS, "bool", "string"):
            yield f"map<{kind}, bool> f", f"map {{ keys {{ {text} }} }}", [dict.fromkeys(values, True)]


@pytest.mark.parametrize(("kind", "type_", "rules", "values"), KINDS, ids=[each[0] for each in KINDS])
def test_every_rule_refuses_what_the_reference_refuses(
    kind: str, type_: str, rules: list[str], values: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Alone, optional, listed, mapped and wrapped; with every `ignore` and `required`; zero, unset and set."""
    monkeypatch.setattr(constraints_module, "MOST_WRONG", 10_000)
    fields = list(placements(kind, type_, rules, values))
    lines = (field(each, text).replace("M", f"M{at}", 1) for at, (each, text, _) in enumerate(fields))
    descriptors = ruled("\n".join((ENUM, *lines)))
    for at, (declaration, text, given_values) in enumerate(fields):
        message = descriptors.pool.FindMessageTypeByName(f"test.M{at}")
        constraints, made = compile_constraints(descriptors, message), message_class(message)
        for value in (made(), *(made(f=each) for each in given_values)):
            found = {each.name for each in constraints.check(value)}
            assert found == set(reference(value)), (declaration, text, value)


TIMED = (
    *(f"{rule} {{ seconds: 5 }}" for rule in ("const", "lt", "lte", "gt")),
    "gte { seconds: 5 nanos: 1 }",
    "gt { seconds: 5 } lt { seconds: 1 }",
    "gte { seconds: 1 } lte { seconds: 5 }",
)
NOWS = ("lt_now: true", "gt_now: true", "within { seconds: 9999 }")
LISTED = ("in { seconds: 5 }", "not_in { seconds: 5 }")
MASKS = ('const { paths: "a" }', 'in: ["a", "b.c"]', 'not_in: ["a"]')
OTHERS = [
    *(("google.protobuf.Timestamp", "timestamp", rule, "seconds") for rule in (*TIMED, *NOWS)),
    *(("google.protobuf.Duration", "duration", rule, "seconds") for rule in (*TIMED, *LISTED)),
    *(("google.protobuf.Any", "any", f'{rule}: ["x/a.B"]', "type_url") for rule in ("in", "not_in")),
    *(("google.protobuf.FieldMask", "field_mask", rule, "paths") for rule in MASKS),
]
POOLS: dict[str, list[Any]] = {
    "seconds": [0, 1, 3, 5, 6, 4_000_000_000],
    "type_url": ["", "x/a.B", "y"],
    "paths": [[], ["a"], ["a.b"], ["b.c.d", "a"], ["ab"]],
}


@pytest.mark.parametrize(("kind", "type_", "rule", "attribute"), OTHERS)
def test_rules_of_well_known_types_refuse_what_the_reference_refuses(
    kind: str, type_: str, rule: str, attribute: str
) -> None:
    """Timestamps and durations compare by their nanoseconds, an Any by its type, a mask by its paths."""
    for how in HOW:
        constraints, made = one(field(f"{kind} f", f"{type_} {{ {rule} }} {how}"))
        for value in (made(), *(made(f={attribute: each}) for each in POOLS[attribute])):
            assert [each.name for each in constraints.check(value)] == reference(value), (how, value)


PIECES = (
    *("a", "b.c", "1", "255", "::", ":", "/", "//", "%", "%41", "%ff", "%25", "[", "]", "@", "?", "#", ".", "-"),
    *("http://", "v1.", "::1", "1.2.3.4", "/24", "/64", "fe80", "%en0", "é", " ", "\n", "\0", ":80"),
    "f" * 8,
    "a" * 60,
)


@lru_cache(maxsize=1)
def formats() -> tuple[Constraints, type[Any]]:
    """A message with a field of each form."""
    lines = (
        f"string {name} = {at + 1} [(buf.validate.field).string.{name} = true];" for at, name in enumerate(FORMATS)
    )
    return one(f"message M {{ {' '.join(lines)} }}")


@settings(max_examples=500, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=8).map("".join) | st.text(st.characters(exclude_categories=["Cs"])))
def test_every_text_has_the_forms_that_the_reference_sees(text: str) -> None:
    """Random texts, most made of pieces of addresses."""
    constraints, made = formats()
    message = made(**dict.fromkeys(FORMATS, text))
    assert {each.name for each in constraints.check(message)} == set(reference(message))


LISTS = ("min_items: 2", "max_items: 1", "unique: true", "min_items: 1 max_items: 2")


@pytest.mark.parametrize(("rule", "how"), list(product(LISTS, HOW)))
def test_lists_are_counted_as_the_reference_counts(rule: str, how: str) -> None:
    """Empty, single, equal, different; NaN differs from itself, 0.0 not from -0.0."""
    constraints, made = one(field("repeated double f", f"repeated {{ {rule} }} {how}"))
    for items in ([], [1.0], [1.0, 1.0], [nan, nan], [0.0, -0.0], [1.0, 2.0, 3.0]):
        message = made(f=items)
        assert {each.name for each in constraints.check(message)} == set(reference(message))


INNER = """message In {
  string s = 1 [(buf.validate.field).string.min_len = 2];
  In in = 2;
  optional int32 r = 3 [(buf.validate.field).required = true];
}
"""
DEEP = [{}, {"s": "x"}, {"s": "xx", "r": 0}, {"in": {"in": {"s": "x"}}}]
LIST_HOW = (*IGNORES, *(f"repeated {{ items {{ {how} }} }}" for how in IGNORES))
MAP_HOW = (*IGNORES, *(f"map {{ values {{ {how} }} }}" for how in IGNORES))
HELD = [
    *(("In f", each, how) for each in DEEP for how in IGNORES),
    *(("repeated In f", DEEP, how) for how in LIST_HOW),
    *(("map<int32, In> f", dict(enumerate(DEEP)), how) for how in MAP_HOW),
]


@pytest.mark.parametrize(("declaration", "value", "how"), HELD)
def test_held_messages_are_checked_as_the_reference_checks(declaration: str, value: Any, how: str) -> None:
    """A recursive message alone, in a list and in a map; one that is not set is not checked."""
    constraints, made = one(INNER + field(declaration, how))
    given_value = {str(key): each for key, each in value.items()} if declaration.startswith("map") else value
    for message in (made(), ParseDict({"f": given_value}, made())):
        assert {each.name for each in constraints.check(message)} == set(reference(message))


CHOICES = """message M {
  option (buf.validate.message).oneof = { fields: ["a", "b", "c"] REQUIRED };
  string a = 1 [(buf.validate.field).string.min_len = 2];
  optional int32 b = 2 [(buf.validate.field).int32.gt = 2];
  repeated string c = 3 [(buf.validate.field).repeated.min_items = 2];
  oneof d { option (buf.validate.oneof).required = true; string e = 4; int32 f = 5; }
}"""
GIVEN: list[dict[str, Any]] = [
    *({}, {"a": "x"}, {"a": "xx"}, {"b": 0}, {"b": 0, "a": "xx"}, {"c": ["x"]}),
    *({"c": ["x", "y"], "b": 3}, {"e": ""}, {"f": 0, "a": "xx"}),
]


@pytest.mark.parametrize(("values", "required"), list(product(GIVEN, ("", "required: true"))))
def test_choices_refuse_what_the_reference_refuses(values: dict[str, Any], required: str) -> None:
    """As many violations; their names differ, for ours name a field that a client can give."""
    constraints, made = one(CHOICES.replace("REQUIRED", required))
    message = made(**values)
    assert len(constraints.check(message)) == len(reference(message))


def test_reasons_say_what_was_expected_and_what_came() -> None:
    """The voice is that of parameters which cannot be read."""
    text = """message M {
      string a = 1 [(buf.validate.field).string = { min_len: 3, in: ["abc", "d"] }];
      E b = 2 [(buf.validate.field).enum.in = 1];
      optional int32 c = 3 [(buf.validate.field).required = true];
      map<string, float> d = 4 [(buf.validate.field).map.values.float.lte = 0.1];
      repeated bytes e = 5 [(buf.validate.field).repeated = { max_items: 1, items { bytes { len: 1 } } }];
    }"""
    assert wrong(ENUM + text, a="ab", d={"k": 0.5}, e=[b"", b"a"]) == [
        ("a", "expected one of 'abc', 'd', got 'ab'"),
        ("a", "expected at least 3 characters, got 'ab'"),
        ("b", "expected one of A, got Z"),
        ("c", "required"),
        ('d["k"]', "expected at most 0.1, got 0.5"),
        ("e", "expected at most 1 item, got 2"),
        ("e[0]", "expected 1 byte, got '' (0 bytes)"),
    ]


def test_names_are_those_of_the_json() -> None:
    """With camel names a wrong parameter has its camel name, at every step."""
    source = (
        "message In { string a_b = 1 [(buf.validate.field).string.min_len = 1]; } message M { repeated In c_d = 1; }"
    )
    descriptors = ruled(source, "camel")
    message = descriptors.pool.FindMessageTypeByName("test.M")
    found = compile_constraints(descriptors, message).check(message_class(message)(c_d=[{}]))
    assert [each.name for each in found] == ["cD[0].aB"]


@pytest.mark.parametrize(
    ("rule", "before", "at", "after"),
    [("lt_now", True, True, False), ("gt_now", False, True, True), ("within { seconds: 1 }", False, True, False)],
)
def test_now_is_what_the_clock_says(rule: str, before: bool, at: bool, after: bool) -> None:
    """Two seconds before the clock, at it, and two seconds after; now itself is allowed by each rule."""
    text = rule if "{" in rule else f"{rule}: true"
    constraints, made = one(field("google.protobuf.Timestamp f", f"timestamp {{ {text} }}"), now=lambda: NOW * 10**9)
    held = [not constraints.check(made(f={"seconds": NOW + off})) for off in (-2, 0, 2)]
    assert held == [before, at, after]


def test_a_pattern_that_ruins_other_engines_is_matched_in_linear_time() -> None:
    """A backtracking engine would not end on it within the life of the sun."""
    assert wrong(field("string f", 'string { pattern: "^(a+)+$" }'), f="a" * 100_000 + "b")[0][0] == "f"


def test_bytes_that_are_no_text_do_not_match_a_pattern() -> None:
    """The reference gives up on them with an error; a client is told what was expected."""
    source = field("bytes f", 'bytes { pattern: "" }')
    assert wrong(source, f=b"\xff") == [("f", "expected UTF-8 that matches , got '/w==' (1 byte)")]


def test_wrong_parameters_are_named_up_to_a_number() -> None:
    """A small body cannot ask for a large answer."""
    source = field("repeated string f", "repeated { items { string { min_len: 1 } } }")
    assert len(wrong(source, f=[""] * 1000)) == MOST_WRONG


def test_a_message_without_rules_costs_nothing() -> None:
    """The constraints of a message and of all below it are false where there are no rules."""
    assert not one("message In { In in = 1; } message M { In f = 1; }")[0]
    assert one("message In { string s = 1 [(buf.validate.field).required = true]; } message M { In f = 1; }")[0]


def test_expressions_are_left_to_the_backend_and_counted() -> None:
    """CEL on a message, on a field and on items loads, checks nothing, and is counted."""
    cel = 'cel: { id: "x", expression: "false" }'
    rules = f"{cel} repeated {{ items {{ {cel} }} }}"
    own = "option (buf.validate.message).cel = { id: 'y', expression: 'false' };"
    source = f"message M {{ {own} repeated string f = 1 [(buf.validate.field) = {{ {rules} }}]; }}"
    constraints, made = one(source)
    assert constraints.unchecked == 3
    assert constraints.check(made(f=["x"])) == []


BROKEN = [
    ("string f", "int32 { gt: 1 }", "rules of int32 do not fit a field of type string"),
    ("repeated string f", "string { min_len: 1 }", "rules of string do not fit a field of type repeated string"),
    ("string f", "repeated { min_items: 1 }", "rules of repeated do not fit a field of type string"),
    ("map<string, bool> f", "map { keys { int32 { gt: 1 } } }", "rules of int32 do not fit a field of type string"),
    (
        "google.protobuf.Duration f",
        "timestamp { lt_now: true }",
        "rules of timestamp do not fit a field of type google.protobuf.Duration",
    ),
    ("string f", 'string { pattern: "a(?=b)" }', "pattern 'a(?=b)' is not of RE2's syntax: invalid perl operator: (?="),
    ("string f", "string { min_len: 3 max_len: 2 }", "min_len 3 is above max_len 2"),
    ("repeated string f", "repeated { min_items: 3 max_items: 2 }", "min_items 3 is above max_items 2"),
    ("int32 f", "int32 { gt: 5 lt: 5 }", "no value meets both gt 5 and lt 5"),
    ("double f", "double { lt: nan }", "lt is NaN, which nothing compares with"),
    ("int32 f", "int32 { const: 5 lt: 5 }", "the rules contradict each other: no value meets all of them"),
]


@pytest.mark.parametrize(("declaration", "rules", "reason"), BROKEN, ids=[each[1] for each in BROKEN])
def test_rules_that_cannot_be_checked_are_found_at_start(declaration: str, rules: str, reason: str) -> None:
    """The problem has the field's place and what is wrong."""
    with pytest.raises(ContractError) as caught:
        one(field(declaration, rules))
    (problem,) = caught.value.problems
    assert (problem.element, problem.reason) == ("test.M.f", reason)
    assert problem.file == "test.proto"
    assert problem.line > 0


def test_a_choice_of_a_field_that_is_none_is_found_at_start() -> None:
    """The problem is the message's."""
    with pytest.raises(ContractError, match=r"test\.M: oneof: test\.M has no field 'b'"):
        one("message M { option (buf.validate.message).oneof = { fields: ['a', 'b'] }; string a = 1; }")


SCHEMAS: list[tuple[str, str, dict[str, Any]]] = [
    ("int32 f", "int32 { gte: 1 lt: 5 }", {"minimum": 1, "exclusiveMaximum": 5}),
    ("int32 f", "int32 { gt: 5 lt: 1 }", {"anyOf": [{"exclusiveMaximum": 1}, {"exclusiveMinimum": 5}]}),
    ("int64 f", "int64 { in: [1, 2] }", {"enum": ["1", "2"]}),
    ("int64 f", "int64 { gt: 1 }", {}),
    ("float f", "float { lte: 0.1 finite: true }", {"maximum": 0.1, "type": "number"}),
    ("string f", "string { min_len: 1 max_len: 3 email: true }", {"minLength": 1, "maxLength": 3, "format": "email"}),
    ("string f", 'string { prefix: "a." pattern: "b$" }', {"pattern": "^a\\.", "allOf": [{"pattern": "b$"}]}),
    ("string f", 'string { pattern: "(?i)a" }', {}),
    ("string f", 'string { min_len: 2 } ignore: IGNORE_IF_ZERO_VALUE', {"anyOf": [{"const": ""}, {"minLength": 2}]}),
    ("string f", "required: true", {"minLength": 1}),
    ("bool f", "required: true", {"not": {"const": False}}),
    ("bytes f", "bytes { min_len: 4 max_len: 4 }", {"minLength": 6, "maxLength": 8}),
    ("E f", "enum { not_in: [0] defined_only: true }", {"not": {"enum": ["Z"]}, "enum": ["Z", "A", "B"]}),
    ("repeated string f", "repeated { min_items: 1 unique: true items { string { len: 2 } } }",
     {"minItems": 1, "uniqueItems": True, "items": {"minLength": 2, "maxLength": 2}}),
    ("map<string, int32> f", "map { max_pairs: 2 keys { string { min_len: 1 } } values { int32 { gt: 0 } } }",
     {"maxProperties": 2, "propertyNames": {"minLength": 1}, "additionalProperties": {"exclusiveMinimum": 0}}),
    ("string f", "string { uuid: true } ignore: IGNORE_ALWAYS", {}),
]  # fmt: skip


@pytest.mark.parametrize(("declaration", "rules", "schema"), SCHEMAS)
def test_rules_are_json_schema(declaration: str, rules: str, schema: dict[str, Any]) -> None:
    """The keywords of a body; each schema is one."""
    constraints, _ = one(ENUM + field(declaration, rules))
    assert constraints.schema(("f",), body=True) == schema
    assert jsonschema_rs.meta.is_valid(schema)


def test_what_a_schema_cannot_say_is_noted() -> None:
    """A bound of an integer that is a text in a body is a number's as a parameter."""
    constraints, _ = one(field("int64 f", "int64 { gt: 1 }"))
    assert (constraints.schema(("f",)), constraints.notes(("f",))) == ({"exclusiveMinimum": 1}, [])
    assert constraints.notes(("f",), body=True) == ["expected more than 1"]
    constraints, _ = one(field("google.protobuf.Timestamp f", "timestamp { lt_now: true }"))
    assert constraints.notes(("f",)) == ["expected a time not after now"]


@pytest.mark.parametrize(
    ("declaration", "rules", "required"),
    [
        pytest.param("string f", "required: true", True, id="it says so"),
        pytest.param("string f", "string { min_len: 1 }", True, id="an absent text is an empty one, which is refused"),
        pytest.param("string f", "string { max_len: 1 }", False, id="an empty text is allowed"),
        pytest.param("optional string f", "string { min_len: 1 }", False, id="presence is told apart from emptiness"),
        pytest.param("string f", "string { min_len: 1 } ignore: IGNORE_IF_ZERO_VALUE", False, id="empty is ignored"),
        pytest.param("string f", "required: true ignore: IGNORE_ALWAYS", False, id="all is ignored"),
        pytest.param("repeated string f", "repeated { min_items: 1 }", True, id="an absent list is an empty one"),
    ],
)
def test_a_field_is_required_where_a_message_without_it_is_refused(
    declaration: str, rules: str, required: bool
) -> None:
    """What the document says is what an empty message gets."""
    constraints, made = one(field(declaration, rules))
    assert constraints.required(("f",)) is required
    assert bool(constraints.check(made())) is required


def test_a_path_is_required_where_each_of_its_steps_is() -> None:
    """`f.s` can be left out together with f; asked for by its descriptor it is what f itself needs."""
    constraints, made = one(INNER + "message M { In f = 1; In g = 2 [(buf.validate.field).required = true]; }")
    assert not constraints.required(("f", "s"))
    assert constraints.required(("g", "s"))
    assert constraints.required(made.DESCRIPTOR.fields_by_name["f"].message_type.fields_by_name["s"])


NARROWINGS = [
    pytest.param({"minimum": 1}, {"minimum": 3}, {"minimum": 3}, id="the higher minimum"),
    pytest.param({"maxLength": 1}, {"maxLength": 3}, {"maxLength": 1}, id="the lower maximum"),
    pytest.param({"enum": ["a", "b"]}, {"enum": ["b", "c"]}, {"enum": ["b"]}, id="what is in both lists"),
    pytest.param(
        {"items": {"type": "string"}},
        {"items": {"minLength": 1}},
        {"items": {"type": "string", "minLength": 1}},
        id="items",
    ),
    pytest.param({"pattern": "a"}, {"pattern": "b"}, {"pattern": "a", "allOf": [{"pattern": "b"}]}, id="both patterns"),
]


@pytest.mark.parametrize(("schema", "keywords", "narrow"), NARROWINGS)
def test_a_narrowed_schema_allows_what_both_allow(
    schema: dict[str, Any], keywords: dict[str, Any], narrow: dict[str, Any]
) -> None:
    """Keywords are joined where they can be."""
    assert narrowed(schema, keywords) == narrow
