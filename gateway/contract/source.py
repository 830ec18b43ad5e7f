"""Where the elements of a proto file stand in its source, and what their comments say."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from google.protobuf.descriptor_pb2 import DescriptorProto, EnumDescriptorProto, FileDescriptorProto, SourceCodeInfo

Path = tuple[int, ...]
"""The way to an element by field numbers and indexes (descriptor.proto, SourceCodeInfo.Location.path)."""

# Field numbers of descriptor.proto, which paths are made of.
_FILE_MESSAGE, _FILE_ENUM, _FILE_SERVICE, _FILE_EXTENSION = 4, 5, 6, 7
_MESSAGE_FIELD, _MESSAGE_NESTED, _MESSAGE_ENUM, _MESSAGE_EXTENSION = 2, 3, 4, 6
_ENUM_VALUE = 2
_SERVICE_METHOD = 2
_FIELD_OPTIONS, _METHOD_OPTIONS = 8, 4

_PARAGRAPHS = re.compile(r"\n[ \t]*\n\s*")
_ITEMS = re.compile(r"\n(?=[ \t]*[-*] )")


class Place(NamedTuple):
    """A place in a source file."""

    file: str
    """The file as the descriptor set names it."""
    line: int
    """1-based; 0 where the descriptor set carries no source information."""
    column: int
    """1-based; 0 where the descriptor set carries no source information."""


class SourceMap:
    """Places and comments by full name."""

    def __init__(self, files: Iterable[FileDescriptorProto]) -> None:
        self._elements: dict[str, tuple[str, Path]] = {}
        self._locations: dict[tuple[str, Path], SourceCodeInfo.Location] = {}
        for file in files:
            for name, path in _elements(file):
                self._elements[name] = (file.name, path)
            for location in file.source_code_info.location:
                self._locations.setdefault((file.name, tuple(location.path)), location)

    def comment(self, full_name: str) -> str:
        """The comment above an element without its example, each paragraph and each item of a list on its own line."""
        return _flowed(self._comment_and_example(full_name)[0])

    def example(self, full_name: str) -> str:
        """What the last line of the comment gives as `Example: …`; empty where it gives none."""
        return self._comment_and_example(full_name)[1]

    def _comment_and_example(self, full_name: str) -> tuple[str, str]:
        location = self._locations.get(self._elements.get(full_name, ("", ())))
        text = location.leading_comments.rstrip() if location else ""
        before, _, last = text.rpartition("\n")
        marked, _, example = last.strip().partition(":")
        return (before, example.strip()) if marked == "Example" else (text, "")

    def place(self, full_name: str, option: int = 0) -> Place:
        """Where a method or field stands, or, where that is known, its option with the field number `option`."""
        file, path = self._elements.get(full_name, ("", ()))
        options_at = _METHOD_OPTIONS if path[:1] == (_FILE_SERVICE,) else _FIELD_OPTIONS
        for candidate in ((*path, options_at, option), path) if option else (path,):
            if location := self._first_at_or_below(file, candidate):
                return Place(file, location.span[0] + 1, location.span[1] + 1)
        return Place(file, 0, 0)

    def _first_at_or_below(self, file: str, path: Path) -> SourceCodeInfo.Location | None:
        if (exact := self._locations.get((file, path))) is not None:
            return exact
        # `(option).field = …` is recorded below the option, never at it.
        below = (at for name, at in self._locations if name == file and at[: len(path)] == path)
        first = next(below, None)
        return self._locations[file, first] if first is not None else None


def _flowed(text: str) -> str:
    """Lines that were broken for the source's width, joined."""
    paragraphs = _PARAGRAPHS.split(text.strip())
    return "\n\n".join("\n".join(" ".join(line.split()) for line in _ITEMS.split(each)) for each in paragraphs)


def _elements(file: FileDescriptorProto) -> Iterator[tuple[str, Path]]:
    prefix = f"{file.package}." if file.package else ""
    for index, message in enumerate(file.message_type):
        yield from _message(message, prefix, (_FILE_MESSAGE, index))
    for index, enum in enumerate(file.enum_type):
        yield from _enum(enum, prefix, (_FILE_ENUM, index))
    for index, extension in enumerate(file.extension):
        yield prefix + extension.name, (_FILE_EXTENSION, index)
    for index, service in enumerate(file.service):
        name, path = prefix + service.name, (_FILE_SERVICE, index)
        yield name, path
        for at, method in enumerate(service.method):
            yield f"{name}.{method.name}", (*path, _SERVICE_METHOD, at)


def _message(message: DescriptorProto, prefix: str, path: Path) -> Iterator[tuple[str, Path]]:
    name = prefix + message.name
    yield name, path
    for index, field in enumerate(message.field):
        yield f"{name}.{field.name}", (*path, _MESSAGE_FIELD, index)
    for index, extension in enumerate(message.extension):
        yield f"{name}.{extension.name}", (*path, _MESSAGE_EXTENSION, index)
    for index, nested in enumerate(message.nested_type):
        yield from _message(nested, f"{name}.", (*path, _MESSAGE_NESTED, index))
    for index, enum in enumerate(message.enum_type):
        yield from _enum(enum, f"{name}.", (*path, _MESSAGE_ENUM, index))


def _enum(enum: EnumDescriptorProto, prefix: str, path: Path) -> Iterator[tuple[str, Path]]:
    name = prefix + enum.name
    yield name, path
    for index, value in enumerate(enum.value):
        yield f"{name}.{value.name}", (*path, _ENUM_VALUE, index)
