"""Fields of a request as parameters of a path or query."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from math import ceil, floor, inf
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from gateway.contract.descriptors import Descriptors
from gateway.contract.filters import Match
from gateway.contract.gathering import Gathering
from gateway.contract.http.rules import WHOLE
from gateway.contract.messages.compiler import MessageCompiler
from gateway.contract.messages.examples import Examples, is_map
from gateway.contract.requests.fields import FieldNames, FieldPath, in_order, reachable, wrong_path_field
from gateway.contract.requests.parsing import (
    ANY_TEXT,
    BOOLEAN,
    INTEGER_RANGE,
    NUMBERS,
    TextType,
    enum_type,
    scalar_type,
)
from gateway.contract.requests.text_messages import message_type
from gateway.errors import ContractError

OPTION = "gateway.sse.v1.parameter"


@dataclass(frozen=True)
class FilterOn:
    """What a filter looks at."""

    field: str
    """The field of the events' messages."""
    match: Match


@dataclass(frozen=True)
class Parameter:
    """One parameter of a route."""

    name: str
    """Its name in the query: the names of the fields on the way to its own, as JSON has them, joined by dots. In the
    path, what the path calls it."""
    type: TextType
    """How its text is read."""
    description: str
    """The comment of the request field."""
    examples: tuple[Any, ...] = ()
    """Values that the comment gives as examples, as JSON."""
    repeated: bool = False
    """True where it may be given more than once."""
    default: str | None = None
    """The text that stands for an absent one."""
    filter: FilterOn | None = None
    """Set: matched in the gateway and never sent upstream."""
    last: bool = False
    """True where it asks for the newest N events of the history."""
    own: bool = False
    """True where it is the gateway's own and no field of the request."""
    in_path: bool = False
    """True where it stands in the path."""
    in_body: bool = False
    """True where the body gives it: no parameter for a client, its options hold for what the body says."""
    required_depths: tuple[int, ...] = ()
    """Which fields on the way to its own the contract requires (`google.api.field_behavior`, or proto2), from 1."""
    field_path: FieldPath = field(default=(), repr=False, compare=False)
    """The way to its field from the request's own; empty where it is the gateway's own."""

    @property
    def required(self) -> bool:
        """True where every request must have it."""
        return bool(self.field_path) and len(self.required_depths) == len(self.field_path) and self.default is None

    @property
    def upstream(self) -> bool:
        """True where the value belongs in the upstream request."""
        return not (self.filter or self.last or self.own)


LAST_EVENT_ID = Parameter(
    "last_event_id", ANY_TEXT, "Continue after this event; the Last-Event-ID header of a first connection.", own=True
)
SNAPSHOT = Parameter(
    "snapshot",
    BOOLEAN,
    "Send the newest event of each key that is not yet over before live ones.",
    default="true",
    own=True,
)


def compile_parameters(
    descriptors: Descriptors,
    messages: MessageCompiler,
    request: Descriptor,
    *,
    in_path: Sequence[str] = (),
    body: str = "",
    without: Collection[str] = (),
) -> tuple[Parameter, ...]:
    """The parameters of one HTTP binding of a method, in the order of the request's fields.

    A field that no query can carry (a map, a repeated message, `Any`, `Struct`, …) is none. Of the fields that the
    body fills, those are that carry options of ours: they hold there too.

    Args:
        descriptors: of the contract.
        messages: of the contract.
        request: the method's request.
        in_path: the dotted paths of the fields that stand in the path; those that cannot are passed over
            (`gateway.contract.requests.fields.wrong_path_field` says why).
        body: the field that the body fills, `*` for all that are not in the path, or empty.
        without: names of fields that the gateway fills.

    Raises:
        ContractError: options of ours do not fit their field.
    """
    names = FieldNames()
    placed = {names.find(request, name): name for name in in_path if not wrong_path_field(request, name)}
    filled = {field.name for field in request.fields if body == WHOLE or field is names.of(request).get(body)}
    ways = set(reachable(request, {*without, *filled})) | {way for way in placed if way}
    optioned = {way[:depth] for way in ways for depth in range(1, len(way))} | {(field,) for field in request.fields}
    ways |= {way for way in optioned if way[0].name not in without and descriptors.option(way[-1], OPTION)}
    gathering = Gathering()
    found = []
    for way in in_order(ways):
        name = placed.get(way) or ".".join(descriptors.key(field) for field in way)
        in_body = way[0].name in filled and way not in placed
        found.append(gathering.run(_parameter, descriptors, messages, way, name, way in placed, in_body))
    gathering.check()
    return tuple(each for each in found if each)


