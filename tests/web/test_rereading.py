"""The contract replaced while it is served: by a file that is read again, or by what a backend tells."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from gateway import exposing, sources
from tests.support.gateways import RunningGateway, running_gateway
from tests.support.jobs import contract_in, jobs_backend
from tests.support.protos import SHARED, descriptor_set, proto_class, service_proto
from tests.support.servers import listen
from tests.support.waiting import until, until_told

pytestmark = pytest.mark.usefixtures("each_server")
SERVICE = "test.WatchService"
DOCUMENT = "/schema/openapi-3.2.json"


def contract(event: str = "tick", path: str = "/v1/watch", shared: str = "") -> bytes:
    """A method whose one event has a name of the test's."""
    method = f'option (google.api.http) = {{get: "{path}"}}; {shared}'
    return descriptor_set(service_proto(method=method, response=f"oneof event {{ Tick {event} = 1; }}"))


FIRST = contract()
TICK = proto_class(FIRST, "test.WatchResponse")(tick={"id": "a"})
BROKEN = descriptor_set(service_proto(method='option (google.api.http) = {get: "/v1/{nope}"};'))


class Ticker:
    """Sends one event to every open call whenever it is told to."""

    def __init__(self) -> None:
        self.calls: list[asyncio.Queue[Any]] = []

    async def __call__(self, request: Any, context: Any) -> AsyncIterator[Any]:
        queue: asyncio.Queue[Any] = asyncio.Queue()
        self.calls.append(queue)
        await context.send_initial_metadata(())
        try:
            while True:
                yield await queue.get()
        finally:
            self.calls.remove(queue)

    def tick(self) -> None:
        for queue in self.calls:
            queue.put_nowait(TICK)


class File:
    """The descriptor set file of a gateway.

    Args:
        directory: where it is.
        patch: counts how often it is read.
    """

    def __init__(self, directory: Path, patch: pytest.MonkeyPatch) -> None:
        self.settings = contract_in(directory, FIRST)
        self._path = directory / "api.binpb"
        self._reads = 0
        read = sources._read

        def counting(file: Path) -> bytes:
            self._reads += 1
            return read(file)

        patch.setattr(sources, "_read", counting)

    async def replaced(self, data: bytes, gateway: RunningGateway) -> None:
        """Writes another set and has it read; returns when what comes of that has come."""
        self._path.write_bytes(data)
        # One after the other: when the second reading begins, the first is over.
        for _ in range(2):
            before = self._reads
            gateway.reread()
            await until(lambda before=before: self._reads > before)


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> File:
    """With the first contract."""
    return File(tmp_path, monkeypatch)


@pytest.mark.parametrize("shared", [pytest.param("", id="per client"), pytest.param(SHARED, id="shared")])
async def test_old_streams_go_on_and_new_ones_are_of_the_new_contract(file: File, shared: str) -> None:
    """Nobody is disconnected, and nobody gets events that the contract of their stream does not have."""
    ticker = Ticker()
    async with (
        jobs_backend(FIRST, SERVICE, Watch=ticker) as backend,
        running_gateway(backend.address, contract=file.settings) as gateway,
    ):
        await file.replaced(contract(shared=shared), gateway)
        old = await gateway.open("/v1/watch")
        await until(lambda: len(ticker.calls) == 1)
        await file.replaced(contract("tock", shared=shared), gateway)
        new = await gateway.open("/v1/watch")
        await until(lambda: len(ticker.calls) == 2)
        await until(lambda: not shared or (old.sse.last_event_id and new.sse.last_event_id))
        ticker.tick()
        await old.until_names("tick")
        await new.until_names("tock")


@pytest.mark.parametrize("shared", [pytest.param("", id="per client"), pytest.param(SHARED, id="shared")])
async def test_a_request_that_takes_longer_than_readings_gets_the_stream_it_asked_for(file: File, shared: str) -> None:
    """Its body ends when the contract has been replaced twice."""
    ticker, begun, rest = Ticker(), asyncio.Event(), asyncio.Event()

    async def body() -> AsyncIterator[bytes]:
        yield b"{"
        begun.set()
        await rest.wait()
        yield b"}"

    def posted(event: str) -> bytes:
        method = f'option (google.api.http) = {{post: "/v1/watch" body: "*"}}; {shared}'
        return descriptor_set(service_proto(method=method, response=f"oneof event {{ Tick {event} = 1; }}"))

    async with (
        jobs_backend(FIRST, SERVICE, Watch=ticker) as backend,
        running_gateway(backend.address, contract=file.settings) as gateway,
        gateway.connection() as slow,
    ):
        await file.replaced(posted("tick"), gateway)
        request = slow.build_request("POST", "/v1/watch", content=body())
        asked = asyncio.ensure_future(slow.send(request, stream=True))
        await begun.wait()
        # The head has been read once the gateway has answered what was sent after it.
        await gateway.http.get("/healthz")
        for event in ("tack", "tock"):
            await file.replaced(posted(event), gateway)
        rest.set()
        response = await asked
        assert response.status_code == 200
        await response.aclose()


async def test_a_path_may_move_and_the_documents_with_it(file: File) -> None:
    """The old one is gone, the new one is there; whoever has the old document is sent the new one."""
    ticker = Ticker()
    async with (
        jobs_backend(FIRST, SERVICE, Watch=ticker) as backend,
        running_gateway(backend.address, contract=file.settings) as gateway,
    ):
        before = await gateway.http.get(DOCUMENT)
        await file.replaced(contract(path="/v2/watch"), gateway)
        after = await gateway.http.get(DOCUMENT, headers={"If-None-Match": before.headers["etag"]})
        assert (after.status_code, "/v2/watch" in after.json()["paths"]) == (200, True)
        assert after.headers["etag"] != before.headers["etag"]
        again = await gateway.http.get(DOCUMENT, headers={"If-None-Match": after.headers["etag"]})
        assert again.status_code == 304
        assert (await gateway.http.get("/v1/watch")).status_code == 404
        await gateway.open("/v2/watch")
        for path in ("/", "/schema", "/healthz", "/schema/openapi.json"):
            assert (await gateway.http.get(path)).status_code == 200


