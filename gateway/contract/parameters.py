"""Fields of a request as parameters of a path or query."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, inf
from typing import Any

from google.protobuf.descriptor import FieldDescriptor

from gateway.contract.descriptors import Descriptors
from gateway.contract.examples import Examples
from gateway.contract.filters import Match
from gateway.contract.messages import MessageCompiler
from gateway.contract.parsing import BOOLEAN, INTEGER_RANGE, NUMBERS, TEXT, TextType, text_type
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
    """Its name in the query or the path; the request field's name."""
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

    @property
    def upstream(self) -> bool:
        """True where the value belongs in the upstream request."""
        return not (self.filter or self.last or self.own)


LAST_EVENT_ID = Parameter(
    "last_event_id", TEXT, "Continue after this event; the Last-Event-ID header of a first connection.", own=True
)
SNAPSHOT = Parameter(
    "snapshot",
    BOOLEAN,
    "Send the newest event of each key that is not yet over before live ones.",
    default="true",
    own=True,
)


def compile_parameter(descriptors: Descriptors, compiler: MessageCompiler, field: FieldDescriptor) -> Parameter:
    """The parameter that a field of a request becomes.

    Raises:
        ContractError: the field's type does not fit in a query, or its options do not fit the field.
    """
    options = descriptors.option(field, OPTION) or _NoOptions
    spelling = compiler.spelling(field.enum_type) if field.enum_type else None
    low = options.minimum if options.HasField("minimum") else -inf
    high = options.maximum if options.HasField("maximum") else inf
    if options.last and field.type in NUMBERS:
        low = max(low, 0)
    kind = text_type(field, spelling, low, high)
    reason = _wrong_type(field, kind, low, high) or _wrong_options(field, options, kind)
    if reason or kind is None:
        raise ContractError([descriptors.problem(field, reason, OPTION)])
    description, examples = Examples(descriptors).described(field, compiler.spelling)
    return Parameter(
        name=field.name,
        type=kind,
        description=description,
        examples=tuple(examples or ()),
        repeated=field.is_repeated,
        default=options.default if options.HasField("default") else None,
        filter=_filter(options),
        last=options.last,
    )


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
    if kind is None or field.message_type is not None:
        return f"a field of type {_type_name(field)} cannot be a parameter; expected a scalar or an enum"
    if (low, high) != (-inf, inf) and field.type not in NUMBERS:
        return "minimum and maximum are for numbers"
    if not low <= high:
        return f"minimum {low:g} is above maximum {high:g}"
    if field.type in INTEGER_RANGE:
        smallest, largest = INTEGER_RANGE[field.type]
        if ceil(max(low, smallest)) > floor(min(high, largest)):
            return f"no integer from {smallest} to {largest} lies between minimum {low:g} and maximum {high:g}"
    return ""


def _wrong_options(field: FieldDescriptor, options: Any, kind: TextType | None) -> str:
    if options.last and (field.type not in INTEGER_RANGE or field.is_repeated):
        return "last is for a single integer"
    if options.HasField("filter"):
        if options.filter.match not in (0, *Match):
            return f"filter: match {options.filter.match} is not known; expected a gateway.sse.v1.Match"
        match = Match(options.filter.match or Match.EQUAL)
        if field.is_repeated != (match is Match.ANY_OF):
            return "MATCH_ANY_OF is for a repeated field, the other comparisons are for single ones"
    if options.HasField("default") and kind:
        return _wrong_default(kind, options.default)
    return ""


def _wrong_default(kind: TextType, default: str) -> str:
    try:
        kind(default)
    except ValueError as error:
        return f"default: {error}"
    return ""


def _type_name(field: FieldDescriptor) -> str:
    return field.message_type.full_name if field.message_type else "bytes"
