"""A client's path, query and body bound to a route: the upstream request, the filter, what it wants first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from google.protobuf.message import DecodeError, Message

from gateway.contract.filters import Condition, Filter
from gateway.contract.requests.assigning import RequiredFields, assign, take
from gateway.contract.requests.bodies import Body
from gateway.contract.requests.given import Given, ParameterNames
from gateway.contract.requests.parameters import LAST_EVENT_ID, SNAPSHOT, Parameter
from gateway.errors import ParametersError, WrongParameter

Values = dict[str, list[Any]]
"""By parameter, the values that are given or its default."""


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
    """Binds the requests of one route.

    Args:
        request: the class of the upstream request.
        parameters: the route's parameters, in the order of its filters.
        body: what the HTTP body fills; None where the route has none.
        check: what else is wrong with a request whose parameters are fine.
    """

    def __init__(
        self,
        request: type[Message],
        parameters: Iterable[Parameter],
        body: Body | None = None,
        check: Callable[[Any], Sequence[WrongParameter]] | None = None,
    ) -> None:
        self._request = request
        self._parameters = {parameter.name: parameter for parameter in parameters}
        self._body = body
        self._check = check
        self._names = ParameterNames(request.DESCRIPTOR, self._parameters.values())
        self._required = RequiredFields(self._parameters.values())
        self._filters = tuple(each for each in self._parameters.values() if each.filter)
        self._last = next((each.name for each in self._parameters.values() if each.last), "")

    def __call__(
        self,
        path: Mapping[str, str],
        query: Sequence[tuple[str, str]],
        ignored: frozenset[str] = frozenset(),
        body: tuple[str, bytes] | None = None,
    ) -> Selection:
        """Binds one client's path parameters, query and body.

        What the path says replaces what the body says of the same field.

        Args:
            path: the text of each path parameter, percent-decoded.
            query: names and texts in the order given, percent-decoded.
            ignored: names that the query may hold and that mean nothing.
            body: its Content-Type and its bytes; looked at only where the route has a body.

        Raises:
            ParametersError: naming each parameter that is unknown, wrong, missing, or given too often, and each place
                in the body that is wrong.
        """
        given = self._names.sort(path, query, ignored)
        wrong = [WrongParameter(name, self._names.unknown(name)) for name in given.unknown]
        values, request = self._read(given, wrong), self._request()
        filled = self._read_body(request, values, body, wrong)
        self._assign(request, values, given, wrong)
        wrong += self._required.missing({*given.texts, *values}, filled)
        if wrong:
            raise ParametersError(wrong)
        return Selection(
            self._serialised(request, values),
            self._filter(values),
            values.get(self._last, [0])[0],
            values.get(SNAPSHOT.name, [False])[0],
            values.get(LAST_EVENT_ID.name, [None])[0],
        )

    def _read(self, given: Given, wrong: list[WrongParameter]) -> Values:
        values: Values = {}
        for name, parameter in self._parameters.items():
            texts = given.texts.get(name, [])
            if len(texts) > 1 and not parameter.repeated:
                wrong.append(WrongParameter(given.written(name), f"expected once, got {len(texts)} times"))
            elif texts:
                try:
                    values[name] = [parameter.type(text) for text in texts]
                except ValueError as error:
                    wrong.append(WrongParameter(given.written(name), str(error)))
        return values

    def _read_body(
        self, request: Any, values: Values, body: tuple[str, bytes] | None, wrong: list[WrongParameter]
    ) -> frozenset[str]:
        """The fields of the request that the body gives; what is not the backend's to see is taken out of it."""
        if self._body is None:
            return frozenset()
        try:
            filled = self._body.read(*(body or ("", b"")), request)
        except ParametersError as error:
            wrong += error.wrong
            return frozenset()
        for parameter in self._parameters.values():
            if parameter.in_body and parameter.field_path[0].name in filled:
                try:
                    if taken := take(request, parameter):
                        values[parameter.name] = taken
                except ValueError as error:
                    wrong.append(WrongParameter(self._body.place(parameter.field_path[0]), str(error)))
        return filled

    def _assign(self, request: Any, values: Values, given: Given, wrong: list[WrongParameter]) -> None:
        upstream = [each for each in self._parameters.values() if each.upstream]
        for parameter in upstream:
            name = parameter.name
            # What the body gives is in the request already.
            other = assign(request, parameter, values[name]) if name in values and name in given.texts else ""
            if other:
                reason = f"cannot be given together with {other!r}: a request holds one of them"
                wrong.append(WrongParameter(given.written(name), reason))
        for name, parameter in self._parameters.items():
            if parameter.default is None or name in given.texts or name in values:
                continue
            default = [parameter.type(parameter.default)]
            # Where another member of its oneof is given, a default is not what stands for an absent value.
            if not (parameter.upstream and assign(request, parameter, default)):
                values[name] = default

    def _whole(self, request: Any, values: Values) -> Any:
        """The request with what the gateway keeps to itself: rules hold for filters as well."""
        whole = self._request()
        whole.CopyFrom(request)
        for name, parameter in self._parameters.items():
            if name in values and parameter.field_path and not parameter.upstream:
                assign(whole, parameter, values[name])
        return whole

    def _serialised(self, request: Any, values: Values) -> bytes:
        if missing := request.FindInitializationErrors():
            raise ParametersError([WrongParameter(each, "required") for each in missing])
        if wrong := self._check(self._whole(request, values)) if self._check else ():
            raise ParametersError(wrong)
        data: bytes = request.SerializeToString(deterministic=True)
        if self._body:
            self._refuse_deep(data)
        return data

    def _refuse_deep(self, data: bytes) -> None:
        """Refuses what protobuf writes and does not read: a backend would have to answer for it."""
        try:
            self._request.FromString(data)
        except DecodeError:
            raise ParametersError([WrongParameter("body", "expected less deeply nested messages")]) from None

    def _filter(self, values: Mapping[str, list[Any]]) -> Filter | None:
        conditions = tuple(
            Condition(position, parameter.filter.match, frozenset(values[parameter.name]))
            for position, parameter in enumerate(self._filters)
            if parameter.filter and parameter.name in values
        )
        return Filter(conditions) if conditions else None
