"""Files whose imports do not say what they use, made whole.

Not every backend tells by reflection what its protos said: that of Node's proto-loader tells one file for each package,
without imports, names that depend on where they stand, and the well-known types in a file that is not theirs.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, NamedTuple

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
)

from gateway.contract.sets.known_files import known_file

_KNOWN_PACKAGE = re.compile(r"google\.(protobuf|api|rpc|type|longrunning)")
_PACKAGES = ("protobuf", "api", "rpc", "type", "longrunning")


class Linked(NamedTuple):
    """Files with all their imports."""

    files: Mapping[str, FileDescriptorProto]
    """By name; one that lacked nothing is as it was."""
    missing: Mapping[str, tuple[str, ...]]
    """By file, the names of the types that it uses and that no file defines; no empty ones."""


def linked(files: Mapping[str, FileDescriptorProto]) -> Linked:
    """Adds to each file the imports of the types that it uses.

    A definition that a file of google/protobuf/ and others that the gateway knows has already is taken out.

    Args:
        files: by name; imports that the gateway knows may be missing.
    """
    own = {name: _without_known(file) for name, file in files.items()}
    homes = {symbol: name for name in _known_imports(own) for symbol in _known_definitions(name)}
    homes |= {symbol: name for name, file in own.items() for symbol in _definitions(file)}
    made, missing = {}, {}
    for name, file in own.items():
        used, unknown = _used(file, homes)
        if unseen := used - {name, *file.dependency} and used - _closure(file, own):
            made[name] = FileDescriptorProto()
            made[name].CopyFrom(file)
            made[name].dependency.extend(sorted(unseen))
        if unknown:
            missing[name] = tuple(sorted(unknown))
    return Linked({**own, **made}, missing)


def _used(file: FileDescriptorProto, homes: Mapping[str, str]) -> tuple[set[str], set[str]]:
    """The files that it uses; the types that nobody defines."""
    used, unknown = set(), set()
    for scope, name in _references(file):
        if found := _resolved(scope, name, homes):
            used.add(homes[found])
        elif found := _resolved(scope, name, _known_homes()):
            used.add(_known_homes()[found])
        else:
            unknown.add(name.removeprefix("."))
    return used, unknown


def _known_imports(files: Mapping[str, FileDescriptorProto]) -> set[str]:
    return {name for file in files.values() for name in _closure(file, {}) if name not in files and known_file(name)}


def _resolved(scope: str, name: str, symbols: Container[str]) -> str:
    """The full name of a type as it is called in a scope, the innermost one first; empty where it is none of these."""
    if name.startswith("."):
        return name[1:] if name[1:] in symbols else ""
    parts = scope.split(".")
    tried = (".".join([*parts[:depth], name]) for depth in range(len(parts), -1, -1))
    return next((each for each in tried if each in symbols), "")


def _closure(file: FileDescriptorProto, files: Mapping[str, FileDescriptorProto]) -> set[str]:
    names, waiting = {file.name}, [file]
    while waiting:
        for name in waiting.pop().dependency:
            imported = files.get(name) or known_file(name)
            if name not in names and imported:
                names.add(name)
                waiting.append(imported)
    return names


def _without_known(file: FileDescriptorProto) -> FileDescriptorProto:
    if known_file(file.name) or not _KNOWN_PACKAGE.match(file.package):
        return file
    copy = FileDescriptorProto()
    copy.CopyFrom(file)
    for kind in (copy.message_type, copy.enum_type, copy.extension):
        definitions: Any = kind
        kept = [each for each in definitions if f"{file.package}.{each.name}" not in _known_homes()]
        del definitions[:]
        definitions.extend(kept)
    return copy


@cache
def _known_homes() -> Mapping[str, str]:
    """The files that the gateway knows, by the types and extensions that they define."""
    modules = [
        f"google/{package}/{module.name.removesuffix('_pb2')}.proto"
        for package in _PACKAGES
        for module in iter_modules(import_module(f"google.{package}").__path__)
        if module.name.endswith("_pb2")
    ]
    return {symbol: name for name in modules for symbol in _known_definitions(name)}


@cache
def _known_definitions(name: str) -> frozenset[str]:
    file = known_file(name)
    return frozenset(_definitions(file)) if file else frozenset()


def _definitions(file: FileDescriptorProto) -> Iterator[str]:
    prefix = f"{file.package}." if file.package else ""
    yield from (prefix + each.name for each in file.enum_type)
    yield from (prefix + each.name for each in file.extension)
    for message in file.message_type:
        yield from _inside(message, prefix)


def _inside(message: DescriptorProto, prefix: str) -> Iterator[str]:
    name = prefix + message.name
    yield name
    yield from (f"{name}.{each.name}" for each in message.enum_type)
    for nested in message.nested_type:
        yield from _inside(nested, f"{name}.")


def _references(file: FileDescriptorProto) -> Iterator[tuple[str, str]]:
    """Where a type is used, and what it is called there."""
    prefix = f"{file.package}." if file.package else ""
    yield from _of_fields(file.extension, file.package)
    for message in file.message_type:
        yield from _of_message(message, prefix)
    for service in file.service:
        for method in service.method:
            yield from ((prefix + service.name, name) for name in (method.input_type, method.output_type))


def _of_message(message: DescriptorProto, prefix: str) -> Iterator[tuple[str, str]]:
    name = prefix + message.name
    yield from _of_fields((*message.field, *message.extension), name)
    for nested in message.nested_type:
        yield from _of_message(nested, f"{name}.")


def _of_fields(fields: Iterable[FieldDescriptorProto], scope: str) -> Iterator[tuple[str, str]]:
    for field in fields:
        yield from ((scope, name) for name in (field.type_name, field.extendee) if name)
