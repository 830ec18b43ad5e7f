"""Values for options, as a configuration file has them, held against the options' message types."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.json_format import ParseDict, ParseError

from gateway.contract.descriptors import message_class

_EXPECTED = {
    FieldDescriptor.CPPTYPE_INT32: "an integer from -2147483648 to 2147483647",
    FieldDescriptor.CPPTYPE_UINT32: "an integer from 0 to 4294967295",
    FieldDescriptor.CPPTYPE_INT64: "an integer of 64 bits",
    FieldDescriptor.CPPTYPE_UINT64: "an integer of 64 bits that is not negative",
    FieldDescriptor.CPPTYPE_DOUBLE: "a number",
    FieldDescriptor.CPPTYPE_FLOAT: "a number",
    FieldDescriptor.CPPTYPE_BOOL: "true or false",
    FieldDescriptor.CPPTYPE_STRING: "a text",
}
_DURATION = "google.protobuf.Duration"


def wrong_values(values: Mapping[str, Any], message: Descriptor, at: str = "") -> Iterator[str]:
    """What is wrong with the values for a message's fields, one sentence for each.

    Args:
        values: by the name of a field.
        message: what the fields are of.
        at: the way to the message, with a dot at its end; empty for the outermost one.
    """
    for key, value in values.items():
        field = message.fields_by_name.get(key)
        if field is None:
            yield f"unknown key {at + key!r}{suggestion(key, [field.name for field in message.fields])}"
        else:
            yield from wrong_value(value, field, f"{at}{key}")


def wrong_value(value: Any, field: FieldDescriptor, at: str) -> Iterator[str]:
    """What is wrong with the value for a field, whose way is `at`."""
    if not field.is_repeated:
        yield from _wrong_single(value, field, at)
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from _wrong_single(each, field, f"{at}[{index}]")
    else:
        yield f"{at}: expected a list, got {value!r}"


def _wrong_single(value: Any, field: FieldDescriptor, at: str) -> Iterator[str]:
    if field.message_type is not None and field.message_type.full_name != _DURATION:
        if isinstance(value, Mapping):
            yield from wrong_values(value, field.message_type, f"{at}.")
        else:
            known = ", ".join(each.name for each in field.message_type.fields)
            yield f"{at}: expected a table with keys of {known}, got {value!r}"
    elif not _taken(value, field):
        yield f"{at}: expected {_expected(field)}, got {value!r}"


def suggestion(name: str, known: Sequence[str]) -> str:
    """What was probably meant; else what there is."""
    close = get_close_matches(name, known, 1)
    return f"; did you mean {close[0]}?" if close else f"; known are: {', '.join(known)}"


def _taken(value: Any, field: FieldDescriptor) -> bool:
    if field.enum_type is not None:
        return isinstance(value, str) and value in field.enum_type.values_by_name
    if field.cpp_type == FieldDescriptor.CPPTYPE_STRING and not isinstance(value, str):
        return False
    if field.is_extension:
        return True
    message = message_class(field.containing_type)()
    try:
        ParseDict({field.name: [value] if field.is_repeated else value}, message)
    except (ParseError, TypeError, ValueError):
        return False
    return True


def _expected(field: FieldDescriptor) -> str:
    if field.enum_type is not None:
        return "one of " + ", ".join(field.enum_type.values_by_name)
    return "a duration like '3600s'" if field.message_type is not None else _EXPECTED[field.cpp_type]