def _parameter(
    descriptors: Descriptors, messages: MessageCompiler, way: FieldPath, name: str, in_path: bool, in_body: bool
) -> Parameter | None:
    field = way[-1]
    carried = descriptors.option(field, OPTION)
    options = carried or _NoOptions
    low = options.minimum if options.HasField("minimum") else -inf
    high = options.maximum if options.HasField("maximum") else inf
    if options.last and field.type in NUMBERS:
        low = max(low, 0)
    kind = _text_type(messages, field, low, high)
    if kind is None and not carried:
        return None
    reason = _wrong_type(field, kind, low, high) or _wrong_options(way, options, kind)
    if reason or kind is None:
        raise ContractError([descriptors.problem(field, reason, OPTION)])
    description, examples = Examples(descriptors).described(field, messages.spelling)
    return Parameter(
        name=name,
        type=kind,
        description=description,
        examples=tuple(examples or ()),
        repeated=field.is_repeated,
        default=options.default if options.HasField("default") else None,
        filter=_filter(options),
        last=options.last,
        in_path=in_path,
        in_body=in_body,
        required_depths=tuple(depth for depth, each in enumerate(way, 1) if descriptors.required(each)),
        field_path=way,
    )


def _text_type(messages: MessageCompiler, field: FieldDescriptor, low: float, high: float) -> TextType | None:
    if field.enum_type is not None:
        return enum_type(field.enum_type, messages.spelling(field.enum_type))
    if field.message_type is not None:
        return message_type(field.message_type, low, high) if not is_map(field) else None
    return scalar_type(field, low, high)


class _NoOptions:
    """Stands for the options of a field that carries none."""

    filter: Any = None
    last = False
    default = ""
    minimum = maximum = 0.0

    @staticmethod
    def HasField(name: str) -> bool:  # noqa: N802 - protobuf's name
        return False


def _filter(options: Any) -> FilterOn | None:
    if not options.HasField("filter"):
        return None
    return FilterOn(options.filter.field, Match(options.filter.match or Match.EQUAL))


def _wrong_type(field: FieldDescriptor, kind: TextType | None, low: float, high: float) -> str:
    if kind is None and field.message_type is not None:
        return f"a field of type {field.message_type.full_name} cannot be a parameter; expected a scalar or an enum"
    held = _held(field)
    if (low, high) != (-inf, inf) and held.type not in NUMBERS:
        return "minimum and maximum are for numbers"
    if not low <= high:
        return f"minimum {low:g} is above maximum {high:g}"
    if held.type in INTEGER_RANGE:
        smallest, largest = INTEGER_RANGE[held.type]
        if ceil(max(low, smallest)) > floor(min(high, largest)):
            return f"no integer from {smallest} to {largest} lies between minimum {low:g} and maximum {high:g}"
    return ""


def _held(field: FieldDescriptor) -> FieldDescriptor:
    """The field whose value the text is: of a wrapper, the wrapped one."""
    wrapped = field.message_type and field.message_type.fields_by_name.get("value")
    return wrapped or field


def _wrong_options(way: FieldPath, options: Any, kind: TextType | None) -> str:
    field = way[-1]
    if options.last and (field.type not in INTEGER_RANGE or field.is_repeated):
        return "last is for a single integer"
    if (options.last or options.HasField("filter")) and len(way) > 1:
        return "filter and last are for fields of the request itself, not of a message in it"
    if options.HasField("filter") and (reason := _wrong_filter(field, options.filter)):
        return reason
    if options.HasField("default") and kind:
        return _wrong_default(kind, options.default)
    return ""


def _wrong_filter(field: FieldDescriptor, options: Any) -> str:
    if field.message_type is not None:
        return f"filter: a field of type {field.message_type.full_name} is not compared; expected a scalar or an enum"
    if options.match not in (0, *Match):
        return f"filter: match {options.match} is not known; expected a gateway.sse.v1.Match"
    match = Match(options.match or Match.EQUAL)
    if field.is_repeated != (match is Match.ANY_OF):
        return "MATCH_ANY_OF is for a repeated field, the other comparisons are for single ones"
    return ""


def _wrong_default(kind: TextType, default: str) -> str:
    try:
        kind(default)
    except ValueError as error:
        return f"default: {error}"
    return ""
