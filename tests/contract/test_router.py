"""From a request's path to its template: precedence, HTTP methods, decoding."""

from __future__ import annotations

from itertools import permutations
from time import process_time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gateway.contract.http.paths import PathTemplate, parse_template
from gateway.contract.http.router import Found, PathError, Router
from tests.support.templates import filled, templates


def router(*texts: str) -> Router[str]:
    """GET routes, each with its own text as the target; `POST /x` is one of another HTTP method."""
    split = [text.rpartition(" ") for text in texts]
    return Router((method or "GET", parse_template(path), f"{method} {path}".strip()) for method, _, path in split)


def captured(template: str, path: str) -> dict[str, str] | None:
    """What one template's variables hold for a path; None where the path does not fit it."""
    found = router(template).find("GET", path)
    return found.captures if isinstance(found, Found) else None


@pytest.mark.parametrize(
    ("template", "path", "captures"),
    [
        pytest.param("/v1/events", "/v1/events", {}, id="literals"),
        pytest.param("/v1/events", "/v1/Events", None, id="case counts"),
        pytest.param("/v1/events", "/v1", None, id="a part of a template is none"),
        pytest.param("/v1/events", "/v1/events/x", None, id="nor is more than it"),
        pytest.param("/v1/events", "v1/events", None, id="a path begins with a slash"),
        pytest.param("/events", "v1/events", None, id="what stands before its first slash is not passed over"),
        pytest.param("/v1/events", "", None, id="an empty path is no path"),
        pytest.param("/v1/events", "*", None, id="what OPTIONS may ask for is no path"),
        pytest.param("/v1/{a}", "/v1/x", {"a": "x"}, id="a field"),
        pytest.param("/v1/{a}", "/v1/", None, id="a field is not empty"),
        pytest.param("/v1/{a}/b", "/v1//b", None, id="nor is one in the middle"),
        pytest.param("/v1/{a}", "/v1/x/y", None, id="a field is one segment"),
        pytest.param("/v1/{a.b}/{c}", "/v1/x/y", {"a.b": "x", "c": "y"}, id="fields by their paths"),
        pytest.param("/v1/*/b", "/v1/x/b", {}, id="a wildcard that nobody reads"),
        pytest.param("/{a=x}/{b}", "/x/y", {"a": "x", "b": "y"}, id="a field that is always one text"),
        pytest.param("/v1/{a=x/*}", "/v1/x/y", {"a": "x/y"}, id="several segments are joined"),
        pytest.param("/v1/{a=x/*}/z", "/v1/x/y/z", {"a": "x/y"}, id="up to where the field ends"),
        pytest.param("/v1/{a=x/*}/{b}", "/v1/y/y/z", None, id="literals of a field must fit too"),
        pytest.param("/v1/{a=**}", "/v1/x/y/z", {"a": "x/y/z"}, id="the rest"),
        pytest.param("/v1/{a=**}", "/v1", {"a": ""}, id="the rest may be nothing"),
        pytest.param("/v1/{a=**}", "/v1/", {"a": ""}, id="the rest may be empty"),
        pytest.param("/v1/{a=**}", "/v1/x//y/", {"a": "x//y/"}, id="the rest keeps all its slashes"),
        pytest.param("/v1/{a=x/**}", "/v1/x", {"a": "x"}, id="a rest of nothing brings no slash"),
        pytest.param("/v1/{a=x/**}", "/v1/x/y/z", {"a": "x/y/z"}, id="the rest with what stands before it"),
        pytest.param("/{a=**}", "/", {"a": ""}, id="the rest of no path at all"),
        pytest.param("/v1/a", "/v1/a/", {}, id="a slash at the end does not count"),
        pytest.param("/v1/{a}", "/v1/x//", {"a": "x"}, id="nor do several"),
        pytest.param("/v1/a", "//v1/a", None, id="one at the start does"),
        pytest.param("/v1/{a}:go", "/v1/x:go", {"a": "x"}, id="a verb"),
        pytest.param("/v1/{a}:go", "/v1/x:run", None, id="another verb"),
        pytest.param("/v1/{a}:go", "/v1/x", None, id="no verb"),
        pytest.param("/v1/{a=**}:go", "/v1/x/go", None, id="a verb without its colon"),
        pytest.param("/v1/{a}:go", "/v1/:go", None, id="a verb of nothing"),
        pytest.param("/v1/{a}:go", "/v1/x:y:go", {"a": "x:y"}, id="the last colon begins the verb"),
        pytest.param("/v1/{a}:go", "/v1/x%3Ago", None, id="an encoded colon begins none"),
        pytest.param("/v1/{a}:go", "/v1/x:%67o", {"a": "x"}, id="a verb in another encoding"),
        pytest.param("/v1/{a}", "/v1/x:go", {"a": "x:go"}, id="a verb that nobody has is text"),
        pytest.param("/v1/{a}", "/v1/x:", {"a": "x:"}, id="so is a colon at the end"),
        pytest.param("/v1/a", "/v1/a:", None, id="a colon is no empty verb"),
        pytest.param("/v1/{a}/b:go", "/v1/x:go/b", None, id="a verb stands at the end"),
        pytest.param("/v1/{a=**}:go", "/v1/x/y:go", {"a": "x/y"}, id="a verb behind the rest"),
        pytest.param("/v1/{a=**}:go", "/v1:go", {"a": ""}, id="a verb behind a rest of nothing"),
    ],
)
def test_a_path_fits_a_template(template: str, path: str, captures: dict[str, str] | None) -> None:
    """What the variables of a fitting template hold; None where it does not fit."""
    assert captured(template, path) == captures


