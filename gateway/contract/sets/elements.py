"""The elements of a descriptor set that options can stand on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from google.protobuf.descriptor_pb2 import DescriptorProto, FileDescriptorProto, FileDescriptorSet


class Element(NamedTuple):
    """One element."""

    name: str
    """Its full name."""
    kinds: tuple[str, ...]
    """What it is, the most telling kind first; a member of a oneof is a field as well."""
    proto: Any
    """Its part of the descriptor set, with `options`."""


def elements(files: FileDescriptorSet) -> Iterator[Element]:
    """Services, methods, messages, fields and enums, but for those of google/protobuf/, which nobody configures."""
    for file in files.file:
        if not file.name.startswith("google/protobuf/"):
            yield from _of_file(file, f"{file.package}." if file.package else "")


def _of_file(file: FileDescriptorProto, prefix: str) -> Iterator[Element]:
    for message in file.message_type:
        yield from _of_message(message, prefix)
    for enum in file.enum_type:
        yield Element(prefix + enum.name, ("enum",), enum)
    for service in file.service:
        yield Element(prefix + service.name, ("service",), service)
        for method in service.method:
            yield Element(f"{prefix}{service.name}.{method.name}", ("method",), method)


def _of_message(message: DescriptorProto, prefix: str) -> Iterator[Element]:
    name = prefix + message.name
    yield Element(name, ("message",), message)
    for field in message.field:
        member = field.HasField("oneof_index") and not field.proto3_optional
        yield Element(f"{name}.{field.name}", ("member of a oneof", "field") if member else ("field",), field)
    for enum in message.enum_type:
        yield Element(f"{name}.{enum.name}", ("enum",), enum)
    for nested in message.nested_type:
        yield from _of_message(nested, f"{name}.")
