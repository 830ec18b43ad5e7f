"""In what two copies of a proto file differ."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from google.protobuf.descriptor_pb2 import FileDescriptorProto

_CHILDREN = (
    "message_type",
    "nested_type",
    "enum_type",
    "service",
    "extension",
    "field",
    "oneof_decl",
    "value",
    "method",
)


def without_source(file: FileDescriptorProto) -> FileDescriptorProto:
    """A copy in the form that every compiler and runtime agrees on: no comments, nothing that is understood anyway."""
    copy = FileDescriptorProto()
    copy.CopyFrom(file)
    copy.ClearField("source_code_info")
    if copy.syntax == "proto2":
        copy.ClearField("syntax")
    for field in _fields(copy):
        # Generated Python and C++ code leaves the name out that a field has by default.
        if field.json_name == _default_json_name(field.name):
            field.ClearField("json_name")
    return copy


def first_difference(one: FileDescriptorProto, other: FileDescriptorProto) -> str:
    """The full name of the first element that only one file has, or that is not the same in both.

    What belongs to no element is told as `its imports` or `its options`. Empty where the files are equal but for
    their source information.
    """
    left, right = without_source(one), without_source(other)
    if left == right:
        return ""
    elements, others = dict(_elements(left, left.package)), dict(_elements(right, right.package))
    for name in (*elements, *others):
        if elements.get(name) != others.get(name):
            return name
    if list(elements) != list(others):
        return "the order of its elements"
    if list(left.dependency) != list(right.dependency):
        return "its imports"
    return "its package" if left.package != right.package else "its options"


def _elements(parent: Any, scope: str) -> Iterator[tuple[str, bytes]]:
    """Every element below another by its full name, with what it says itself."""
    for kind in _CHILDREN:
        for child in getattr(parent, kind, ()):
            name = f"{scope}.{child.name}" if scope else child.name
            own = type(child)()
            own.CopyFrom(child)
            for below in _CHILDREN:
                if below in own.DESCRIPTOR.fields_by_name:
                    own.ClearField(below)
            yield name, own.SerializeToString(deterministic=True)
            yield from _elements(child, name)


def _fields(parent: Any) -> Iterator[Any]:
    for kind in ("field", "extension"):
        yield from getattr(parent, kind, ())
    for kind in ("message_type", "nested_type"):
        for message in getattr(parent, kind, ()):
            yield from _fields(message)


def _default_json_name(name: str) -> str:
    """What protoc gives a field (google/protobuf/descriptor.proto, FieldDescriptorProto.json_name)."""
    first, *others = name.split("_")
    return first + "".join(other[:1].upper() + other[1:] for other in others)