@pytest.mark.parametrize(
    ("template", "path", "captures"),
    [
        pytest.param("/{a}", "/x%20y", {"a": "x y"}, id="one segment is decoded"),
        pytest.param("/{a}", "/x%2Fy%2fz", {"a": "x/y/z"}, id="its slashes too"),
        pytest.param("/{a}", "/%25%32%46", {"a": "%2F"}, id="but once only"),
        pytest.param("/{a}", "/x+y", {"a": "x+y"}, id="a plus is no space in a path"),
        pytest.param("/{a}", "/%C3%BC%e2%82%ac", {"a": "ü€"}, id="UTF-8"),
        pytest.param("/{a}", "/ü", {"a": "ü"}, id="what a client forgot to encode stands for itself"),
        pytest.param("/{a}", "/%00%0A", {"a": "\0\n"}, id="control characters are text"),
        pytest.param("/{a=*}", "/x%2Fy", {"a": "x/y"}, id="one segment, with its pattern"),
        pytest.param("/{a=x}", "/%78", {"a": "x"}, id="one segment that is a literal"),
        pytest.param("/{a=**}", "/x%2Fy", {"a": "x%2Fy"}, id="the rest keeps %2F, also of one segment"),
        pytest.param("/{a=**}", "/x%2fy/%20", {"a": "x%2fy/ "}, id="and %2f as it is, and nothing else"),
        pytest.param("/{a=**}", "/%3A%3F%23%5B%5D%40", {"a": ":?#[]@"}, id="other reserved characters are decoded"),
        pytest.param("/{a=**}", "/%21%24%26%27%28%29%2A%2B%2C%3B%3D", {"a": "!$&'()*+,;="}, id="all of them"),
        pytest.param("/{a=**}", "/%252F", {"a": "%2F"}, id="an encoded percent sign is decoded"),
        pytest.param("/{a=x/*}", "/x/y%2Fz%C3%BC", {"a": "x/y%2Fzü"}, id="several segments keep %2F"),
        pytest.param("/{a=x/*}", "/%78/y", {"a": "x/y"}, id="their literals are decoded"),
        pytest.param("/~me", "/%7Eme", {}, id="a literal in another encoding"),
        pytest.param("/%7Eme", "/~me", {}, id="and the other way round"),
        pytest.param("/a%2Fb", "/a%2fb", {}, id="a literal with an encoded slash"),
        pytest.param("/a/b", "/a%2Fb", None, id="an encoded slash separates nothing"),
        pytest.param("/%2A", "/x", None, id="an encoded star is no wildcard"),
        pytest.param("/%2A%2A", "/**", {}, id="nor are two"),
        pytest.param("/{a}/..", "/x/..", {"a": "x"}, id="dots are text"),
    ],
)  # fmt: skip
def test_a_path_is_decoded(template: str, path: str, captures: dict[str, str] | None) -> None:
    """google/api/http.proto: one segment whole, several all but the slash."""
    assert captured(template, path) == captures


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        pytest.param(
            "/v1/%", "path, character 5: expected two hexadecimal digits behind '%'", id="a lone percent sign"
        ),
        pytest.param("/%4", "path, character 2: expected two hexadecimal digits behind '%'", id="one digit"),
        pytest.param(
            "/%41%+1", "path, character 5: expected two hexadecimal digits behind '%'", id="a sign is no digit"
        ),
        pytest.param("/%u0041", "path, character 2: expected two hexadecimal digits behind '%'", id="another encoding"),
        pytest.param("/%FF", "path: expected UTF-8, percent-encoded", id="no UTF-8"),
        pytest.param("/%C3/%BC", "path: expected UTF-8, percent-encoded", id="a character over two segments"),
        pytest.param("/%C0%AF", "path: expected UTF-8, percent-encoded", id="a slash in too many bytes"),
        pytest.param("/%ED%A0%80", "path: expected UTF-8, percent-encoded", id="half a surrogate pair"),
        pytest.param("/\ud800", "path: expected UTF-8, percent-encoded", id="half a pair, not encoded"),
    ],
)
def test_a_path_that_cannot_be_decoded_is_an_error(path: str, reason: str) -> None:
    """Whether or not anything is served there."""
    for routes in (router(), router("/{a=**}")):
        with pytest.raises(PathError) as caught:
            routes.find("GET", path)
        assert str(caught.value) == reason


