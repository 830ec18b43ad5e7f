"""A FileDescriptorSet, opened: a pool of its own, its streaming methods, its options, its comments."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Literal

from google.protobuf.descriptor import (
    Descriptor,
    EnumDescriptor,
    EnumValueDescriptor,
    FieldDescriptor,
    MethodDescriptor,
    OneofDescriptor,
)
from google.protobuf.descriptor_pb2 import DescriptorProto, FileDescriptorProto, FileDescriptorSet
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass

from gateway.contract.source import SourceMap
from gateway.errors import ContractError, Problem

JsonNames = Literal["proto", "camel"]
Origins = Mapping[tuple[str, str], str]
"""Where options come from that no proto file has: by the element's full name and the option's."""
NO_ORIGINS: Origins = MappingProxyType({})
_REQUIRED = 2  # google.api.FieldBehavior.REQUIRED
Optioned = MethodDescriptor | FieldDescriptor | EnumDescriptor | EnumValueDescriptor | Descriptor | OneofDescriptor


class Descriptors:
    """The descriptors of one contract.

    Args:
        data: a serialised `google.protobuf.FileDescriptorSet` with its imports, as `buf build` or
            `protoc --include_imports --include_source_info` writes it.
        json_names: which names JSON has: `proto` for the fields' own, `camel` for ProtoJSON's lowerCamelCase.
        origins: of options that the configuration has given; their problems have that for a place.

    Raises:
        ContractError: the bytes are no descriptor set, or an import is missing from it.
    """

    def __init__(self, data: bytes, json_names: JsonNames = "proto", origins: Origins = NO_ORIGINS) -> None:
        self._json_names = json_names
        self._origins = origins
        files = {file.name: file for file in _parse(data).file}
        self.pool = DescriptorPool()
        self.source = SourceMap(files.values())
        for file in _imports_first(files):
            _add(self.pool, file)
        self._files = [self.pool.FindFileByName(name) for name in files]

    def methods(self) -> Iterator[MethodDescriptor]:
        """Every method, in the order of the source."""
        for file in self._files:
            for service in file.services_by_name.values():
                yield from service.methods

    def key(self, field: FieldDescriptor) -> str:
        """The JSON key of a field; of an extension its full name in brackets (protobuf.dev, ProtoJSON format)."""
        if field.is_extension:
            return f"[{field.full_name}]"
        return str(field.json_name) if self._json_names == "camel" else field.name

    def option(self, element: Optioned, name: str) -> Any:
        """The value of the custom option `name` on an element; None where it carries none.

        Options are parsed again with the contract's own classes: to the default pool's, its extensions are
        unknown fields.
        """
        options = element.GetOptions()
        extension = self.extension(name)
        if extension is None or not options.ByteSize():
            return None
        own = GetMessageClass(self.pool.FindMessageTypeByName(options.DESCRIPTOR.full_name))
        parsed = own.FromString(options.SerializeToString())
        present = extension.is_repeated or parsed.HasExtension(extension)
        return parsed.Extensions[extension] if present else None

    def required(self, field: FieldDescriptor) -> bool:
        """True where proto2 or `google.api.field_behavior` says that a field is always there."""
        return bool(field.is_required or _REQUIRED in (self.option(field, "google.api.field_behavior") or ()))

    def extension(self, name: str) -> Any:
        """The extension's descriptor; None where the contract does not import it."""
        try:
            return self.pool.FindExtensionByName(name)
        except KeyError:
            return None

    def problem(
        self, element: MethodDescriptor | FieldDescriptor | Descriptor, reason: str, option: str = ""
    ) -> Problem:
        """A problem with an element, placed at its option `option` where that is known."""
        if origin := self._origins.get((element.full_name, option)):
            return Problem(origin, 0, 0, element.full_name, reason)
        extension = self.extension(option) if option else None
        # Extensions of method options and of field options may have the same number.
        extends = element.GetOptions().DESCRIPTOR.full_name
        number = extension.number if extension and extension.containing_type.full_name == extends else 0
        place = self.source.place(element.full_name, number)
        return Problem(*place, element.full_name, reason)

    def in_file_order(self, problems: Iterable[Problem]) -> list[Problem]:
        """Problems by where they stand, each once."""
        order = {file.name: at for at, file in enumerate(self._files)}
        return sorted(dict.fromkeys(problems), key=lambda each: (order.get(each.file, -1), each.line, each.column))


def message_class(descriptor: Any) -> type[Message]:
    """The generated class of a message descriptor."""
    return GetMessageClass(descriptor)


def real_oneofs(message: Descriptor) -> list[OneofDescriptor]:
    """The oneofs that somebody wrote: a proto3 `optional` field is a oneof of one that nobody wrote."""
    proto = DescriptorProto()
    message.CopyToProto(proto)
    synthetic = {field.oneof_index for field in proto.field if field.proto3_optional}
    return [oneof for index, oneof in enumerate(message.oneofs) if index not in synthetic]


def _parse(data: bytes) -> FileDescriptorSet:
    try:
        files = FileDescriptorSet.FromString(data)
    except DecodeError as error:
        raise _broken("(descriptor set)", f"not a FileDescriptorSet: {error}") from None
    if not files.file:
        raise _broken("(descriptor set)", "empty: expected the output of `buf build` or `protoc --include_imports`")
    return files


def _imports_first(files: dict[str, FileDescriptorProto]) -> Iterator[FileDescriptorProto]:
    # A stack of its own: a chain of imports may be longer than Python's.
    seen: set[str] = set()
    waiting = [(file, False) for file in reversed(files.values())]
    while waiting:
        file, imported = waiting.pop()
        if imported:
            yield file
        elif file.name not in seen:
            seen.add(file.name)
            waiting.append((file, True))
            needed = [(_imported(files, file, name), False) for name in file.dependency]
            waiting += reversed(needed)


def _imported(files: dict[str, FileDescriptorProto], file: FileDescriptorProto, name: str) -> FileDescriptorProto:
    if name not in files:
        raise _broken(file.name, f"import {name!r} is missing; build the set with its imports")
    return files[name]


def _add(pool: DescriptorPool, file: FileDescriptorProto) -> None:
    try:
        pool.AddSerializedFile(file.SerializeToString())
    except TypeError as error:
        raise _broken(file.name, f"not a valid proto file: {error}") from None


def _broken(file: str, reason: str) -> ContractError:
    return ContractError([Problem(file, 0, 0, "descriptor set", reason)])
