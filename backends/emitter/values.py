"""Whatever an application hands over, made into what a protobuf message can hold."""

import math
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import date
from typing import TypeAlias

from google.protobuf.struct_pb2 import Struct

Plain: TypeAlias = "bool | int | float | str | list[Plain] | dict[str, Plain] | None"

# A gRPC client takes messages of up to 4 MiB. A larger one would break the stream, and again on each resume.
_LONGEST_TEXT = 16_384
_LARGEST_STRUCT_BYTES = 262_144
_DEEPEST = 8
_LARGEST_EXACT_INTEGER = 2**53


def text_of(text: str) -> str:
    r"""Return `text` as protobuf takes it.

    Args:
        text: Any string; a file name that is not valid Unicode holds lone surrogates, which become `\udc80`.

    Returns:
        Valid Unicode of at most 16,384 characters; the last one of a text that was cut is an ellipsis.
    """
    if len(text) > _LONGEST_TEXT:
        text = text[: _LONGEST_TEXT - 1] + "…"
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode("utf-8")


def struct_of(values: Mapping[str, object]) -> Struct:
    """Return `values` as a Struct, whatever they are; never raises on account of a value.

    Args:
        values: Named values. Those that JSON knows stay what they are, dates become ISO 8601, integers that a
            double cannot hold and all other objects become their `str`.

    Returns:
        The Struct, or, for more than 256 KiB, one with the single key `omitted` that tells the size.
    """
    struct = Struct()
    struct.update({text_of(str(key)): _plain(value, ()) for key, value in values.items()})
    if (size := struct.ByteSize()) > _LARGEST_STRUCT_BYTES:
        struct.Clear()
        struct.update({"omitted": f"{size} bytes"})
    return struct


def _plain(value: object, above: tuple[int, ...]) -> Plain:
    try:
        return _converted(value, above)
    except Exception:  # an object may do anything in its `__str__`, and a mapping may change while it is read
        return f"<unprintable {type(value).__name__}>"


def _converted(value: object, above: tuple[int, ...]) -> Plain:
    match value:
        case None | bool():
            return value
        case int():
            return value if abs(value) <= _LARGEST_EXACT_INTEGER else str(value)
        case float():
            return value if math.isfinite(value) else str(value)
        case date():
            return value.isoformat()
        case Mapping() | list() | tuple() | AbstractSet():
            return _container(value, above)
        case _:
            return text_of(str(value))


def _container(
    value: Mapping[object, object] | list[object] | tuple[object, ...] | AbstractSet[object],
    above: tuple[int, ...],
) -> Plain:
    if id(value) in above or len(above) == _DEEPEST:
        return "…"
    below = (*above, id(value))
    if isinstance(value, Mapping):
        return {text_of(str(key)): _plain(item, below) for key, item in value.items()}
    return [_plain(item, below) for item in value]
