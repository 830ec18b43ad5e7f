"""Contracts that were written with no thought of this gateway, as their packages ship them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import StringIO

import grpc
import pytest
from google.api import annotations_pb2
from google.api.http_pb2 import HttpRule
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet, MethodDescriptorProto
from openapi_spec_validator import OpenAPIV31SpecValidator, OpenAPIV32SpecValidator
from rich.console import Console

from gateway.config import ContractSettings
from gateway.contract.contract import compile_contract
from gateway.contract.descriptors import Descriptors
from gateway.contract.http.router import Found, Router
from gateway.contract.sets.merging import overlaid
from gateway.errors import ContractError
from gateway.listing import route_table
from gateway.publishing import documents
from gateway.upstream.reflection import reflect
from gateway.web.application import OWN_PATHS
from tests.public.contracts import PUBLIC, Public
from tests.public.requests import sample_request
from tests.support.reflecting import V1ALPHA, honest, reflecting

VALIDATORS = {"3.1": OpenAPIV31SpecValidator, "3.2": OpenAPIV32SpecValidator}
REFLECTION = "grpc-reflection"
every_contract = pytest.mark.parametrize("public", PUBLIC, ids=lambda public: public.name)


def bindings(method: MethodDescriptorProto, name: str) -> list[tuple[str, str]]:
    """The HTTP methods and paths that a method's own file says, or that it has without a rule."""
    if not method.options.HasExtension(annotations_pb2.http):
        served = method.server_streaming and not method.client_streaming
        path = "/{}/{}".format(*name.rsplit(".", 1))
        return [("GET", path), ("POST", path)] if served else []
    if method.client_streaming and not method.server_streaming:
        return []
    rule = method.options.Extensions[annotations_pb2.http]
    return [binding(each) for each in (rule, *rule.additional_bindings)]


def binding(rule: HttpRule) -> tuple[str, str]:
    """HTTP method and path of one rule."""
    pattern = rule.WhichOneof("pattern")
    return (rule.custom.kind, rule.custom.path) if pattern == "custom" else (pattern.upper(), getattr(rule, pattern))


def methods(public: Public) -> Iterator[tuple[str, MethodDescriptorProto]]:
    """Every method of a contract by its full name."""
    for file in public.set.file:
        for service in file.service:
            for method in service.method:
                yield f"{file.package}.{service.name}.{method.name}", method


def left_out(public: Public) -> set[str]:
    """The methods that cannot be served; a problem may be of the response of one."""
    responses = {method.output_type[1:]: name for name, method in methods(public)}
    return {responses.get(place.rpartition(".")[0], place) for place in public.left_out}


@every_contract
def test_every_binding_of_a_method_that_can_be_served_is_a_route(public: Public) -> None:
    """As its own proto says it, read here with googleapis' own classes; methods that stream have a path without one."""
    wanted = {
        (name, *each)
        for name, method in methods(public)
        if name not in left_out(public)
        for each in bindings(method, name)
    }
    assert {(route.method, route.verb, route.path.text) for route in public.contract.routes} == wanted
    assert len(public.contract.routes) == len(wanted)


@every_contract
def test_what_cannot_be_served_is_refused_with_its_reason_and_nothing_else_is(public: Public) -> None:
    """Given as a file, all of it at once; told by a backend, the rest is served."""
    told = {problem.element: problem.reason for problem in public.contract.problems}
    assert told.keys() == public.left_out.keys()
    for element, reason in public.left_out.items():
        assert reason in told[element]
    if public.left_out:
        with pytest.raises(ContractError) as refused:
            compile_contract(public.set.SerializeToString())
        assert tuple(refused.value.problems) == public.contract.problems


@every_contract
def test_every_route_is_listed(public: Public) -> None:
    """With its HTTP method, path and RPC."""
    out = StringIO()
    Console(file=out, width=4000).print(route_table(public.contract.routes))
    listed = {tuple(line.split()[:3]) for line in out.getvalue().splitlines()}
    assert {(each.verb, each.path.text, each.method) for each in public.contract.routes} <= listed


@pytest.mark.parametrize("version", VALIDATORS)
@every_contract
def test_every_document_is_valid_and_has_every_route(public: Public, version: str) -> None:
    """By openapi-spec-validator, which knows nothing of the gateway."""
    document = json.loads(documents(public.contract, ContractSettings(), version)[version])
    assert [error.message for error in VALIDATORS[version](document).iter_errors()] == []
    described = {(verb, each.get("operationId")) for path in document["paths"].values() for verb, each in path.items()}
    assert len(described) == len(public.contract.routes)


@every_contract
def test_every_route_is_found_and_its_sample_request_reaches_the_backend_whole(public: Public) -> None:
    """Path, query and body as JSON of google.protobuf say a message; what comes out is that message."""
    pool = Descriptors(public.set.SerializeToString()).pool
    router = Router((route.verb, route.path, route) for route in public.contract.routes)
    for route in public.contract.routes:
        sample = sample_request(route, pool.FindMethodByName(route.method).input_type)
        found = router.find(route.verb, sample.path)
        assert isinstance(found, Found), (route.verb, sample.path)
        assert found.target is route
        bound = route.bind(found.captures, sample.query, frozenset(), sample.body)
        assert type(sample.message).FromString(bound.request) == sample.message, (route.method, route.path.text)


@pytest.mark.parametrize("public", [each for each in PUBLIC if each.name != REFLECTION], ids=lambda public: public.name)
async def test_a_backend_that_tells_of_it_by_reflection_is_served_the_same(public: Public) -> None:
    """By grpcio's own reflection, which the gateway never serves itself."""
    whole = public.set.SerializeToString()
    services = {name.rpartition(".")[0] for name, _ in methods(public)}
    async with (
        reflecting(honest(_imports_first(whole), *services), (V1ALPHA,)) as address,
        grpc.aio.insecure_channel(address) as channel,
    ):
        told = await reflect(channel)
    assert told.problems == ()
    files = overlaid(FileDescriptorSet(), told.files, address).SerializeToString()
    contract = compile_contract(files, OWN_PATHS, keep_going=bool(public.left_out))
    assert {(route.method, route.verb, route.path.text) for route in contract.routes} == {
        (route.method, route.verb, route.path.text) for route in public.contract.routes
    }


def _imports_first(data: bytes) -> bytes:
    """The set in an order in which a pool takes it."""
    files = {file.name: file for file in FileDescriptorSet.FromString(data).file}
    ordered: dict[str, FileDescriptorProto] = {}

    def add(name: str) -> None:
        for imported in files[name].dependency:
            if imported not in ordered:
                add(imported)
        ordered[name] = files[name]

    for name in files:
        if name not in ordered:
            add(name)
    return FileDescriptorSet(file=ordered.values()).SerializeToString()
