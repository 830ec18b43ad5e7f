"""The way in: a descriptor set becomes a contract, or an error that lists everything that is wrong."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from google.protobuf.descriptor import MethodDescriptor

from gateway.contract.compiling import HTTP, RouteCompiler
from gateway.contract.descriptors import NO_ORIGINS, Descriptors, JsonNames, Origins
from gateway.contract.gathering import Gathering
from gateway.contract.messages.compiler import MessageCompiler
from gateway.contract.routes import Route, StreamRoute, UnaryRoute
from gateway.contract.sets.shipped import shipped_descriptor_set
from gateway.contract.validation.constraints import Constraints
from gateway.errors import ContractError, Problem

__all__ = ["Contract", "compile_contract", "shipped_descriptor_set"]


@dataclass(frozen=True)
class Contract:
    """A compiled contract."""

    routes: tuple[Route, ...]
    """One for each binding of each method that is served, in the order of the source."""
    oneofs: Mapping[str, tuple[tuple[str, ...], ...]]
    """By the name of a Struct: the sets of JSON keys of which at most one is there."""
    problems: tuple[Problem, ...] = ()
    """Why some methods are left out; empty unless it was compiled with `keep_going`."""

    @property
    def streams(self) -> tuple[StreamRoute, ...]:
        """The routes that are answered with events."""
        return tuple(route for route in self.routes if isinstance(route, StreamRoute))

    @property
    def unary(self) -> tuple[UnaryRoute, ...]:
        """The routes that are answered with one response."""
        return tuple(route for route in self.routes if isinstance(route, UnaryRoute))


def compile_contract(
    descriptor_set: bytes,
    reserved: Collection[str] = (),
    json_names: JsonNames = "proto",
    origins: Origins = NO_ORIGINS,
    keep_going: bool = False,
) -> Contract:
    """Compiles a serialised FileDescriptorSet.

    Args:
        descriptor_set: with its imports.
        reserved: paths that are not the contract's to serve, with `{}` for each field.
        json_names: which names JSON has: `proto` for the fields' own, `camel` for ProtoJSON's lowerCamelCase.
        origins: of options that the configuration has given; their problems have that for a place.
        keep_going: leave out the methods that cannot be served, and say why in `Contract.problems`.

    Raises:
        ContractError: with every problem of every method; with `keep_going` only where nothing can be read.
    """
    descriptors = Descriptors(descriptor_set, json_names, origins)
    messages = MessageCompiler(descriptors)
    rules: dict[str, Constraints] = {}
    gathering = Gathering()
    taken = _Paths(descriptors, reserved)
    routes: list[Route] = []
    for method in descriptors.methods():
        compiled = gathering.run(RouteCompiler(descriptors, messages, rules, method).compile) or ()
        routes += gathering.run(taken.take, method, compiled) or ()
    problems = descriptors.in_file_order(gathering.problems)
    if problems and not keep_going:
        raise ContractError(problems)
    return Contract(tuple(routes), messages.oneofs, tuple(problems))


class _Paths:
    """Which paths are taken, and by which method."""

    def __init__(self, descriptors: Descriptors, reserved: Collection[str]) -> None:
        self._descriptors = descriptors
        self._reserved = reserved
        self._owners: dict[tuple[str, str], str] = {}

    def take(self, method: MethodDescriptor, routes: Iterable[Route]) -> tuple[Route, ...]:
        """A method's routes, once their paths are its own.

        Raises:
            ContractError: with every path that is not.
        """
        wanted = {(route.verb, route.path.shape): route for route in routes}
        reasons = [
            *(self._refusal(route) for route in wanted.values()),
            *(f"{each.verb} {each.path.text} stands twice" for each in routes if each not in wanted.values()),
        ]
        if problems := [self._descriptors.problem(method, reason, HTTP) for reason in reasons if reason]:
            raise ContractError(problems)
        self._owners |= dict.fromkeys(wanted, method.full_name)
        return tuple(routes)

    def _refusal(self, route: Route) -> str:
        owner = self._owners.get((route.verb, route.path.shape))
        if owner:
            return f"path {route.path.text!r} is already that of {owner}"
        return f"path {route.path.text!r} is one of the gateway's own" if route.path.shape in self._reserved else ""
