"""Asking a backend for its contract: gRPC server reflection (grpc/reflection/v1/reflection.proto).

Version 1 and its predecessor v1alpha are the same on the wire but for the service's name.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from google.protobuf.descriptor_pb2 import FileDescriptorSet
from google.protobuf.message import DecodeError
from grpc.aio import EOF, AioRpcError, Channel, UsageError
from grpc_reflection.v1alpha.reflection_pb2 import ServerReflectionRequest, ServerReflectionResponse

from gateway.errors import Problem, UpstreamAway, UpstreamError, UpstreamRefused
from gateway.upstream.reflected_files import ReflectedFiles
from gateway.upstream.status import translated

OWN = "grpc.reflection."
"""What the names of the reflection services begin with; they are left out."""
_VERSIONS = ("grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection")

_REFUSAL_SECONDS = 0.05
"""Of a refusal that comes while a question is being written, grpc.aio says no more than that there was one."""


class Patience(NamedTuple):
    """How long a backend may take, in seconds."""

    silence: float = 10.0
    """For one answer."""
    altogether: float = 60.0
    """For all of them."""


PATIENCE = Patience()


class Reflected(NamedTuple):
    """What a backend tells of itself."""

    files: FileDescriptorSet
    """The files of its services and what they import, by name; not those that the gateway knows itself."""
    services: frozenset[str]
    """The full names of the services in `files`; reflection is not among them."""
    problems: tuple[Problem, ...]
    """Services that it names but does not describe."""


async def first_answer(channels: Mapping[str, Channel], patience: Patience = PATIENCE) -> tuple[str, Reflected]:
    """Asks all backends; the address and the services of the first one that tells them.

    Args:
        channels: by address.
        patience: how long each may take.

    Raises:
        UpstreamRefused: at least one of them refuses, and none tells.
        UpstreamAway: none can be reached.
    """
    asking = {asyncio.ensure_future(reflect(channel, patience)): address for address, channel in channels.items()}
    errors = []
    try:
        while asking:
            for task in (await asyncio.wait(asking, return_when=asyncio.FIRST_COMPLETED))[0]:
                address = asking.pop(task)
                try:
                    return address, task.result()
                except UpstreamError as error:
                    errors.append(type(error)(error.grpc_code, f"{address}: {error}"))
    finally:
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)
    refusals = [error for error in errors if isinstance(error, UpstreamRefused)]
    raise [*refusals, *errors, UpstreamAway("UNAVAILABLE", "no address is known yet")][0]


async def reflect(channel: Channel, patience: Patience = PATIENCE) -> Reflected:
    """A backend's services.

    Args:
        channel: to the backend.
        patience: how long it may take.

    Raises:
        UpstreamRefused: the backend has no reflection (UNIMPLEMENTED), forbids it, or tells nothing that can be used.
        UpstreamAway: it cannot be reached, or is too slow.
    """
    for service in _VERSIONS:
        conversation = _Conversation(channel, service, patience)
        try:
            return await _reflected(conversation)
        except UpstreamRefused as error:
            if error.grpc_code != "UNIMPLEMENTED":
                raise
        except UpstreamAway as error:
            # What grpc.aio makes of a refusal that comes while a question is still being written.
            if error.grpc_code != "INTERNAL" or service == _VERSIONS[-1]:
                raise
        finally:
            conversation.end()
    raise UpstreamRefused("UNIMPLEMENTED", "it has no server reflection")


async def _reflected(conversation: _Conversation) -> Reflected:
    (listed,) = await conversation.ask([ServerReflectionRequest(list_services="*")])
    if not listed.HasField("list_services_response"):
        reason = listed.error_response.error_message or "something else"
        raise UpstreamRefused("DATA_LOSS", f"asked for its services, it answers {reason}")
    names = sorted({each.name for each in listed.list_services_response.service if not each.name.startswith(OWN)})
    files = ReflectedFiles(names)
    while questions := files.questions():
        requests = [ServerReflectionRequest(**{each.kind: each.name}) for each in questions]
        for question, response in zip(questions, await conversation.ask(requests), strict=True):
            files.take(question, response)
    whole, problems = files.whole()
    if problems and not whole.file:
        raise UpstreamRefused("DATA_LOSS", "server reflection: " + "; ".join(map(str, problems)))
    return Reflected(whole, frozenset(names) - {problem.element for problem in problems}, problems)


class _Conversation:
    """One call of ServerReflectionInfo: questions and answers, in the same order."""

    def __init__(self, channel: Channel, service: str, patience: Patience) -> None:
        # gRPC would only log an answer that it cannot deserialise.
        method: Any = channel.stream_stream(
            f"/{service}/ServerReflectionInfo",
            request_serializer=ServerReflectionRequest.SerializeToString,
        )
        self._questions: asyncio.Queue[ServerReflectionRequest | None] = asyncio.Queue()
        self._patience = patience.silence
        self._call = _opened(method, self._asked(), patience.altogether)
        self._ended = asyncio.Event()
        self._call.add_done_callback(lambda call: self._ended.set())

    async def ask(self, requests: Sequence[ServerReflectionRequest]) -> list[ServerReflectionResponse]:
        """Asks all at once.

        Raises:
            UpstreamError: the backend does not answer them all.
        """
        for request in requests:
            self._questions.put_nowait(request)
        return [await self._answer() for _ in requests]

    def end(self) -> None:
        """Hangs up."""
        self._questions.put_nowait(None)
        self._call.cancel()

    async def _asked(self) -> AsyncIterator[ServerReflectionRequest]:
        with suppress(TimeoutError):
            async with asyncio.timeout(_REFUSAL_SECONDS):
                await self._ended.wait()
        while not self._ended.is_set() and (request := await self._questions.get()) is not None:
            yield request

    async def _answer(self) -> ServerReflectionResponse:
        try:
            async with asyncio.timeout(self._patience):
                answer = await self._call.read()
        except AioRpcError as error:
            raise translated(error) from None
        except TimeoutError:
            reason = f"no answer to server reflection for {self._patience:g} s"
            raise UpstreamAway("DEADLINE_EXCEEDED", reason) from None
        except asyncio.CancelledError:
            if (task := asyncio.current_task()) is None or task.cancelling():
                raise
            raise UpstreamAway("CANCELLED", "its channel was closed") from None
        if answer is EOF:
            raise UpstreamRefused("DATA_LOSS", "it ends server reflection without an answer")
        try:
            return ServerReflectionResponse.FromString(answer)
        except DecodeError:
            raise UpstreamRefused("DATA_LOSS", "what it answers is no ServerReflectionResponse") from None


def _opened(method: Any, questions: AsyncIterator[ServerReflectionRequest], timeout: float) -> Any:
    try:
        return method(questions, timeout=timeout)
    except UsageError as error:
        raise UpstreamAway("CANCELLED", str(error)) from None
