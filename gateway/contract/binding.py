"""A client's path and query bound to a route: the upstream request, the filter, what it wants first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from google.protobuf.message import Message

from gateway.contract.filters import Condition, Filter
from gateway.contract.parameters import LAST_EVENT_ID, SNAPSHOT, Parameter
from gateway.errors import ParametersError, WrongParameter


@dataclass(frozen=True)
class Selection:
    """What one client asks of a route."""

    request: bytes
    """The upstream request, serialised deterministically: clients with equal ones can share a call."""
    filter: Filter | None
    """Which events it sees; None for all."""
    last: int
    """How many of the newest events it wants first."""
    snapshot: bool
    """True where it wants the newest event of each key first."""
    last_event_id: str | None
    """The cursor given in the query."""


class Binder:
    """Binds the parameters of one route.

    Args:
        request: the class of the upstream request.
        parameters: the route's parameters, in the order of its filters.
    """

    def __init__(self, request: type[Message], parameters: Iterable[Parameter]) -> None:
        self._request = request
        self._parameters = {parameter.name: parameter for parameter in parameters}
        self._filters = tuple(each for each in self._parameters.values() if each.filter)
        self._last = next((each.name for each in self._parameters.values() if each.last), "")

    def __call__(
        self, path: Mapping[str, str], query: Sequence[tuple[str, str]], ignored: frozenset[str] = frozenset()
    ) -> Selection:
        """Binds one client's path parameters and query.

        Args:
            path: the text of each path parameter, percent-decoded.
            query: names and texts in the order given, percent-decoded.
            ignored: names that the query may hold and that mean nothing.

        Raises:
            ParametersError: naming each parameter that is unknown, wrong, or given too often.
        """
        given: dict[str, list[str]] = {name: [text] for name, text in path.items()}
        for name, text in query:
            if name not in ignored:
                given.setdefault(name, []).append(text)
        values, wrong = self._read(given)
        if wrong:
            raise ParametersError(wrong)
        return Selection(
            self._serialise(values),
            self._filter(values),
            values.get(self._last, [0])[0],
            values.get(SNAPSHOT.name, [False])[0],
            values.get(LAST_EVENT_ID.name, [None])[0],
        )

    def _read(self, given: Mapping[str, list[str]]) -> tuple[dict[str, list[Any]], list[WrongParameter]]:
        values: dict[str, list[Any]] = {}
        wrong = [WrongParameter(name, self._unknown(name)) for name in given if name not in self._parameters]
        for name, parameter in self._parameters.items():
            # `owner_id=` is what a form sends for "any": an empty text is an absent one.
            texts = [text for text in given.get(name, ()) if text]
            if not texts and parameter.default is not None:
                texts = [parameter.default]
            if len(texts) > 1 and not parameter.repeated:
                wrong.append(WrongParameter(name, f"expected once, got {len(texts)} times"))
            elif texts:
                try:
                    values[name] = [parameter.type(text) for text in texts]
                except ValueError as error:
                    wrong.append(WrongParameter(name, str(error)))
        return values, wrong

    def _unknown(self, name: str) -> str:
        close = get_close_matches(name, self._parameters, 1)
        known = ", ".join(self._parameters) or "none"
        return f"unknown parameter; did you mean {close[0]!r}?" if close else f"unknown parameter; known are: {known}"

    def _serialise(self, values: Mapping[str, list[Any]]) -> bytes:
        request = self._request()
        for parameter in self._parameters.values():
            if parameter.upstream and parameter.name in values:
                _assign(request, parameter, values[parameter.name])
        return request.SerializeToString(deterministic=True)

    def _filter(self, values: Mapping[str, list[Any]]) -> Filter | None:
        conditions = tuple(
            Condition(position, parameter.filter.match, frozenset(values[parameter.name]))
            for position, parameter in enumerate(self._filters)
            if parameter.filter and parameter.name in values
        )
        return Filter(conditions) if conditions else None


def _assign(request: Any, parameter: Parameter, values: list[Any]) -> None:
    if parameter.repeated:
        getattr(request, parameter.name).extend(values)
    else:
        setattr(request, parameter.name, values[0])
