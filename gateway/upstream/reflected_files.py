"""The files that a backend tells of itself, question by question."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any, Literal, NamedTuple

from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from google.protobuf.message import DecodeError

from gateway.contract.sets.known_files import known_file
from gateway.contract.sets.linking import linked
from gateway.errors import Problem, UpstreamRefused

MOST_FILES = 5_000
"""A backend that has more of them to tell is taken for broken."""
MOST_BYTES = 67_108_864
"""The same, for their sizes together."""
_PLACE = "(server reflection)"


class Question(NamedTuple):
    """What a backend is asked for."""

    kind: Literal["file_containing_symbol", "file_by_filename"]
    """The field of ServerReflectionRequest."""
    name: str
    """A symbol or a file."""


class ReflectedFiles:
    """Asks for the files of some services, and for what they import.

    Args:
        services: their full names.
    """

    def __init__(self, services: Iterable[str]) -> None:
        self._services = tuple(services)
        self._files: dict[str, FileDescriptorProto] = {}
        self._bytes = 0
        self._reasons: dict[str, str] = {}
        self._asked: set[Question] = set()

    def questions(self) -> list[Question]:
        """What is missing and has not been asked for yet; empty when there is nothing more to ask.

        Files that the gateway knows itself are not asked for.
        """
        wanted = [Question("file_containing_symbol", service) for service in self._services]
        imports = sorted({name for file in self._files.values() for name in file.dependency})
        wanted += [
            Question("file_by_filename", name) for name in imports if name not in self._files and not known_file(name)
        ]
        new = self._unasked(wanted)
        if not new:
            missing = linked(self._files).missing.values()
            new = self._unasked(Question("file_containing_symbol", each) for each in sorted({*chain(*missing)}))
        self._asked.update(new)
        return new

    def _unasked(self, wanted: Iterable[Question]) -> list[Question]:
        return [each for each in wanted if each not in self._asked]

    def take(self, question: Question, response: Any) -> None:
        """Takes an answer, a ServerReflectionResponse.

        Raises:
            UpstreamRefused: the backend tells more than any contract has.
        """
        try:
            for data in response.file_descriptor_response.file_descriptor_proto:
                self._add(data)
        except DecodeError:
            self._reasons[question.name] = "what the backend sent is no FileDescriptorProto"
        if response.HasField("error_response"):
            error = response.error_response
            self._reasons[question.name] = f"the backend answers {error.error_message or error.error_code}"

    def whole(self) -> tuple[FileDescriptorSet, tuple[Problem, ...]]:
        """The files of all services that are told with everything they import, by name; why others are not."""
        files, undefined = linked(self._files)
        home = {name: file for file in files.values() for name in _services(file)}
        needed: set[str] = set()
        problems: list[Problem] = []
        for service in self._services:
            closure = _closure(home[service], files) if service in home else set()
            missing = [name for name in sorted(closure) if name not in files and not known_file(name)]
            unknown = [each for name in sorted(closure) for each in undefined.get(name, ())]
            if missing or unknown or service not in home:
                problems.append(Problem(_PLACE, 0, 0, service, self._reason(service, missing, unknown)))
            else:
                needed |= closure & files.keys()
        kept = [_only(files[name], frozenset(self._services)) for name in sorted(needed)]
        return FileDescriptorSet(file=kept), tuple(problems)

    def _add(self, data: bytes) -> None:
        file = FileDescriptorProto.FromString(data)
        if file.name in self._files:
            return
        self._files[file.name] = file
        self._bytes += len(data)
        if len(self._files) > MOST_FILES or self._bytes > MOST_BYTES:
            reason = f"server reflection tells more than {MOST_FILES} files or {MOST_BYTES} bytes of them"
            raise UpstreamRefused("RESOURCE_EXHAUSTED", reason)

    def _reason(self, service: str, missing: list[str], unknown: list[str]) -> str:
        for kind, names in (("import", missing), ("type", unknown)):
            if names:
                reason = self._reasons.get(names[0], "the backend answers with another file")
                return f"left out: {kind} {names[0]!r} is missing: {reason}"
        return f"left out: {self._reasons.get(service, 'the backend answers with files that do not define it')}"


def _closure(file: FileDescriptorProto, files: Mapping[str, FileDescriptorProto]) -> set[str]:
    names, waiting = {file.name}, [file]
    while waiting:
        for name in waiting.pop().dependency:
            if name not in names:
                names.add(name)
                waiting += [files[name]] if name in files else []
    return names


def _services(file: FileDescriptorProto) -> Iterator[str]:
    prefix = f"{file.package}." if file.package else ""
    for service in file.service:
        yield prefix + service.name


def _only(file: FileDescriptorProto, served: frozenset[str]) -> FileDescriptorProto:
    """The file without the services that the backend does not serve."""
    kept = [service for service, name in zip(file.service, _services(file), strict=True) if name in served]
    if len(kept) == len(file.service):
        return file
    copy = FileDescriptorProto()
    copy.CopyFrom(file)
    del copy.service[:]
    copy.service.extend(kept)
    # Places are counted by position, which has changed.
    copy.ClearField("source_code_info")
    return copy