async def test_what_has_not_changed_changes_nothing(file: File, caplog: pytest.LogCaptureFixture) -> None:
    """Clients from before and after share their stream."""
    ticker = Ticker()
    data = contract(shared=SHARED)
    async with (
        jobs_backend(FIRST, SERVICE, Watch=ticker) as backend,
        running_gateway(backend.address, contract=file.settings) as gateway,
    ):
        await file.replaced(data, gateway)
        etag = (await gateway.http.get(DOCUMENT)).headers["etag"]
        await gateway.open("/v1/watch")
        caplog.clear()
        await file.replaced(data, gateway)
        assert (await gateway.http.get(DOCUMENT)).headers["etag"] == etag
        await gateway.open("/v1/watch")
        assert (len(gateway.gateway.hub), gateway.gateway.hub.subscribers(), len(backend.requests)) == (1, 2, 1)
        assert [record for record in caplog.records if record.name.startswith("gateway")] == []


@pytest.mark.parametrize(
    ("data", "says"),
    [
        pytest.param(BROKEN, "nope", id="it cannot be served"),
        pytest.param(b"rubbish", "not a FileDescriptorSet", id="it cannot be read"),
    ],
)
async def test_a_contract_that_cannot_be_served_leaves_the_one_before_it(
    file: File, data: bytes, says: str, caplog: pytest.LogCaptureFixture
) -> None:
    """With its problems in the log; a good one that comes later is served."""
    ticker = Ticker()
    async with (
        jobs_backend(FIRST, SERVICE, Watch=ticker) as backend,
        running_gateway(backend.address, contract=file.settings) as gateway,
    ):
        etag = (await gateway.http.get(DOCUMENT)).headers["etag"]
        await file.replaced(data, gateway)
        assert (await gateway.http.get(DOCUMENT)).headers["etag"] == etag
        client = await gateway.open("/v1/watch")
        await until(lambda: ticker.calls)
        ticker.tick()
        await client.until_names("tick")
        assert "this contract cannot be served; the one before it stays" in caplog.text
        assert says in caplog.text
        await file.replaced(contract("tock"), gateway)
        await gateway.open("/v1/watch")


async def test_a_mistake_of_ours_with_a_contract_leaves_the_one_before_it_too(
    file: File, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is logged with where it happened, and the next contract is served."""
    async with running_gateway("127.0.0.1:1", contract=file.settings) as gateway:
        with monkeypatch.context() as broken:
            broken.setattr(exposing, "documents", lambda *_: 1 / 0)
            await file.replaced(contract(path="/v2/watch"), gateway)
        assert "ZeroDivisionError" in caplog.text
        assert (await gateway.http.get("/v2/watch")).status_code == 404
        await file.replaced(contract(path="/v3/watch"), gateway)
        await gateway.open("/v3/watch")


@pytest.mark.parametrize("reflection", ["on", "auto"])
async def test_until_a_backend_has_told_its_contract_clients_are_asked_to_come_back(reflection: str) -> None:
    """EventSource by a stream that ends, others by 503; then the path is there, and an unknown one is 404."""
    with listen("127.0.0.1", 0) as listener:
        port = int(listener.getsockname()[1])
    ticker = Ticker()
    async with running_gateway(f"127.0.0.1:{port}", contract={"reflection": reflection}) as gateway:
        early = await gateway.http.get("/v1/watch", headers={"Accept": "text/event-stream"})
        assert (early.status_code, early.headers["content-type"]) == (200, "text/event-stream")
        assert early.text.startswith(":connected\n\nretry: ")
        other = await gateway.http.get("/v1/watch")
        assert (other.status_code, other.headers["retry-after"], other.json()["code"]) == (503, "1", "UNAVAILABLE")
        for own in ("/", "/healthz", "/readyz", DOCUMENT):
            assert (await gateway.http.get(own)).status_code == 200
        async with jobs_backend(FIRST, SERVICE, port=port, reflects=True, Watch=ticker):
            await there(gateway, "/v1/watch")
            client = await gateway.open("/v1/watch")
            await until(lambda: ticker.calls)
            ticker.tick()
            await client.until_names("tick")
            for headers in ({}, {"Accept": "text/event-stream"}):
                assert (await gateway.http.get("/v1/nope", headers=headers)).status_code == 404
        # A backend that goes away again takes nothing of the contract with it.
        assert (await gateway.http.get("/v1/nope")).status_code == 404


async def there(gateway: RunningGateway, path: str) -> None:
    """Waits until the document has a path."""

    async def documented() -> bool:
        return path in (await gateway.http.get(DOCUMENT)).json()["paths"]

    await until_told(documented, 20)
    gateway.forget_document()


async def test_a_backend_without_reflection_settles_what_is_served() -> None:
    """The shipped contract; any other path is then unknown for good."""
    async with (
        jobs_backend(FIRST, SERVICE, Watch=Ticker()) as backend,
        running_gateway(backend.address, contract={"reflection": "auto"}) as gateway,
    ):

        async def settled() -> bool:
            return (await gateway.http.get("/v1/watch")).status_code != 503

        await until_told(settled)
        response = await gateway.http.get("/v1/watch", headers={"Accept": "text/event-stream"})
        assert (response.status_code, response.json()["code"]) == (404, "NOT_FOUND")
