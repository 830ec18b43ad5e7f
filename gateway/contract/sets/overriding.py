"""Configured options, written into a descriptor set.

So there is one way in: what is compiled does not show where an option came from. Of several rules for one element
the last one wins (google/api/http.proto). A HTTP rule replaces the one that the proto has; of our own options each
key that is given replaces that one key.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from google.protobuf.descriptor_pb2 import FileDescriptorSet

from gateway.contract.descriptors import Origins, message_class
from gateway.contract.sets.elements import Element, elements
from gateway.contract.sets.known_files import known_file
from gateway.contract.sets.merging import completed
from gateway.contract.sets.overrides import HTTP, Override, extension_of, options_pool, parse_into
from gateway.contract.sets.selectors import Pattern
from gateway.errors import Problem

_OPTIONS = "gateway/sse/v1/options.proto"
_ANNOTATIONS = "google/api/annotations.proto"


class Overridden(NamedTuple):
    """A descriptor set with the configured options in it."""

    files: FileDescriptorSet
    """With everything that the options need."""
    origins: Origins
    """Which options are configured, and where."""
    problems: tuple[Problem, ...]
    """Rules that no element is selected by."""


def overridden(files: FileDescriptorSet, overrides: Iterable[Override]) -> Overridden:
    """Writes options into a copy of a descriptor set."""
    overrides = tuple(overrides)
    if not overrides:
        return Overridden(files, {}, ())
    # The shipped file is what the gateway understands; a contract that was built with an older one lacks options.
    own = known_file(_OPTIONS)
    named = [own if own and file.name == _OPTIONS else file for file in files.file]
    files = completed(FileDescriptorSet(file=named), _OPTIONS, _ANNOTATIONS)
    every = list(elements(files))
    origins: dict[tuple[str, str], str] = {}
    problems: list[Problem] = []
    for override in overrides:
        for pattern in override.patterns:
            selected = [each for each in every if override.kind in each.kinds and pattern.selects(each.name)]
            for element in selected:
                _write(element, override)
                origins |= {(element.name, option): f"{override.file}: {override.rule}" for option in override.values}
            if not selected:
                problems.append(override.problem(_nothing(override.kind, pattern, every)))
    return Overridden(files, origins, tuple(problems))


def _write(element: Element, override: Override) -> None:
    proto = element.proto.options
    own = message_class(options_pool().pool.FindMessageTypeByName(proto.DESCRIPTOR.full_name))
    options = own.FromString(proto.SerializeToString())
    for option in override.values:
        if option == HTTP:
            options.ClearExtension(extension_of(option))
    parse_into(override.values, options)
    proto.ParseFromString(options.SerializeToString(deterministic=True))


def _nothing(kind: str, pattern: Pattern, every: Iterable[Element]) -> str:
    of_kind = {each.name for each in every if kind in each.kinds}
    other = next((each for each in every if each.name == pattern.text), None)
    if other is not None:
        return f"selector: {pattern.text!r} is a {other.kinds[0]}; expected a {kind}"
    near = pattern.nearest(of_kind)
    return f"selector: no {kind} is called {pattern.text!r}" + (f"; did you mean {near}?" if near else "")
