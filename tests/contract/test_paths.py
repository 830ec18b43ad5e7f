"""Path templates: what is served of google.api.http's grammar, and what is said of the rest."""

from __future__ import annotations

import pytest

from gateway.contract.paths import PathTemplate, TemplateError, parse_template


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        pytest.param("/events", (), id="one literal"),
        pytest.param("/api/v1/progress/events", (), id="several literals"),
        pytest.param("/v1/{build}", ("build",), id="a field at the end"),
        pytest.param("/{tenant}/builds/{build_id}/events", ("tenant", "build_id"), id="fields in their order"),
        pytest.param("/{_x9}", ("_x9",), id="a field with a digit and an underscore"),
        pytest.param("/a.b-c_d~e!$&'()+,;=@/%7Ex", (), id="every character that a segment may have"),
    ],
)
def test_a_template_knows_its_fields_in_order(text: str, fields: tuple[str, ...]) -> None:
    """Literals and `{field}`, each one segment long."""
    assert parse_template(text) == PathTemplate(text, fields)


WILDCARD = "wildcards and '{field=…}' are not served; expected a literal or '{field}'"
SEGMENT = "expected a literal or '{field}'"
SLASH = "expected '/'"


@pytest.mark.parametrize(
    ("text", "character", "reason"),
    [
        pytest.param("", 1, SLASH, id="empty"),
        pytest.param("v1", 1, SLASH, id="no slash at the start"),
        pytest.param("{a}", 1, SLASH, id="a field without a slash"),
        pytest.param("/", 2, SEGMENT, id="no segment"),
        pytest.param("/v1/", 5, SEGMENT, id="a slash at the end"),
        pytest.param("/v1//b", 5, SEGMENT, id="an empty segment"),
        pytest.param("/v1/ü", 5, SEGMENT, id="a letter that must be percent-encoded"),
        pytest.param("/v1/*", 5, WILDCARD, id="one wildcard"),
        pytest.param("/v1/**", 5, WILDCARD, id="a wildcard of many segments"),
        pytest.param("/v1/{a=*}", 5, WILDCARD, id="a field with a pattern"),
        pytest.param("/v1/{a=x/*}/b", 5, WILDCARD, id="a field with a pattern of several segments"),
        pytest.param("/v1/{a.b}", 5, WILDCARD, id="a field of a field"),
        pytest.param("/v1/{}", 5, WILDCARD, id="no field name"),
        pytest.param("/v1/{1a}", 5, WILDCARD, id="a name that starts with a digit"),
        pytest.param("/v1/{ a}", 5, WILDCARD, id="a space in the braces"),
        pytest.param("/v1/{a", 5, WILDCARD, id="an open brace"),
        pytest.param("/v1/a}", 6, SLASH, id="a closing brace"),
        pytest.param("/v1/{a}b", 8, SLASH, id="text behind a field"),
        pytest.param("/v1/a{b}", 6, SLASH, id="text before a field"),
        pytest.param("/v1/{a}{b}", 8, SLASH, id="two fields in one segment"),
        pytest.param("/v1/a:watch", 6, SLASH, id="a verb"),
        pytest.param("/v1/a b", 6, SLASH, id="a space"),
        pytest.param("/v1/a?b=c", 6, SLASH, id="a query"),
        pytest.param("/v1/a#b", 6, SLASH, id="a fragment"),
        pytest.param("/v1/a\n", 6, SLASH, id="a line break"),
        pytest.param(
            "/v1/{a}/{a}",
            9,
            "field 'a' stands in the path twice",
            id="a field twice",
        ),
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
        pytest.param("/v1/{a}", "/v1/a", False, id="a literal is no field"),
        pytest.param("/v1/a", "/v1/A", False, id="case counts"),
        pytest.param("/{a}/{b}", "/{b}/{a}", True, id="nor do their places"),
        pytest.param("/{a}/x", "/x/{a}", False, id="where the field stands counts"),
    ],
)
def test_two_templates_have_one_shape_where_one_request_fits_both(one: str, other: str, same: bool) -> None:
    """The shape is what two routes may not share."""
    assert (parse_template(one).shape == parse_template(other).shape) is same