@pytest.mark.parametrize(
    ("path", "target"),
    [
        pytest.param("/v1/a/b", "/v1/a/b", id="literals first"),
        pytest.param("/v1/a/c", "/v1/a/*", id="then a literal and a wildcard"),
        pytest.param("/v1/x/b", "/v1/*/b", id="the first segment that differs decides"),
        pytest.param("/v1/x/c", "/v1/**", id="the rest last"),
        pytest.param("/v1/a/c/d", "/v1/a/**", id="a longer way before the rest is better"),
        pytest.param("/v1/a", "/v1/a/**", id="a literal and no rest before a rest"),
        pytest.param("/v1/x", "/v1/*", id="one segment before the rest"),
        pytest.param("/v1", "/v1/**", id="the rest of nothing"),
        pytest.param("/v2", "/**", id="whatever there is"),
        pytest.param("/v1/a/b:go", "/v1/**:go", id="a verb before all that have none"),
        pytest.param("/v1/x:go", "/v1/*:go", id="among verbs the segments decide"),
        pytest.param("/v1/a/b:run", "/v1/a/*", id="a verb that is not there is text"),
        pytest.param("/v1/x/", "/v1/**", id="an empty segment is no field, but the rest"),
        pytest.param("/v1/a%2Fb", "/v1/*", id="an encoded slash does not make two of one"),
    ],
)
def test_the_better_template_wins_in_any_order_of_declaration(path: str, target: str) -> None:
    """A verb before none, then segment by segment: a literal, `*`, `**`."""
    texts = ["/v1/a/b", "/v1/a/*", "/v1/*/b", "/v1/*", "/v1/a/**", "/v1/**", "/**", "/v1/**:go", "/v1/*:go"]
    orders = [texts, texts[::-1], *(texts[at:] + texts[:at] for at in range(1, len(texts)))]
    assert {router(*order).find("GET", path).target for order in orders} == {target}  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("method", "path", "outcome"),
    [
        pytest.param("GET", "/a", "GET /a", id="the method of the request"),
        pytest.param("POST", "/a", "POST /a", id="another one at the same path"),
        pytest.param("PUT", "/a", "PUT /*", id="a better path of another method does not stand in the way"),
        pytest.param("DELETE", "/a", {"GET", "POST", "PUT"}, id="all methods of all that fits"),
        pytest.param("DELETE", "/b", {"PUT"}, id="only of what fits"),
        pytest.param("get", "/a", {"GET", "POST", "PUT"}, id="methods are told apart by case"),
        pytest.param("GET", "/a:go", {"HEAD", "PUT"}, id="a verb, or text"),
        pytest.param("GET", "/a/b", set(), id="nothing"),
        pytest.param("REPORT", "/any/x", "* /any/*", id="a template for every method"),
        pytest.param("GET", "/any/x", "GET /any/*", id="one's own before every method's"),
        pytest.param("REPORT", "/any/x:go", "* /any/*:go", id="every method, with a verb"),
    ],
)
def test_an_http_method_finds_its_own_template(method: str, path: str, outcome: str | set[str]) -> None:
    """Or else the methods that the path has, for the `Allow` of a 405."""
    routes = router("GET /a", "POST /a", "PUT /*", "HEAD /a:go", "* /any/*", "GET /any/*", "* /any/*:go")
    found = routes.find(method, path)
    assert (found.target if isinstance(found, Found) else found) == outcome


