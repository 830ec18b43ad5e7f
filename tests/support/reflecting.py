"""Backends that tell of themselves by gRPC server reflection, as grpcio-reflection or worse."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import grpc
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from google.protobuf.descriptor_pool import DescriptorPool
from grpc_reflection.v1alpha import reflection, reflection_pb2, reflection_pb2_grpc

V1, V1ALPHA = "grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection"
Response = reflection_pb2.ServerReflectionResponse
Reply = Callable[[Any], Any]
"""From a ServerReflectionRequest to the response."""
Servicer = Callable[[AsyncIterator[Any], Any], AsyncIterator[Any]]
"""ServerReflectionInfo."""


def pool_of(*sets: bytes) -> DescriptorPool:
    """A pool with the files of serialised sets."""
    pool = DescriptorPool()
    for data in sets:
        for file in FileDescriptorSet.FromString(data).file:
            pool.Add(file)
    return pool


def honest(data: bytes, *services: str) -> Servicer:
    """grpcio-reflection's own servicer for the services of a descriptor set."""
    servicer = reflection.aio.ReflectionServicer(services, pool=pool_of(data))
    return servicer.ServerReflectionInfo  # type: ignore[no-any-return]


def replying(reply: Reply) -> Servicer:
    """A servicer that answers each request by itself."""

    async def info(requests: AsyncIterator[Any], context: Any) -> AsyncIterator[Any]:
        async for request in requests:
            yield reply(request)

    return info


def listing(*names: str) -> Any:
    """A list of services."""
    services = [reflection_pb2.ServiceResponse(name=name) for name in names]
    return Response(list_services_response=reflection_pb2.ListServiceResponse(service=services))


def files(*data: bytes) -> Any:
    """An answer with serialised files."""
    return Response(file_descriptor_response=reflection_pb2.FileDescriptorResponse(file_descriptor_proto=data))


def not_found() -> Any:
    """An answer that says that there is no such thing."""
    return Response(error_response=reflection_pb2.ErrorResponse(error_code=5, error_message="not here"))


def reflection_handlers(servicer: Servicer, versions: Iterable[str] = (V1ALPHA,)) -> tuple[Any, ...]:
    """What adds a servicer to a server, under some versions' names."""
    handler = grpc.stream_stream_rpc_method_handler(
        servicer,
        request_deserializer=reflection_pb2.ServerReflectionRequest.FromString,
        response_serializer=lambda answer: answer if isinstance(answer, bytes) else answer.SerializeToString(),
    )
    handlers = {"ServerReflectionInfo": handler}
    return tuple(grpc.method_handlers_generic_handler(version, handlers) for version in versions)


@asynccontextmanager
async def reflecting(
    servicer: Servicer | None, versions: Iterable[str] = (V1ALPHA,), port: int = 0
) -> AsyncIterator[str]:
    """A backend that has the servicer under some versions' names; its address."""
    server = grpc.aio.server()
    if servicer is not None:
        server.add_generic_rpc_handlers(reflection_handlers(servicer, versions))
    bound = server.add_insecure_port(f"127.0.0.1:{port}")
    await server.start()
    try:
        yield f"127.0.0.1:{bound}"
    finally:
        await server.stop(0)


@contextmanager
def reflecting_in_threads(data: bytes, *services: str) -> Iterator[str]:
    """An honest backend without an event loop, for commands that have one of their own; without services, mute."""
    server = grpc.server(ThreadPoolExecutor(1))
    if services:
        servicer = reflection.ReflectionServicer(services, pool=pool_of(data))
        reflection_pb2_grpc.add_ServerReflectionServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.stop(0).wait()
