"""Where the contract comes from: files, backends, the shipped set, and the rules of the configuration."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from google.protobuf.descriptor_pb2 import FileDescriptorSet

from gateway.config import Settings
from gateway.contract.contract import Contract, compile_contract
from gateway.contract.sets.elements import elements
from gateway.contract.sets.known_files import shipped_files
from gateway.contract.sets.merging import DescriptorSet, completed, merged, overlaid
from gateway.contract.sets.overrides import parse_overrides
from gateway.contract.sets.overriding import Overridden, overridden
from gateway.errors import ConfigError, ContractError, Problem
from gateway.upstream.reflection import Reflected
from gateway.web.application import OWN_PATHS

_HEALTH = "grpc.health.v1.Health"
_OPTIONS = "gateway/sse/v1/options.proto"


class Told(NamedTuple):
    """What a backend tells of itself."""

    address: str
    """The backend."""
    reflected: Reflected
    """Its services."""


class Draft(NamedTuple):
    """A contract before it is compiled."""

    overridden: Overridden
    """Its files."""
    owned: frozenset[str]
    """The names of those that were given: a problem in them is an error."""
    left_out: tuple[Problem, ...] = ()
    """What a backend has but does not describe."""
    told: bool = False
    """True where a backend has told of it: methods that cannot be served are left out."""

    def same(self, other: Draft | None) -> bool:
        """True where both make the same contract."""
        return other is not None and self.overridden.files == other.overridden.files


class Sources:
    """The sources that the settings name.

    Raises:
        ContractError: a rule of the configuration is wrong.
    """

    def __init__(self, settings: Settings) -> None:
        self._contract = settings.contract
        http, sse = settings.http, settings.sse
        tables = {
            "http.rules": http.rules,
            "sse.methods": sse.methods,
            "sse.events": sse.events,
            "sse.parameters": sse.parameters,
            "sse.enums": sse.enums,
        }
        self._overrides = parse_overrides(tables, settings.file)

    @property
    def asks(self) -> bool:
        """True where backends are asked for their services."""
        return self.demands or (self._contract.reflection == "auto" and not self._contract.descriptor_sets)

    @property
    def demands(self) -> bool:
        """True where nothing but a backend's services will do."""
        return self._contract.reflection == "on"

    def draft(self, answer: Told | None = None) -> Draft:
        """What is to be served; without an answer, what is known without the backends.

        Raises:
            ConfigError: a file cannot be read.
            ContractError: files are no descriptor sets, or contradict each other.
        """
        given = self._given()
        owned = frozenset(file.name for file in given.file)
        if answer is None:
            files = given if given.file else self._without_files()
            return Draft(overridden(files, self._overrides), owned)
        services = answer.reflected.services
        if not self.demands and services <= _shipped_services() | {_HEALTH}:
            return Draft(overridden(self._without_files(), self._overrides), owned)
        files = overlaid(given, answer.reflected.files, answer.address)
        return Draft(overridden(files, self._overrides), owned, answer.reflected.problems, told=True)

    def compile(self, draft: Draft, selectors_must_match: bool = True) -> Contract:
        """The contract of a draft.

        Args:
            draft: of `draft`.
            selectors_must_match: False where backends, who may have what the rules are for, are still to be asked.

        Raises:
            ContractError: it cannot be served. Where a backend has told of it, methods that cannot be served are
                left out instead and `Contract.problems` says why, unless they are of a given file.
        """
        files, origins, unmatched = draft.overridden
        unmatched = unmatched if selectors_must_match else ()
        if unmatched and not draft.told:
            raise ContractError(unmatched)
        data = files.SerializeToString(deterministic=True)
        contract = compile_contract(data, OWN_PATHS, self._contract.json_names, origins, keep_going=draft.told)
        if own := [problem for problem in contract.problems if problem.file in draft.owned]:
            raise ContractError(own)
        return replace(contract, problems=(*unmatched, *draft.left_out, *contract.problems))

    def _given(self) -> FileDescriptorSet:
        names = self._contract.descriptor_sets
        return merged(DescriptorSet(name, _read(Path(name))) for name in names) if names else FileDescriptorSet()

    def _without_files(self) -> FileDescriptorSet:
        if self.demands:
            return completed(FileDescriptorSet(), _OPTIONS)  # no method: nothing is served yet
        return FileDescriptorSet(file=shipped_files().values())


def _shipped_services() -> frozenset[str]:
    files = FileDescriptorSet(file=shipped_files().values())
    return frozenset(each.name for each in elements(files) if "service" in each.kinds)


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise ConfigError(f"descriptor set {file}: {error.strerror}") from None


def listed(problems: Iterable[Problem]) -> str:
    """Problems, one to a line."""
    return "\n".join(f"  {problem}" for problem in problems)
