"""What backends tell of themselves, and how little they can do by lying."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet, ServiceDescriptorProto

from gateway.contract.descriptors import Descriptors
from gateway.contract.sets.merging import completed
from gateway.errors import UpstreamAway, UpstreamError, UpstreamRefused
from gateway.upstream import reflected_files
from gateway.upstream.reflection import PATIENCE, Patience, Reflected, first_answer, reflect
from tests.support.protos import FILE, HEAD, descriptor_set
from tests.support.reflecting import (
    V1,
    V1ALPHA,
    Reply,
    files,
    honest,
    listing,
    not_found,
    reflecting,
    reflecting_in_threads,
    replying,
)

SOURCE = HEAD + ('import "beside.proto";\nservice One { rpc Watch(Beside) returns (stream Beside); }\nservice Two {}\n')
SET = descriptor_set(SOURCE, ("beside.proto", 'syntax = "proto3"; package test; message Beside {}'))
SHORT = Patience(silence=0.2, altogether=0.5)


def a_file(name: str, *imports: str, service: str = "") -> bytes:
    """A serialised file."""
    services = [ServiceDescriptorProto(name=service)] if service else []
    return FileDescriptorProto(name=name, dependency=imports, service=services).SerializeToString()


async def asked(address: str, patience: Patience = PATIENCE) -> Reflected:
    """What a backend tells."""
    async with grpc.aio.insecure_channel(address) as channel:
        return await reflect(channel, patience)


async def refusal(reply: Reply, patience: Patience = PATIENCE) -> UpstreamError:
    """The error that a backend's answers end in."""
    async with reflecting(replying(reply)) as address:
        with pytest.raises(UpstreamError) as caught:
            await asked(address, patience)
    return caught.value


@pytest.mark.parametrize(
    "versions",
    [pytest.param((V1,), id="v1"), pytest.param((V1ALPHA,), id="v1alpha"), pytest.param((V1, V1ALPHA), id="both")],
)
async def test_a_backend_tells_its_services_with_all_they_import(versions: tuple[str, ...]) -> None:
    """In either version; the files, with those that the gateway knows, are a contract."""
    async with reflecting(honest(SET, "test.One", "test.Two", *versions), versions) as address:
        told = await asked(address)
    assert (told.services, told.problems) == ({"test.One", "test.Two"}, ())
    assert {FILE, "beside.proto"} <= {file.name for file in told.files.file}
    opened = Descriptors(completed(told.files).SerializeToString())
    assert opened.pool.FindMethodByName("test.One.Watch").server_streaming


async def test_a_service_that_its_file_defines_but_the_backend_does_not_serve_is_left_out() -> None:
    """A call of it would only be UNIMPLEMENTED."""
    async with reflecting(honest(SET, "test.One")) as address:
        told = await asked(address)
    (file,) = [file for file in told.files.file if file.name == FILE]
    assert [service.name for service in file.service] == ["One"]
    assert not file.source_code_info.location


async def test_files_stand_in_one_order_whatever_the_backend_does() -> None:
    """So that the same contract, asked for again, is seen to be the same."""
    tellings = []
    for services in (("test.One", "test.Two"), ("test.Two", "test.One")):
        async with reflecting(honest(SET, *services)) as address:
            tellings.append(await asked(address))
    assert tellings[0] == tellings[1]


async def test_a_backend_that_tells_each_file_only_when_asked_for_it_is_asked() -> None:
    """Some send a file with its imports, some alone; known ones are not asked for."""
    by_name = {file.name: file for file in FileDescriptorSet.FromString(SET).file}
    questions = []

    def reply(request: Any) -> Any:
        if request.HasField("list_services"):
            return listing("test.One", V1ALPHA)
        name = request.file_by_filename or FILE
        questions.append(name)
        return files(by_name[name].SerializeToString())

    async with reflecting(replying(reply)) as address:
        told = await asked(address)
    assert questions == [FILE, "beside.proto"]
    assert [file.name for file in told.files.file] == ["beside.proto", FILE]


async def test_a_backend_with_nothing_but_reflection_tells_nothing() -> None:
    """No service, no error."""
    async with reflecting(honest(SET, V1ALPHA)) as address:
        assert await asked(address) == Reflected(FileDescriptorSet(), frozenset(), ())


async def test_a_backend_without_reflection_refuses() -> None:
    """UNIMPLEMENTED in both versions."""
    async with reflecting(None) as address:
        with pytest.raises(UpstreamRefused) as caught:
            await asked(address)
    assert (caught.value.grpc_code, str(caught.value)) == ("UNIMPLEMENTED", "it has no server reflection")


async def test_a_backend_that_is_not_there_is_away() -> None:
    """Asking again may help."""
    async with reflecting(None) as address:
        pass
    with pytest.raises(UpstreamAway) as caught:
        await asked(address)
    assert caught.value.grpc_code == "UNAVAILABLE"


