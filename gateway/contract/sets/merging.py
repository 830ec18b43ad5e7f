"""Several descriptor sets, merged to one that is whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from google.protobuf.message import DecodeError

from gateway.contract.sets.differing import first_difference, without_source
from gateway.contract.sets.known_files import known_file
from gateway.errors import ContractError, Problem


class DescriptorSet(NamedTuple):
    """A descriptor set and where it comes from."""

    origin: str
    """What problems call it: the file it was read from, or the backend that told it."""
    data: bytes
    """A serialised `google.protobuf.FileDescriptorSet`."""


class _Copy(NamedTuple):
    file: FileDescriptorProto
    origin: str


def merged(sets: Iterable[DescriptorSet]) -> FileDescriptorSet:
    """The files of all sets, each once, with the imports that the gateway knows itself.

    A file that several sets have is taken once. Its copies have to be equal but for their source information; the
    one that has it is taken, for its comments. Files that the gateway knows (google/protobuf/timestamp.proto, …)
    only ever grow from one version to the next: of those the larger copy is taken.

    Raises:
        ContractError: with every set that is none, every file that differs, every symbol that two files define.
    """
    copies: dict[str, _Copy] = {}
    problems: list[Problem] = []
    for each in sets:
        try:
            files = parsed(each.data, each.origin)
        except ContractError as error:
            problems += error.problems
            continue
        for file in files.file:
            copy = _Copy(file, each.origin)
            other = copies.setdefault(file.name, copy)
            if problem := _conflict(other, copy):
                problems.append(problem)
            else:
                copies[file.name] = _better(other, copy)
    problems += _defined_twice(copies.values())
    if problems:
        raise ContractError(problems)
    return completed(FileDescriptorSet(file=[copy.file for copy in copies.values()]))


def overlaid(given: FileDescriptorSet, reflected: FileDescriptorSet, origin: str) -> FileDescriptorSet:
    """Given files, and what a backend tells beside them.

    Of files with the same name the given one is taken, which has its comments; of a file that the gateway knows,
    the larger one.

    Args:
        given: may be empty.
        reflected: by server reflection.
        origin: what problems call the backend.

    Raises:
        ContractError: with every symbol that two files define.
    """
    copies = {file.name: _Copy(file, "the given descriptor sets") for file in given.file}
    for file in reflected.file:
        known = known_file(file.name)
        other = copies.get(file.name) or (_Copy(known, "the gateway") if known else None)
        copy = _Copy(file, origin)
        if other is None or (known and _better(other, copy) is copy):
            other = copy
        copies[file.name] = other
    if problems := list(_defined_twice(copies.values())):
        raise ContractError(problems)
    return completed(FileDescriptorSet(file=[copy.file for copy in copies.values()]))


def completed(files: FileDescriptorSet, *more: str) -> FileDescriptorSet:
    """The set, and the files that it imports but does not have, as far as the gateway knows them.

    Args:
        files: the set.
        more: names of files that it needs as well.
    """
    names = {file.name for file in files.file}
    wanted = [*more, *(name for file in files.file for name in file.dependency)]
    added = []
    while wanted:
        name = wanted.pop()
        if name not in names and (file := known_file(name)):
            names.add(name)
            added.append(file)
            wanted += file.dependency
    return FileDescriptorSet(file=[*files.file, *added])


def parsed(data: bytes, origin: str) -> FileDescriptorSet:
    """A descriptor set's files.

    Raises:
        ContractError: the bytes are none, or it is empty.
    """
    try:
        files = FileDescriptorSet.FromString(data)
    except DecodeError as error:
        raise ContractError([_problem(origin, f"not a FileDescriptorSet: {error}")]) from None
    if not files.file:
        expected = "expected the output of `buf build` or `protoc --include_imports`"
        raise ContractError([_problem(origin, f"empty: {expected}")])
    return files


def _conflict(one: _Copy, other: _Copy) -> Problem | None:
    if known_file(one.file.name):
        return None
    difference = first_difference(one.file, other.file)
    if not difference:
        return None
    reason = f"is in {one.origin} and, with other contents, in {other.origin}; they differ first in {difference}"
    return _problem(one.file.name, reason)


def _better(one: _Copy, other: _Copy) -> _Copy:
    if known_file(one.file.name):
        sizes = [without_source(copy.file).ByteSize() for copy in (one, other)]
        if sizes[0] != sizes[1]:
            return one if sizes[0] > sizes[1] else other
    return other if not one.file.source_code_info.location else one


def _defined_twice(copies: Iterable[_Copy]) -> Iterator[Problem]:
    first: dict[str, _Copy] = {}
    for copy in copies:
        for symbol in _symbols(copy.file):
            other = first.setdefault(symbol, copy)
            if other is not copy:
                reason = (
                    f"defines {symbol}, which {other.file.name} of {other.origin} defines as well; "
                    "one file under two names? Build both sets from the same import root"
                )
                yield _problem(f"{copy.file.name} of {copy.origin}", reason)


def _symbols(file: FileDescriptorProto) -> list[str]:
    prefix = f"{file.package}." if file.package else ""
    kinds = (file.message_type, file.enum_type, file.service, file.extension)
    return [prefix + each.name for kind in kinds for each in kind]


def _problem(file: str, reason: str) -> Problem:
    return Problem(file, 0, 0, "descriptor set", reason)
