"""Path templates: google.api.http's grammar, and what is said of a text that does not follow it."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gateway.contract.http.paths import PathTemplate, TemplateError, Variable, parse_template
from tests.support.templates import templates


@pytest.mark.parametrize(
    ("text", "segments", "fields", "verb"),
    [
        pytest.param("/events", ("events",), (), "", id="one literal"),
        pytest.param("/api/v1/events", ("api", "v1", "events"), (), "", id="several literals"),
        pytest.param("/v1/{build}", ("v1", "*"), ("build",), "", id="a field is one segment"),
        pytest.param("/{a}/b/{c_1}", ("*", "b", "*"), ("a", "c_1"), "", id="fields in their order"),
        pytest.param("/{_x9}", ("*",), ("_x9",), "", id="a field with a digit and an underscore"),
        pytest.param("/{a.b.c}", ("*",), ("a.b.c",), "", id="a field of a field"),
        pytest.param("/{a}/{a.b}", ("*", "*"), ("a", "a.b"), "", id="two paths that begin alike are two fields"),
        pytest.param("/{A.bC}", ("*",), ("A.bC",), "", id="names may have capitals"),
        pytest.param("/v1/*/b", ("v1", "*", "b"), (), "", id="a wildcard that nobody reads"),
        pytest.param("/v1/**", ("v1", "**"), (), "", id="the rest, which nobody reads"),
        pytest.param("/**", ("**",), (), "", id="every path"),
        pytest.param("/{a=*}", ("*",), ("a",), "", id="the pattern that a field has without one"),
        pytest.param("/{a=**}", ("**",), ("a",), "", id="the rest"),
        pytest.param("/{a=b}", ("b",), ("a",), "", id="a field that is always one text"),
        pytest.param("/v1/{a=x/*/y/**}", ("v1", "x", "*", "y", "**"), ("a",), "", id="a field of several segments"),
        pytest.param("/{a=x/*}/{b}", ("x", "*", "*"), ("a", "b"), "", id="a field behind one of several segments"),
        pytest.param("/v1/a:watch", ("v1", "a"), (), "watch", id="a verb behind a literal"),
        pytest.param("/v1/{a}:watch", ("v1", "*"), ("a",), "watch", id="a verb behind a field"),
        pytest.param("/v1/*:watch", ("v1", "*"), (), "watch", id="a verb behind a wildcard"),
        pytest.param("/v1/{a=**}:watch", ("v1", "**"), ("a",), "watch", id="only a verb may follow the rest"),
        pytest.param("/a:%77", ("a",), (), "%77", id="an encoded verb"),
        pytest.param(
            "/a.b-c_d~e!$&'()+,;=@/%7Ex", ("a.b-c_d~e!$&'()+,;=@", "%7Ex"), (), "", id="a segment's characters"
        ),
        pytest.param("/%C3%BC/%3A", ("%C3%BC", "%3A"), (), "", id="other characters, encoded"),
    ],
)
def test_a_template_knows_its_segments_fields_and_verb(
    text: str, segments: tuple[str, ...], fields: tuple[str, ...], verb: str
) -> None:
    """The grammar of google/api/http.proto, rule by rule."""
    template = parse_template(text)
    assert (template.text, template.segments, template.fields, template.verb) == (text, segments, fields, verb)


@pytest.mark.parametrize(
    ("text", "variables"),
    [
        pytest.param("/v1/{a}", (Variable("a", 1, 2, True),), id="one segment"),
        pytest.param("/{a=x}", (Variable("a", 0, 1, True),), id="a literal is one segment"),
        pytest.param("/{a=**}", (Variable("a", 0, None, False),), id="the rest is several, however many come"),
        pytest.param("/{a=x/*}/y", (Variable("a", 0, 2, False),), id="several segments"),
        pytest.param("/{a=x/**}", (Variable("a", 0, None, False),), id="several, and the rest"),
        pytest.param(
            "/{a=x/*}/y/{b}/{c=**}:z",
            (Variable("a", 0, 2, False), Variable("b", 3, 4, True), Variable("c", 4, None, False)),
            id="literals between them count",
        ),
    ],
)
def test_a_variable_knows_which_segments_are_its_value(text: str, variables: tuple[Variable, ...]) -> None:
    """From the first to the one behind the last; open where `**` takes all that remain."""
    assert parse_template(text).variables == variables


SEGMENT = "expected a literal, '{field}', '*' or '**'"
PART = "expected a literal, '*' or '**'"
NAME = "expected the name of a field"
BEHIND = "expected '/', ':' or the end"
BEHIND_REST = "expected ':' or the end"
BEHIND_FIELD = "expected '=' or '}'"
HEX = "expected two hexadecimal digits behind '%'"


@pytest.mark.parametrize(
    ("text", "character", "reason"),
    [
        pytest.param("", 1, "expected '/'", id="empty"),
        pytest.param("v1", 1, "expected '/'", id="no slash at the start"),
        pytest.param("{a}", 1, "expected '/'", id="a field without a slash"),
        pytest.param("/", 2, SEGMENT, id="no segment"),
        pytest.param("/v1/", 5, SEGMENT, id="a slash at the end"),
        pytest.param("/v1//b", 5, SEGMENT, id="an empty segment"),
        pytest.param("/v1/ü", 5, SEGMENT, id="a letter that must be percent-encoded"),
        pytest.param("/:watch", 2, SEGMENT, id="a verb of no segment"),
        pytest.param("/v1/***", 7, BEHIND_REST, id="three stars"),
        pytest.param("/v1/**/b", 7, BEHIND_REST, id="a segment behind the rest"),
        pytest.param("/v1/{a=**}/b", 11, BEHIND_REST, id="a segment behind a field with the rest"),
        pytest.param("/v1/{a=**/b}", 10, "expected '}'", id="a segment behind the rest, within a field"),
        pytest.param("/v1/*b", 6, BEHIND, id="text behind a wildcard"),
        pytest.param("/v1/b*", 6, BEHIND, id="a wildcard behind text"),
        pytest.param("/v1/{}", 6, NAME, id="no name"),
        pytest.param("/v1/{=a}", 6, NAME, id="a pattern without a name"),
        pytest.param("/v1/{1a}", 6, NAME, id="a name that starts with a digit"),
        pytest.param("/v1/{ a}", 6, NAME, id="a space in the braces"),
        pytest.param("/v1/{.a}", 6, NAME, id="a path without its first name"),
        pytest.param("/v1/{a.}", 7, BEHIND_FIELD, id="a path without its last name"),
        pytest.param("/v1/{a..b}", 7, BEHIND_FIELD, id="a path without a name in the middle"),
        pytest.param("/v1/{a-b}", 7, BEHIND_FIELD, id="a character that names do not have"),
        pytest.param("/v1/{a", 7, BEHIND_FIELD, id="an open brace"),
        pytest.param("/v1/{a=", 8, PART, id="an open pattern"),
        pytest.param("/v1/{a=}", 8, PART, id="an empty pattern"),
        pytest.param("/v1/{a=/b}", 8, PART, id="a slash at the start of a pattern"),
        pytest.param("/v1/{a=b/}", 10, PART, id="a slash at the end of a pattern"),
        pytest.param("/v1/{a=b", 9, "expected '/' or '}'", id="a pattern that does not end"),
        pytest.param("/v1/{a={b}}", 8, PART, id="a field within a field"),
        pytest.param("/v1/{a=x/{b}}", 10, PART, id="a field within a field of several segments"),
        pytest.param("/v1/{a=b:watch}", 9, "expected '/' or '}'", id="a verb within a field"),
        pytest.param("/v1/a}", 6, BEHIND, id="a closing brace"),
        pytest.param("/v1/{a}b", 8, BEHIND, id="text behind a field"),
        pytest.param("/v1/a{b}", 6, BEHIND, id="text before a field"),
        pytest.param("/v1/{a}{b}", 8, BEHIND, id="two fields in one segment"),
        pytest.param("/v1/a:", 7, "expected a literal", id="a verb without a name"),
        pytest.param("/v1/a:{b}", 7, "expected a literal", id="a verb that is a field"),
        pytest.param("/v1/a:*", 7, "expected a literal", id="a verb that is a wildcard"),
        pytest.param("/v1/a:b:c", 8, "expected the end", id="two verbs"),
        pytest.param("/v1/a:b/c", 8, "expected the end", id="a verb that is not at the end"),
        pytest.param("/v1/a b", 6, BEHIND, id="a space"),
        pytest.param("/v1/a?b=c", 6, BEHIND, id="a query"),
        pytest.param("/v1/a#b", 6, BEHIND, id="a fragment"),
        pytest.param("/v1/a\n", 6, BEHIND, id="a line break"),
        pytest.param("/v1/a%", 6, HEX, id="a lone percent sign"),
        pytest.param("/v1/a%4", 6, HEX, id="one hexadecimal digit"),
        pytest.param("/v1/a%41%4x", 9, HEX, id="a digit that is not hexadecimal"),
        pytest.param("/v1/%FF", 5, "expected UTF-8, percent-encoded", id="an encoded byte that is no UTF-8"),
        pytest.param("/v1/{a}/{a}", 10, "field 'a' stands in the path twice", id="a field twice"),
        pytest.param("/{a.b}/{a.b=**}", 9, "field 'a.b' stands in the path twice", id="a field of a field twice"),
    ],
)
def test_a_mistake_in_a_template_is_told_with_its_character(text: str, character: int, reason: str) -> None:
    """The text, the 1-based character where reading it stopped making sense, and what was expected there."""
    with pytest.raises(TemplateError) as caught:
        parse_template(text)
    assert str(caught.value) == f"path {text!r}, character {character}: {reason}"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        pytest.param("/v1/{a}", "/v1/{b}", True, id="the names of fields do not tell requests apart"),
        pytest.param("/v1/{a}", "/v1/*", True, id="nor whether anybody reads a segment"),
        pytest.param("/{a=x/*}/{b}", "/x/{c=*/*}", True, id="nor which segments are one value"),
        pytest.param("/v1/{a=**}", "/v1/**", True, id="nor who reads the rest"),
        pytest.param("/v1/%7ea", "/v1/~a", True, id="nor how a literal is encoded"),
        pytest.param("/v1/a:%77", "/v1/a:w", True, id="nor how a verb is encoded"),
        pytest.param("/v1/{a}", "/v1/a", False, id="a literal is no field"),
        pytest.param("/v1/{a=b}", "/v1/b", True, id="but a field may be a literal"),
        pytest.param("/v1/*", "/v1/**", False, id="one segment is not the rest"),
        pytest.param("/v1/a", "/v1/A", False, id="case counts"),
        pytest.param("/v1/a", "/v1/a:b", False, id="a verb counts"),
        pytest.param("/v1/a:b", "/v1/a%3Ab", False, id="an encoded colon begins no verb"),
        pytest.param("/v1/a%2Fb", "/v1/a/b", False, id="an encoded slash separates nothing"),
        pytest.param("/{a}/{b}", "/{b}/{a}", True, id="nor do the places of names"),
        pytest.param("/{a}/x", "/x/{a}", False, id="where the field stands counts"),
    ],
)
def test_two_templates_have_one_shape_where_one_request_fits_both(one: str, other: str, same: bool) -> None:
    """The shape is what two routes of one HTTP method may not share."""
    assert (parse_template(one).shape == parse_template(other).shape) is same


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        pytest.param("/readyz", "/readyz", id="literals"),
        pytest.param("/openapi-3.2.json", "/openapi-3.2.json", id="characters that need no encoding"),
        pytest.param("/page/{name}", "/page/{}", id="a field"),
        pytest.param("/{a=x/*}/{b=**}:v", "/x/{}/**:v", id="patterns"),
        pytest.param("/%C3%bc/a%2fb", "/%C3%BC/a%2Fb", id="encoded characters"),
    ],
)
def test_a_shape_is_written_as_a_path_with_empty_braces(text: str, shape: str) -> None:
    """Paths that a contract may not have are given so."""
    assert parse_template(text).shape == shape


@settings(deadline=None)
@given(templates())
def test_a_generated_template_is_read_as_it_was_written(made: tuple[str, PathTemplate]) -> None:
    """Whatever the grammar makes is taken apart again."""
    text, template = made
    assert parse_template(text) == template


@settings(deadline=None)
@given(st.one_of(st.text(), st.text("/*{}=.:%aB1_-", max_size=24).map("/".__add__)))
@example("/" + "a/" * 5000 + "a")
@example("/" + "{" * 5000)
@example("/\ud800")
def test_any_text_is_a_template_or_a_template_error(text: str) -> None:
    """Nothing else leaves the parser, and what is read is all of the text."""
    try:
        template = parse_template(text)
    except TemplateError:
        return
    assert "/" + "/".join(template.segments) == _without_fields(text)


def _without_fields(text: str) -> str:
    plain = re.sub(r"\{[\w.]+\}", "*", text)
    return re.sub(r"\{[\w.]+=([^}]*)\}", r"\1", plain).partition(":")[0]