async def test_a_backend_that_forbids_reflection_refuses() -> None:
    """Its status is kept; the other version is not tried."""

    async def forbidding(requests: AsyncIterator[Any], context: Any) -> AsyncIterator[Any]:
        await context.abort(grpc.StatusCode.PERMISSION_DENIED, "not for you")
        yield None

    async with reflecting(forbidding, (V1, V1ALPHA)) as address:
        with pytest.raises(UpstreamRefused, match="not for you") as caught:
            await asked(address)
    assert caught.value.grpc_code == "PERMISSION_DENIED"


def lying(answer: Any, *more: str) -> Reply:
    """Answers the list of services rightly, and all else with one thing."""
    return lambda request: listing("test.Good", *more) if request.HasField("list_services") else answer


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        pytest.param(not_found(), "test.Good: left out: the backend answers not here", id="does not know its service"),
        pytest.param(listing("x"), "files that do not define it", id="answers another question"),
        pytest.param(files(), "files that do not define it", id="no file at all"),
        pytest.param(files(a_file("a.proto", service="Other")), "files that do not define it", id="another file"),
        pytest.param(files(b"\xff\xfe"), "is no FileDescriptorProto", id="garbage"),
        pytest.param(
            files(FileDescriptorProto(name="a.proto", package="test", dependency=["b.proto"],
                  service=[ServiceDescriptorProto(name="Good")]).SerializeToString()),
            "import 'b.proto' is missing: the backend answers with another file",
            id="the same file whatever is asked for",
        ),
    ],
)  # fmt: skip
async def test_a_backend_that_lies_about_its_only_service_is_refused(answer: Any, told: str) -> None:
    """With what is wrong; there is nothing that could be served."""
    error = await refusal(lying(answer))
    assert isinstance(error, UpstreamRefused)
    assert told in str(error)


async def test_a_missing_import_leaves_out_only_the_services_that_need_it() -> None:
    """And says which import, and what the backend answered."""
    answers = {
        "Good": files(a_file("good.proto", service="Good")),
        "Bad": files(a_file("bad.proto", "lost.proto", service="Bad")),
        "lost.proto": not_found(),
    }

    def reply(request: Any) -> Any:
        name = request.file_containing_symbol or request.file_by_filename
        return answers[name] if name else listing("Bad", "Good")

    async with reflecting(replying(reply)) as address:
        told = await asked(address)
    assert (told.services, [file.name for file in told.files.file]) == ({"Good"}, ["good.proto"])
    (problem,) = told.problems
    assert problem.element == "Bad"
    assert problem.reason == "left out: import 'lost.proto' is missing: the backend answers not here"


async def test_an_import_that_the_gateway_knows_need_not_be_told() -> None:
    """google/protobuf/timestamp.proto is the same everywhere."""
    answers = {"Good": files(a_file("good.proto", "google/protobuf/timestamp.proto", service="Good"))}

    def reply(request: Any) -> Any:
        return answers[request.file_containing_symbol] if request.file_containing_symbol else listing("Good")

    async with reflecting(replying(reply)) as address:
        told = await asked(address)
    assert [file.name for file in completed(told.files).file] == ["good.proto", "google/protobuf/timestamp.proto"]


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        pytest.param(not_found(), "it answers not here", id="an error"),
        pytest.param(files(), "it answers something else", id="another answer"),
        pytest.param(b"\xff\xfe", "is no ServerReflectionResponse", id="bytes that are no answer"),
    ],
)
async def test_a_backend_that_does_not_list_its_services_is_refused(answer: Any, told: str) -> None:
    """There is nothing to ask for."""
    assert told in str(await refusal(lambda request: answer))


async def test_an_endless_chain_of_imports_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """With an error that says how much is too much."""
    monkeypatch.setattr(reflected_files, "MOST_FILES", 20)

    def reply(request: Any) -> Any:
        if request.HasField("list_services"):
            return listing("Good")
        at = int(request.file_by_filename or 0)
        return files(a_file(str(at), str(at + 1), service="" if at else "Good"))

    error = await refusal(reply)
    assert (error.grpc_code, "more than 20 files" in str(error)) == ("RESOURCE_EXHAUSTED", True)


async def test_files_that_import_each_other_are_asked_for_once() -> None:
    """The compiler refuses the circle; asking does not turn in it."""
    answers = {"Good": files(a_file("a", "b", service="Good")), "b": files(a_file("b", "a"))}

    def reply(request: Any) -> Any:
        name = request.file_containing_symbol or request.file_by_filename
        return answers[name] if name else listing("Good")

    async with reflecting(replying(reply)) as address:
        told = await asked(address)
    assert [file.name for file in told.files.file] == ["a", "b"]


async def test_a_backend_that_falls_silent_is_given_up() -> None:
    """After the time that an answer may take."""

    async def silent(requests: AsyncIterator[Any], context: Any) -> AsyncIterator[Any]:
        await asyncio.Event().wait()
        yield None

    async with reflecting(silent) as address:
        with pytest.raises(UpstreamAway, match=r"no answer to server reflection for 0\.2 s") as caught:
            await asked(address, SHORT)
    assert caught.value.grpc_code == "DEADLINE_EXCEEDED"


