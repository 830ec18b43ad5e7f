"""The well-known types as ProtoJSON writes them (protobuf.dev, ProtoJSON format).

Each function takes the message and returns what msgspec encodes. `WELL_KNOWN` says, by full name, which
function a type has and what schema its JSON has.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from math import copysign, isfinite, isnan
from time import gmtime, strftime
from typing import Annotated, Any, Literal, NamedTuple

from google.protobuf.internal.type_checkers import ToShortestFloat
from msgspec import Meta

Number = float | Literal["NaN", "Infinity", "-Infinity"]
Int64Text = Annotated[str, Meta(pattern=r"^-?[0-9]+$", extra_json_schema={"format": "int64"})]
UInt64Text = Annotated[str, Meta(pattern=r"^[0-9]+$", extra_json_schema={"format": "uint64"})]
TimestampText = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
# An object without `additionalProperties` is read by some generators as one that has no keys at all.
Free = Annotated[dict[str, Any], Meta(extra_json_schema={"additionalProperties": True})]
AnyMessage = Annotated[
    dict[str, Any],
    Meta(extra_json_schema={"properties": {"@type": {"type": "string"}}, "additionalProperties": True}),
]
Nothing = Annotated[dict[str, Any], Meta(extra_json_schema={"additionalProperties": False})]
DurationText = Annotated[str, Meta(pattern=r"^-?[0-9]+(\.[0-9]+)?s$")]

_SAFE_INTEGER = 2.0**53
# Bounds of google/protobuf/timestamp.proto and duration.proto, in seconds.
_YEAR_1, _YEAR_10000 = -62_135_596_800, 253_402_300_800
_LONGEST_DURATION = 315_576_000_000


def double(value: float) -> Number:
    """A finite double as a number, the others as ProtoJSON spells them."""
    if isfinite(value):
        return value
    if isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"


def is_negative_zero(value: float) -> bool:
    """True for -0.0, which is not the default that an absent field stands for."""
    return value == 0 and copysign(1.0, value) < 0


def single(value: float) -> Number:
    """A float with the fewest digits that read back as the same 32 bits."""
    return ToShortestFloat(value) if isfinite(value) else double(value)


def finite_double(value: float) -> float:
    """A double that is a number in JSON.

    Raises:
        ValueError: it is NaN or an infinity.
    """
    if not isfinite(value):
        raise ValueError(f"{value} in a field that the contract promises to be finite")
    return value


def finite_single(value: float) -> float:
    """A float that is a number in JSON, with the fewest digits that read back as the same 32 bits.

    Raises:
        ValueError: it is NaN or an infinity.
    """
    return float(ToShortestFloat(finite_double(value)))


def timestamp(message: Any) -> str:
    """RFC 3339 in UTC with 0, 3, 6 or 9 digits of fraction.

    Raises:
        ValueError: it lies outside the years 1 to 9999, or its nanoseconds are not a fraction of a second.
    """
    return f"{_to_second(message.seconds)}{_fraction(message.nanos)}Z"


def duration(message: Any) -> str:
    """Seconds with 0, 3, 6 or 9 digits of fraction and an `s`.

    Raises:
        ValueError: it is longer than 10,000 years, or its seconds and nanoseconds differ in sign.
    """
    seconds, nanos = message.seconds, message.nanos
    if abs(seconds) > _LONGEST_DURATION or seconds * nanos < 0:
        raise ValueError(f"not a duration: {seconds} s and {nanos} ns")
    sign = "-" if seconds < 0 or nanos < 0 else ""
    return f"{sign}{abs(seconds)}{_fraction(abs(nanos))}s"


def struct(message: Any) -> dict[str, Any]:
    """A google.protobuf.Struct as an object, its keys sorted: protobuf's maps have no order of their own."""
    return {key: value(each) for key, each in sorted(message.fields.items())}


def list_value(message: Any) -> list[Any]:
    """A google.protobuf.ListValue as an array."""
    return [value(each) for each in message.values]


def value(message: Any) -> Any:
    """A google.protobuf.Value as what it holds; whole numbers without a fraction."""
    kind = message.WhichOneof("kind")
    if kind is None or kind == "null_value":
        return None
    held = getattr(message, kind)
    return _READ_VALUE[kind](held)


def field_mask(message: Any) -> str:
    """The paths in camel case, joined by commas."""
    return str(message.ToJsonString())


def empty(message: Any) -> dict[str, Any]:
    """A google.protobuf.Empty as an object without keys."""
    return {}


def _number(held: float) -> Number | int:
    whole = isfinite(held) and held.is_integer() and abs(held) <= _SAFE_INTEGER
    return int(held) if whole and not is_negative_zero(held) else double(held)


@lru_cache(maxsize=64)
def _to_second(seconds: int) -> str:
    # Events of one second share the text before the fraction.
    if not _YEAR_1 <= seconds < _YEAR_10000:
        raise ValueError(f"not a timestamp: {seconds} s is outside the years 1 to 9999")
    moment = gmtime(seconds)
    return f"{moment.tm_year:04d}{strftime('-%m-%dT%H:%M:%S', moment)}"


def _fraction(nanos: int) -> str:
    if not nanos:
        return ""
    if not 0 < nanos < 1_000_000_000:
        raise ValueError(f"not a fraction of a second: {nanos} ns")
    digits = str(nanos).zfill(9)
    if nanos % 1_000:
        return f".{digits}"
    return f".{digits[:6]}" if nanos % 1_000_000 else f".{digits[:3]}"


_READ_VALUE: dict[str, Callable[[Any], Any]] = {
    "number_value": _number,
    "string_value": str,
    "bool_value": bool,
    "struct_value": struct,
    "list_value": list_value,
}


class WellKnown(NamedTuple):
    """How a well-known type appears in JSON."""

    annotation: Any
    """Its type, as msgspec's schemas are made from it."""
    convert: Callable[[Any], Any]
    """From the message to what is encoded."""


def _unwrap(convert: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda message: convert(message.value)


WELL_KNOWN: dict[str, WellKnown] = {
    f"google.protobuf.{name}": entry
    for name, entry in {
        "Timestamp": WellKnown(TimestampText, timestamp),
        "Duration": WellKnown(DurationText, duration),
        "Struct": WellKnown(Free, struct),
        "Value": WellKnown(Any, value),
        "ListValue": WellKnown(list[Any], list_value),
        "FieldMask": WellKnown(str, field_mask),
        "Empty": WellKnown(Nothing, empty),
        "DoubleValue": WellKnown(Number, _unwrap(double)),
        "FloatValue": WellKnown(Number, _unwrap(single)),
        "Int64Value": WellKnown(Int64Text, _unwrap(str)),
        "UInt64Value": WellKnown(UInt64Text, _unwrap(str)),
        "Int32Value": WellKnown(int, _unwrap(int)),
        "UInt32Value": WellKnown(int, _unwrap(int)),
        "BoolValue": WellKnown(bool, _unwrap(bool)),
        "StringValue": WellKnown(str, _unwrap(str)),
        "BytesValue": WellKnown(bytes, _unwrap(bytes)),
    }.items()
}
