"""A FileDescriptorSet, opened: a pool of its own, its streaming methods, its options, its comments."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

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

_REQUIRED = 2  # google.api.FieldBehavior.REQUIRED
Optioned = MethodDescriptor | FieldDescriptor | EnumDescriptor | EnumValueDescriptor


class Descriptors:
    """The descriptors of one contract.

    Args:
        data: a serialised `google.protobuf.FileDescriptorSet` with its imports, as `buf build` or
            `protoc --include_imports --include_source_info` writes it.

    Raises:
        ContractError: the bytes are no descriptor set, or an import is missing from it.
    """

    def __init__(self, data: bytes) -> None:
        files = {file.name: file for file in _parse(data).file}
        self.pool = DescriptorPool()
        self.source = SourceMap(files.values())
        for file in _imports_first(files):
            _add(self.pool, file)
        self._files = [self.pool.FindFileByName(name) for name in files]

    def streaming_methods(self) -> Iterator[MethodDescriptor]:
        """Every server-streaming method, in the order of the source."""
        for file in self._files:
            for service in file.services_by_name.values():
                for method in service.methods:
                    if method.server_streaming and not method.client_streaming:
                        yield method

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

    def problem(self, element: MethodDescriptor | FieldDescriptor, reason: str, option: str = "") -> Problem:
        """A problem with an element, placed at its option `option` where that is known."""
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
    done: set[str] = set()

    def visit(file: FileDescriptorProto) -> Iterator[FileDescriptorProto]:
        if file.name in done:
            return
        done.add(file.name)
        for name in file.dependency:
            if name not in files:
                raise _broken(file.name, f"import {name!r} is missing; build the set with its imports")
            yield from visit(files[name])
        yield file

    for each in files.values():
        yield from visit(each)


def _add(pool: DescriptorPool, file: FileDescriptorProto) -> None:
    try:
        pool.AddSerializedFile(file.SerializeToString())
    except TypeError as error:
        raise _broken(file.name, f"not a valid proto file: {error}") from None


def _broken(file: str, reason: str) -> ContractError:
    return ContractError([Problem(file, 0, 0, "descriptor set", reason)])