async def test_a_backend_that_always_has_one_more_answer_is_given_up() -> None:
    """Each comes in time; all together take too long."""

    async def slow(requests: AsyncIterator[Any], context: Any) -> AsyncIterator[Any]:
        at = 0
        async for request in requests:
            await asyncio.sleep(0.05)
            at += 1
            named = files(a_file(str(at), str(at + 1), service="" if at > 2 else "Good"))
            yield listing("Good") if request.HasField("list_services") else named

    async with reflecting(slow) as address:
        with pytest.raises(UpstreamAway) as caught:
            await asked(address, SHORT)
    assert caught.value.grpc_code == "DEADLINE_EXCEEDED"


async def test_a_backend_that_ends_the_call_without_an_answer_is_refused() -> None:
    """OK is no answer."""

    async def ending(requests: AsyncIterator[Any], context: Any) -> AsyncIterator[Any]:
        return
        yield None

    async with reflecting(ending) as address:
        with pytest.raises(UpstreamRefused, match="ends server reflection without an answer"):
            await asked(address)


async def test_a_channel_that_is_closed_meanwhile_is_away() -> None:
    """The backend's address is gone from its name; nobody has cancelled the asking."""
    begun = asyncio.Event()

    async def silent(requests: AsyncIterator[Any], context: Any) -> AsyncIterator[Any]:
        begun.set()
        await asyncio.Event().wait()
        yield None

    async with reflecting(silent, (V1,)) as address:
        channel = grpc.aio.insecure_channel(address)
        asking = asyncio.ensure_future(reflect(channel))
        await begun.wait()
        await channel.close()
        with pytest.raises(UpstreamAway):
            await asking
        with pytest.raises(UpstreamAway):
            await reflect(channel)


async def test_who_stops_asking_leaves_nothing_behind() -> None:
    """A gateway that is stopped cancels it."""
    begun, over = asyncio.Event(), asyncio.Event()

    async def silent(requests: AsyncIterator[Any], context: Any) -> AsyncIterator[Any]:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            over.set()
        yield None

    async with reflecting(silent, (V1,)) as address, grpc.aio.insecure_channel(address) as channel:
        asking = asyncio.ensure_future(reflect(channel))
        await begun.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        await over.wait()


async def test_the_first_backend_that_tells_counts() -> None:
    """One is silent, one has no reflection, one is away."""

    async def silent(requests: AsyncIterator[Any], context: Any) -> AsyncIterator[Any]:
        await asyncio.Event().wait()
        yield None

    async with reflecting(None) as gone:
        pass
    async with reflecting(silent) as hanging, reflecting(None) as plain, reflecting(honest(SET, "test.One")) as good:
        channels = {each: grpc.aio.insecure_channel(each) for each in (gone, hanging, plain, good)}
        address, told = await first_answer(channels)
        assert (address, told.services) == (good, {"test.One"})
        for channel in channels.values():
            await channel.close()


async def test_where_none_tells_a_refusal_counts_more_than_silence() -> None:
    """A backend that is there knows better than one that is away; the error names it."""
    async with reflecting(None) as gone:
        pass
    async with reflecting(None) as plain:
        channels = {each: grpc.aio.insecure_channel(each) for each in (gone, plain)}
        with pytest.raises(UpstreamRefused, match=f"{plain}: it has no server reflection"):
            await first_answer(channels)
        for channel in channels.values():
            await channel.close()


async def test_without_an_address_everybody_is_away() -> None:
    """A name that does not resolve yet."""
    with pytest.raises(UpstreamAway, match="no address is known yet"):
        await first_answer({})


async def test_a_refusal_is_known_as_one_however_fast_it_comes() -> None:
    """A server in threads refuses before a question is written; grpc.aio then told one in five as an internal error."""
    with reflecting_in_threads(b"") as address:
        for _ in range(40):
            with pytest.raises(UpstreamRefused, match="it has no server reflection"):
                await asked(address)


async def test_a_service_whose_file_uses_a_type_that_nobody_defines_is_left_out_with_its_name() -> None:
    """The type is asked for first; Node's reflection tells files without their imports."""
    wanted: list[str] = []
    method = {"name": "Go", "input_type": ".lost.Type", "output_type": ".lost.Type"}
    service = ServiceDescriptorProto(name="One", method=[method])
    lost = FileDescriptorProto(name="one.proto", package="test", service=[service]).SerializeToString()

    def reply(request: Any) -> Any:
        wanted.append(request.file_containing_symbol)
        if request.HasField("list_services"):
            return listing("test.One", "Two")
        answers = {"test.One": files(lost), "Two": files(a_file("two.proto", service="Two"))}
        return answers.get(request.file_containing_symbol) or not_found()

    async with reflecting(replying(reply)) as address:
        told = await asked(address)
    assert wanted == ["", "Two", "test.One", "lost.Type"]
    assert told.services == {"Two"}
    assert [(each.element, each.reason) for each in told.problems] == [
        ("test.One", "left out: type 'lost.Type' is missing: the backend answers not here")
    ]
