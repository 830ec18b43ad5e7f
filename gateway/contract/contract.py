"""The way in: a descriptor set becomes a contract, or an error that lists everything that is wrong."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from importlib.resources import files

from gateway.contract.compiling import HTTP, RouteCompiler
from gateway.contract.descriptors import Descriptors
from gateway.contract.messages import MessageCompiler
from gateway.contract.routes import Route
from gateway.errors import ContractError, Problem


@dataclass(frozen=True)
class Contract:
    """A compiled contract."""

    routes: tuple[Route, ...]
    """One for each server-streaming method, in the order of the source."""
    oneofs: Mapping[str, tuple[tuple[str, ...], ...]]
    """By the name of a Struct: the sets of JSON keys of which at most one is there."""


def compile_contract(descriptor_set: bytes, reserved: Collection[str] = ()) -> Contract:
    """Compiles a serialised FileDescriptorSet.

    Args:
        descriptor_set: with its imports.
        reserved: paths that are not the contract's to serve, with `{}` for each field.

    Raises:
        ContractError: with every problem of every method.
    """
    descriptors = Descriptors(descriptor_set)
    messages = MessageCompiler(descriptors)
    routes: list[Route] = []
    problems: list[Problem] = []
    for method in descriptors.streaming_methods():
        try:
            route = RouteCompiler(descriptors, messages, method).compile()
            routes.append(route)
        except ContractError as error:
            problems += error.problems
    problems += _shared_paths(descriptors, routes, reserved)
    if problems:
        raise ContractError(descriptors.in_file_order(problems))
    return Contract(tuple(routes), messages.oneofs)


def shipped_descriptor_set() -> bytes:
    """The descriptor set of the progress and log contract, which the package carries."""
    return files("gateway.contract").joinpath("shipped.binpb").read_bytes()


def _shared_paths(descriptors: Descriptors, routes: list[Route], reserved: Collection[str]) -> list[Problem]:
    methods = {method.full_name: method for method in descriptors.streaming_methods()}
    first: dict[str, Route] = {}
    problems = []
    for route in routes:
        other = first.setdefault(route.path.shape, route)
        if other is not route or route.path.shape in reserved:
            owner = f"already that of {other.method}" if other is not route else "one of the gateway's own"
            reason = f"path {route.path.text!r} is {owner}"
            problems.append(descriptors.problem(methods[route.method], reason, HTTP))
    return problems
