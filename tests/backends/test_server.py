"""The emitter's server: its start, its services and its end."""

import logging
import subprocess
import sys
import textwrap
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from backends.emitter import BindError, Emitter
from backends.generated.gateway.progress.v1 import progress_pb2

ROOT = Path(__file__).parents[2]
SERVICES = ("gateway.progress.v1.ProgressService", "gateway.logs.v1.LogService")


def begin(emitter, name):
    """Return an operation, not yet entered."""
    return emitter.progress.operation(name, type="t", owner_id="u")


def run(program):
    """Run a program of its own that uses the emitter."""
    command = [sys.executable, "-X", "dev", "-W", "error", "-c", textwrap.dedent(program)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)


@pytest.mark.parametrize("service", ["", *SERVICES])
async def test_health_says_that_it_serves(serve, service):
    """As a whole, and each service."""
    _, client = await serve(Emitter())
    health = health_pb2_grpc.HealthStub(client.channel)
    answer = await health.Check(health_pb2.HealthCheckRequest(service=service), timeout=10)
    assert answer.status == health_pb2.HealthCheckResponse.SERVING


async def test_reflection_lists_both_services_and_their_files(serve):
    """So a gateway needs nothing but the address."""
    _, client = await serve(Emitter())
    stub = reflection_pb2_grpc.ServerReflectionStub(client.channel)
    requests = [
        reflection_pb2.ServerReflectionRequest(list_services=""),
        reflection_pb2.ServerReflectionRequest(file_containing_symbol=SERVICES[0]),
    ]
    listed, described = [answer async for answer in stub.ServerReflectionInfo(iter(requests), timeout=10)]
    assert {service.name for service in listed.list_services_response.service} >= set(SERVICES)
    assert progress_pb2.DESCRIPTOR.serialized_pb in described.file_descriptor_response.file_descriptor_proto


async def test_a_taken_port_is_a_clear_error(serve):
    """It names the address."""
    server, _ = await serve(Emitter())
    with pytest.raises(BindError, match=f"cannot listen on 127.0.0.1:{server.port}"):
        await Emitter().serve(f"127.0.0.1:{server.port}")


def test_a_thread_that_cannot_listen_tells_its_starter():
    """And the emitter may be started elsewhere."""
    emitter, other = Emitter(), Emitter()
    port = emitter.start("127.0.0.1:0")
    with pytest.raises(BindError):
        other.start(f"127.0.0.1:{port}")
    assert other.start("127.0.0.1:0") > 0
    for one in (emitter, other):
        one.stop()


async def test_a_stopping_backend_delivers_the_rest_and_ends_with_unavailable(serve):
    """OK would tell the gateway that nothing will ever follow."""
    emitter = Emitter()
    server, client = await serve(emitter)
    call = client.watch()
    await call.past()
    with begin(emitter, "last"):
        pass
    await server.stop(10)
    responses, error = await call.to_end()
    assert [response.WhichOneof("event") for response in responses] == ["progress", "completed"]
    assert error.code() == grpc.StatusCode.UNAVAILABLE


async def test_a_client_that_does_not_read_does_not_keep_a_backend_from_stopping(serve):
    """After the grace it is cut off, with UNAVAILABLE as well."""
    emitter = Emitter()
    server, client = await serve(emitter)
    call = client.logs()
    await call.past()
    logger = logging.Logger("app")
    logger.addHandler(emitter.logs)
    for _ in range(2_000):
        logger.info("x" * 16_000)
    await server.stop(0.1)
    responses, error = await call.to_end()
    assert 0 < len(responses) < 2_000
    assert error.code() == grpc.StatusCode.UNAVAILABLE


async def test_a_stopped_backend_may_serve_again_and_be_resumed(serve, client_of):
    """The history outlives the server."""
    emitter = Emitter()
    server, client = await serve(emitter)
    _, bookmark = await client.watch().past()
    await server.stop(0)
    with begin(emitter, "meanwhile"):
        pass
    _, again = await serve(emitter)
    past, _ = await again.watch(after=bookmark.resume_token).past()
    assert [response.WhichOneof("event") for response in past] == ["progress", "completed"]


def test_a_program_without_an_event_loop_serves_from_a_thread():
    """It starts, tells what happens in the caller's thread, stops, and may start again."""
    emitter = Emitter()
    for _ in range(2):
        port = emitter.start("127.0.0.1:0")
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel, begin(emitter, "work"):
            watch = channel.unary_stream(
                f"/{SERVICES[0]}/WatchProgress",
                progress_pb2.WatchProgressRequest.SerializeToString,
                progress_pb2.WatchProgressResponse.FromString,
            )
            call = watch(progress_pb2.WatchProgressRequest(), timeout=20)
            assert next(call).progress.operation_name == "work"
            with pytest.raises(RuntimeError, match="started before"):
                emitter.start("127.0.0.1:0")
            emitter.stop()
            with pytest.raises(grpc.RpcError) as caught:
                list(call)
            assert caught.value.code() == grpc.StatusCode.UNAVAILABLE
    emitter.stop()


def test_a_program_may_end_without_stopping_its_emitter():
    """The thread does not keep it alive, and nothing is printed."""
    ended = run("""
        from backends.emitter import Emitter
        print(Emitter().start("127.0.0.1:0") > 0)
    """)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "True\n", "")


def test_the_example_of_the_documentation_runs():
    """As it stands in the package's docstring."""
    ended = run("""
        import logging, re, textwrap
        from pathlib import Path
        import backends.emitter
        from backends.emitter import *
        example = textwrap.dedent(re.search(r"\\n\\n(    .*?\\n)\\n", backends.emitter.__doc__, re.S)[1])
        paths = [Path("pyproject.toml")]
        exec(example.replace("50051", "0"))
        entries = [entry.item for entry in emitter.progress.ring.since()[0]]
        print(entries[-1].overall_percentage, entries[-1].stages[0].name)
    """)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "100.0 Scan files\n", "")
