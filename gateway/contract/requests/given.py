"""What a client gives in path and query, sorted by parameter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import islice
from typing import Any

from gateway.contract.requests.fields import FieldNames, FieldPath
from gateway.contract.requests.parameters import Parameter

_SHOWN = 20
_LONGEST = 100


@dataclass(frozen=True)
class Given:
    """What a client gives."""

    texts: dict[str, list[str]] = field(default_factory=dict)
    """By the parameter's name, its texts that are not empty."""
    unknown: list[str] = field(default_factory=list)
    """Names that no parameter has, each once; of many, the first ones."""
    spelled: dict[str, str] = field(default_factory=dict)
    """By the parameter's name, how the client wrote the name first."""

    def written(self, name: str) -> str:
        """A parameter's name as the client wrote it."""
        return self.spelled.get(name, name)


class ParameterNames:
    """Finds the parameters of a route by what clients call them: the parts of a name may be proto names or JSON names.

    Args:
        request: the message that holds the parameters' fields.
        parameters: of the route.
    """

    def __init__(self, request: Any, parameters: Iterable[Parameter]) -> None:
        self._request = request
        self._fields = FieldNames()
        known = [each for each in parameters if not each.in_body]
        self._names = {each.name: None for each in known}
        self._by_way: dict[FieldPath, str] = {each.field_path: each.name for each in known if each.field_path}

    def sort(self, path: Mapping[str, str], query: Sequence[tuple[str, str]], ignored: frozenset[str]) -> Given:
        """What is given, by parameter.

        Args:
            path: texts by the names that the path has.
            query: names and texts in the order given.
            ignored: names in the query that mean nothing.
        """
        given = Given()
        unknown: dict[str, None] = {}
        for name, text in (*path.items(), *((name, text) for name, text in query if name not in ignored)):
            parameter = self._find(name)
            if parameter is None:
                unknown[name] = None
            # `owner_id=` is what a form sends for "any": an empty text is an absent one.
            elif text:
                given.texts.setdefault(parameter, []).append(text)
                given.spelled.setdefault(parameter, name)
        given.unknown.extend(islice(unknown, _SHOWN))
        return given

    def unknown(self, name: str) -> str:
        """What is said of a name that no parameter has."""
        close = get_close_matches(name, self._names, 1) if len(name) <= _LONGEST else []
        known = self._shown()
        return f"unknown parameter; did you mean {close[0]!r}?" if close else f"unknown parameter; known are: {known}"

    def _shown(self) -> str:
        shown = ", ".join(list(self._names)[:_SHOWN]) or "none"
        return shown + ", …" * (len(self._names) > _SHOWN)

    def _find(self, name: str) -> str | None:
        if name in self._names:
            return name
        way = self._fields.find(self._request, name)
        return self._by_way.get(way) if way else None
