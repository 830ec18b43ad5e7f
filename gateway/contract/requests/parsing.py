"""How the text of a parameter becomes the value of a request field, by the field's type."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import inf, isfinite, nan
from struct import pack, unpack
from typing import Any

from google.protobuf.descriptor import EnumDescriptor, FieldDescriptor

from gateway.contract.messages.enums import EnumSpelling

Field = FieldDescriptor
_INTEGER = re.compile(r"-?[0-9]{1,20}")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_SIGNED_32 = (-(2**31), 2**31 - 1)
_SIGNED_64 = (-(2**63), 2**63 - 1)
INTEGER_RANGE = {
    Field.TYPE_INT32: _SIGNED_32,
    Field.TYPE_SINT32: _SIGNED_32,
    Field.TYPE_SFIXED32: _SIGNED_32,
    Field.TYPE_UINT32: (0, 2**32 - 1),
    Field.TYPE_FIXED32: (0, 2**32 - 1),
    Field.TYPE_INT64: _SIGNED_64,
    Field.TYPE_SINT64: _SIGNED_64,
    Field.TYPE_SFIXED64: _SIGNED_64,
    Field.TYPE_UINT64: (0, 2**64 - 1),
    Field.TYPE_FIXED64: (0, 2**64 - 1),
}
FLOATING: dict[int, Callable[[str], float]] = {
    Field.TYPE_DOUBLE: float,
    # The 32 bits that are sent, so that it compares with them; raises OverflowError where they are too few.
    Field.TYPE_FLOAT: lambda text: float(unpack("f", pack("f", float(text)))[0]),
}
NUMBERS = {*INTEGER_RANGE, *FLOATING}


@dataclass(frozen=True)
class TextType:
    """How text becomes a value."""

    expected: str
    """What a client is told was expected: "an integer from 0 to 500"."""
    read: Callable[[str], Any]
    """From text to value; raises ValueError where the text is something else."""
    schema: Mapping[str, Any]
    """What is expected, as JSON Schema."""
    choices: tuple[str, ...] = ()
    """All texts allowed, where they can be counted."""

    def __call__(self, text: str) -> Any:
        """The value of a text.

        Raises:
            ValueError: it says what was expected and what came.
        """
        try:
            return self.read(text)
        except (ValueError, KeyError, OverflowError):
            raise ValueError(f"expected {self.expected}, got {_shown(text)}") from None


def enum_type(enum: EnumDescriptor, spelling: EnumSpelling) -> TextType:
    """How the text of an enum is read: as it is spelled or as it is declared.

    An enum without a spelling of ours is read by its numbers too, as other gateways do.
    """
    declared = {value.name: spelling.canonical[value.number] for value in enum.values}
    plain = all(spelled in declared for spelled in spelling.numbers)
    numbers = {str(value.number): value.number for value in enum.values} if plain else {}
    choices = spelling.choices
    read = {**numbers, **declared, **spelling.numbers}.__getitem__
    return TextType(f"one of {', '.join(choices)}", read, {"type": "string", "enum": list(choices)}, choices)


def scalar_type(field: FieldDescriptor, low: float, high: float) -> TextType | None:
    """How the text of a scalar is read, bounded by `low` and `high`; None for an enum or a message."""
    if field.type in INTEGER_RANGE:
        smallest, largest = INTEGER_RANGE[field.type]
        return _number("an integer", _INTEGER, int, max(low, smallest), min(high, largest))
    if field.type in FLOATING:
        return _number("a number", _NUMBER, FLOATING[field.type], low, high)
    return {Field.TYPE_BOOL: BOOLEAN, Field.TYPE_STRING: TEXT, Field.TYPE_BYTES: BYTES}.get(field.type)


def _number(noun: str, form: re.Pattern[str], read: Callable[[str], Any], low: float, high: float) -> TextType:
    def bounded(text: str) -> Any:
        value = read(text) if form.fullmatch(text) else nan
        # Bounds hold for what was written, not for the 32 bits it may be rounded to.
        exact = value if isinstance(value, int) else float(text)
        if not (isfinite(value) and low <= exact <= high):
            raise ValueError(text)
        return value

    at_least = f" from {_plain(low)}" if low > -inf else ""
    at_most = f" up to {_plain(high)}" if high < inf else ""
    bounds = {"minimum": low, "maximum": high}
    schema = {"type": noun.rpartition(" ")[2]} | {
        name: _exact(bound) for name, bound in bounds.items() if isfinite(bound)
    }
    return TextType(noun + (at_least + at_most).replace(" up to", " to" if at_least else " up to"), bounded, schema)


def _plain(bound: float) -> str:
    return str(_exact(bound))


def _exact(bound: float) -> float:
    return int(bound) if bound == int(bound) else bound


def _shown(text: str) -> str:
    return repr(text if len(text) <= 60 else f"{text[:57]}…")


def _base64(text: str) -> bytes:
    """Base64 with either alphabet, padded or not (RFC 4648, sections 4 and 5)."""
    digits = text.rstrip("=")
    padding = -len(digits) % 4
    if len(text) - len(digits) not in (0, padding) or not text.isascii():
        raise ValueError(text)
    # The standard alphabet is what is validated: without it, other characters are skipped.
    return b64decode(digits.translate(_STANDARD) + "=" * padding, validate=True)


_STANDARD = str.maketrans("-_", "+/")


def _utf8(text: str) -> str:
    text.encode()  # a lone surrogate raises UnicodeEncodeError, which is a ValueError
    return text


BOOLEAN = TextType("true or false", {"true": True, "false": False}.__getitem__, {"type": "boolean"}, ("true", "false"))
TEXT = TextType("text", _utf8, {"type": "string"})
ANY_TEXT = TextType("text", str, {"type": "string"})
"""Also what is no UTF-8: of it nothing goes upstream."""
BYTES = TextType("bytes in base64", _base64, {"type": "string", "contentEncoding": "base64"})
