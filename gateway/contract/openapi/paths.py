"""Path templates as OpenAPI can say them: one `{name}` for each part of a path that is not fixed.

OpenAPI has no word for a parameter with slashes in it: clients percent-encode them (OAS 3.1 and 3.2, "Path
Templating"), and an encoded slash separates nothing. So a variable of several segments stands there segment by segment:
`/v1/{name=shelves/*}` is `/v1/shelves/{name_1}`, and a client that fills it in asks for the right path. Only what `**`
stands for has no equal; the description of its parameter says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import count
from typing import NamedTuple

from gateway.contract.http.paths import ONE, REST, PathTemplate, Variable

_NAMED = re.compile(r"\{[^}]*\}")


class Place(NamedTuple):
    """One parameter of a path."""

    name: str
    """What the path calls it."""
    field: str
    """The field in the request that it is the value of, or a part of, as the template writes it; empty for none."""
    within: str
    """The template of the value that it is only a part of: `shelves/*`; empty where it is the whole value."""
    rest: bool
    """True where it stands for all segments that remain."""


class ApiPath(NamedTuple):
    """A path with its parameters."""

    text: str
    """`/v1/shelves/{name_1}:list`."""
    places: tuple[Place, ...]
    """In their order."""

    @property
    def shape(self) -> str:
        """What makes two paths the same to OpenAPI, whatever their parameters are called."""
        return _NAMED.sub("{}", self.text)

    def called(self, other: ApiPath) -> ApiPath:
        """This path with the names of another one of its shape."""
        renamed = (place._replace(name=same.name) for place, same in zip(self.places, other.places, strict=True))
        return ApiPath(other.text, tuple(renamed))


def api_path(template: PathTemplate, before_rest: int = 0) -> ApiPath:
    """A template as OpenAPI says it.

    Args:
        template: the path.
        before_rest: how many single segments to put before a `**`. It fits these as well, though no longer fewer.
    """
    places: list[Place] = []
    names = _Names(each for each in template.fields if "." not in each)
    parts: list[str] = []
    for at, segment in enumerate(template.segments):
        variable = next((each for each in template.variables if _holds(each, at)), None)
        for wildcard in _spread(segment, before_rest):
            if wildcard in (ONE, REST):
                places.append(_place(template, variable, wildcard, before_rest, names))
                wildcard = f"{{{places[-1].name}}}"  # noqa: PLW2901 - a literal stays as it is
            parts.append(wildcard)
    verb = f":{template.verb}" if template.verb else ""
    return ApiPath("".join(f"/{part}" for part in parts) + verb, tuple(places))


class _Names:
    """Names for parameters, each once; a field that is not in another message is called as it is."""

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = set(taken)

    def numbered(self, stem: str) -> str:
        name = next(each for each in (f"{stem}{number}" for number in count(1)) if each not in self._taken)
        self._taken.add(name)
        return name

    def of_field(self, field: str) -> str:
        return self.own(_undotted(field)) if "." in field else field

    def own(self, name: str) -> str:
        if name in self._taken:
            return self.numbered(name)
        self._taken.add(name)
        return name


def _place(template: PathTemplate, variable: Variable | None, wildcard: str, before_rest: int, names: _Names) -> Place:
    rest = wildcard == REST
    if variable is None:
        return Place(names.own("rest") if rest else names.numbered("segment"), "", "", rest)
    segments = template.segments[variable.start : variable.stop]
    if len(segments) == 1 and not (before_rest and REST in segments):
        return Place(names.of_field(variable.field), variable.field, "", rest)
    return Place(names.numbered(f"{_undotted(variable.field)}_"), variable.field, "/".join(segments), rest)


def _undotted(field: str) -> str:
    # OpenAPI allows dots; Spectral does not see such a parameter in its path.
    return field.replace(".", "_")


def _spread(segment: str, before_rest: int) -> Iterator[str]:
    if segment == REST:
        yield from [ONE] * before_rest
    yield segment


def _holds(variable: Variable, at: int) -> bool:
    return variable.start <= at and (variable.stop is None or at < variable.stop)