def test_precedence_is_a_total_order_of_what_fits() -> None:
    """Every pair of templates that one path fits is decided alike, whichever of the two is declared first."""
    fitting = ["/a/b:go", "/a/*:go", "/a/**:go", "/*/b:go", "/**:go", "/a/*", "/a/**", "/*/*", "/*/**", "/**"]
    for one, other in permutations(fitting, 2):
        best = min(one, other, key=fitting.index)
        assert router(one, other).find("GET", "/a/b:go").target == best, (one, other)  # type: ignore[union-attr]


@settings(deadline=None)
@given(templates(), st.data())
def test_a_path_made_from_a_template_is_found_with_what_it_was_made_of(
    made: tuple[str, PathTemplate], data: st.DataObject
) -> None:
    """Encoding by the rules for clients and decoding by those for servers gives the same values."""
    _, template = made
    path, values = data.draw(filled(template))
    assert Router([("GET", template, "here")]).find("GET", path) == Found("here", values)


@settings(deadline=None)
@given(st.lists(templates(), max_size=8), st.data())
def test_a_path_made_from_one_of_many_templates_is_found(
    made: list[tuple[str, PathTemplate]], data: st.DataObject
) -> None:
    """Others may be better, but none of them hides it from a method that only it has."""
    _, template = data.draw(templates())
    path, values = data.draw(filled(template))
    routes = Router([*(("GET", other, "other") for _, other in made), ("WATCH", template, "here")])
    assert routes.find("WATCH", path) == Found("here", values)


@settings(deadline=None)
@given(st.lists(templates(), max_size=4), st.one_of(st.text(), st.text("/ab:%2F.*", max_size=30).map("/".__add__)))
@example([], "/" * 100_000)
@example([], "/" + ":" * 100_000)
def test_any_text_is_a_path_or_a_path_error(made: list[tuple[str, PathTemplate]], path: str) -> None:
    """Nothing else leaves the router, whatever a client sends."""
    routes = Router(("GET", template, text) for text, template in made)
    try:
        found = routes.find("GET", path)
        assert isinstance(found, Found) or found == frozenset()
    except PathError:
        assert not path.isascii() or "%" in path


def test_two_thousand_templates_that_all_but_fit_are_searched_at_once() -> None:
    """Whoever sends a path that fits everything but the end gets an answer after one look at each."""
    ways = [format(number, "010b").replace("0", "/a").replace("1", "/*") for number in range(1024)]
    routes = router(*(f"{way}/z" for way in ways), *(f"{way}/**" for way in ways))
    start = process_time()
    for _ in range(10):
        assert routes.find("GET", "/a" * 9 + "/b/z").target == "/a" * 9 + "/*/z"  # type: ignore[union-attr]
        assert routes.find("POST", "/a" * 11) == frozenset({"GET"})
    assert process_time() - start < 1


def test_a_template_of_many_segments_is_no_matter() -> None:
    """Neither building nor searching recurses."""
    long = "/a" * 5000
    assert router(f"{long}/{{b}}").find("GET", f"{long}/x") == Found(f"{long}/{{b}}", {"b": "x"})


def test_a_thousand_routes_are_searched_as_fast_as_a_few() -> None:
    """A lookup goes down the path's own segments."""
    texts = [f"/v1/service{number}/{{name}}/events" for number in range(1000)]
    routes = router(*texts)
    assert [routes.find("GET", text.format(name=f"n{at}")) for at, text in enumerate(texts)] == [
        Found(text, {"name": f"n{at}"}) for at, text in enumerate(texts)
    ]
