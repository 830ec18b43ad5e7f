"""Random path templates, and paths that fit them."""

from __future__ import annotations

from urllib.parse import quote, unquote

from hypothesis import strategies as st

from gateway.contract.http.paths import ONE, REST, PathTemplate, Variable

_NAME = st.from_regex(r"[a-z_][a-z0-9_]{0,4}(\.[a-z]{1,3}){0,2}", fullmatch=True)
_LITERAL = st.one_of(st.sampled_from(["v1", "a", "b", "%7Ex", "%2F"]), st.text("ab.-~!@=%ü/:*", min_size=1).map(quote))
_SEGMENT = st.one_of(st.just(ONE), _LITERAL.map(lambda text: text.replace("/", "%2F")))
_TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@st.composite
def templates(draw: st.DrawFn) -> tuple[str, PathTemplate]:
    """A template's text, and what it must be read as."""
    parts = draw(st.lists(st.tuples(st.none() | _NAME, st.lists(_SEGMENT, min_size=1, max_size=3)), max_size=4))
    rest = draw(st.sampled_from(["", REST, "{the.rest=**}"])) if parts else REST
    texts: list[str] = []
    segments: list[str] = []
    variables: dict[str, Variable] = {}
    for name, own in parts:
        field = None if name in variables else name
        if field:
            variables[field] = Variable(field, len(segments), len(segments) + len(own), len(own) == 1)
        texts.append(_written(draw, field, own))
        segments += own
    if rest:
        texts.append(rest)
        if rest != REST:
            variables["the.rest"] = Variable("the.rest", len(segments), None, False)
        segments.append(REST)
    verb = draw(st.just("") | _LITERAL.map(lambda text: text.replace("/", "%2F")))
    text = "/" + "/".join(texts) + (f":{verb}" if verb else "")
    return text, PathTemplate(text, tuple(segments), tuple(variables.values()), verb)


def _written(draw: st.DrawFn, field: str | None, segments: list[str]) -> str:
    if not field:
        return "/".join(segments)
    short = segments == [ONE] and draw(st.booleans())
    return f"{{{field}}}" if short else f"{{{field}={'/'.join(segments)}}}"


@st.composite
def filled(draw: st.DrawFn, template: PathTemplate) -> tuple[str, dict[str, str]]:
    """A path as a client makes it of a template, everything encoded that may be, and what each variable must hold."""
    texts = [[text] for text in map(unquote, template.segments)]
    for at, segment in enumerate(template.segments):
        if segment in (ONE, REST):
            texts[at] = draw(
                st.lists(_TEXT, max_size=4) if segment == REST else st.lists(_TEXT.filter(bool), min_size=1, max_size=1)
            )
    path = "/" + "/".join(quote(text, safe="") for part in texts for text in part)
    verb = f":{template.verb}" if template.verb else ""
    return path + verb, {each.field: _value(each, texts[each.start : each.stop]) for each in template.variables}


def _value(variable: Variable, texts: list[list[str]]) -> str:
    if variable.single:
        return texts[0][0]
    return "/".join(text.replace("/", "%2F") for part in texts for text in part)
