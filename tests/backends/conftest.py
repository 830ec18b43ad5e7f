"""What the tests of the backends share: a clock they turn themselves, and a client of both services."""

import asyncio
import heapq
import itertools
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta

import grpc
import pytest

from backends.emitter import Emitter, Server
from backends.generated.gateway.logs.v1 import logs_pb2
from backends.generated.gateway.progress.v1 import progress_pb2

PATIENCE_SECONDS = 20


class FakeClock:
    """Time that passes only when `advance` says so."""

    def __init__(self):
        self.seconds = 0.0
        self._due = []
        self._number = itertools.count()

    def now(self):
        """Return a time in 2026."""
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self.seconds)

    def monotonic(self):
        """Return the seconds passed."""
        return self.seconds

    def call_later(self, seconds, callback):
        """Remember a callback."""
        heapq.heappush(self._due, (self.seconds + seconds, next(self._number), callback))

    @property
    def pending(self):
        """How many callbacks are to come."""
        return len(self._due)

    def advance(self, seconds):
        """Let time pass, and what falls due happen."""
        end = self.seconds + seconds
        while self._due and self._due[0][0] <= end:
            self.seconds, _, callback = heapq.heappop(self._due)
            callback()
        self.seconds = end


class Call:
    """A streaming call whose every wait is bounded."""

    def __init__(self, call):
        self.call = call

    async def read(self):
        """Return the next response; a call that has ended raises its error."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            response = await self.call.read()
        assert response is not grpc.aio.EOF, "the call ended with OK"
        return response

    async def past(self):
        """Return the responses before the bookmark, and the bookmark."""
        responses = []
        while (response := await self.read()).WhichOneof("event"):
            responses.append(response)
        return responses, response

    async def to_end(self):
        """Return the responses until the call ends, and its error."""
        responses = []
        try:
            while True:
                responses.append(await self.read())
        except grpc.aio.AioRpcError as error:
            return responses, error

    async def initial_metadata(self):
        """Return what the backend sends at once."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await self.call.initial_metadata()

    def cancel(self):
        """Hang up."""
        self.call.cancel()


class Client:
    """Calls both services of one backend."""

    def __init__(self, channel):
        self.channel = channel
        self._watch = channel.unary_stream(
            "/gateway.progress.v1.ProgressService/WatchProgress",
            progress_pb2.WatchProgressRequest.SerializeToString,
            progress_pb2.WatchProgressResponse.FromString,
        )
        self._logs = channel.unary_stream(
            "/gateway.logs.v1.LogService/StreamLogs",
            logs_pb2.StreamLogsRequest.SerializeToString,
            logs_pb2.StreamLogsResponse.FromString,
        )

    def watch(self, after="", **filters):
        """Call WatchProgress, resuming after a token."""
        return Call(self._watch(progress_pb2.WatchProgressRequest(resume_token=after, **filters)))

    def logs(self, after="", **filters):
        """Call StreamLogs, resuming after a token."""
        return Call(self._logs(logs_pb2.StreamLogsRequest(resume_token=after, **filters)))

    async def ask(self, method, **fields):
        """Call a unary method of either service and return its response; a refusal raises."""
        file = logs_pb2 if "Log" in method else progress_pb2
        service = next(iter(file.DESCRIPTOR.services_by_name.values()))
        request, response = getattr(file, f"{method}Request"), getattr(file, f"{method}Response")
        path = f"/{service.full_name}/{method}"
        call = self.channel.unary_unary(path, request.SerializeToString, response.FromString)
        return await call(request(**fields), timeout=PATIENCE_SECONDS)

    async def refused(self, method, **fields):
        """Call a unary method and return its refusal: the status code and the details."""
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await self.ask(method, **fields)
        return caught.value.code(), caught.value.details()


@pytest.fixture
def clock() -> FakeClock:
    """A clock that stands still."""
    return FakeClock()


@pytest.fixture
def restless() -> Iterator[None]:
    """Threads take turns as often as they can, so that a missing lock shows."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


@pytest.fixture
async def client_of() -> AsyncIterator[Callable[[int], Client]]:
    """Makes a client of the backend on a port."""
    async with AsyncExitStack() as stack:
        channels = []

        def make(port: int) -> Client:
            channels.append(grpc.aio.insecure_channel(f"127.0.0.1:{port}"))
            stack.push_async_callback(channels[-1].close)
            return Client(channels[-1])

        yield make


@pytest.fixture
async def serve(client_of) -> AsyncIterator[Callable[[Emitter], Awaitable[tuple[Server, Client]]]]:
    """Serves an emitter on a free port and makes a client of it."""
    async with AsyncExitStack() as stack:

        async def start(emitter: Emitter) -> tuple[Server, Client]:
            server = await emitter.serve("127.0.0.1:0")
            stack.push_async_callback(server.stop, 0.0)
            return server, client_of(server.port)

        yield start
