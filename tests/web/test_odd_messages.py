"""Messages of a backend that are no event, or none that can be told: the stream goes on, and says what is missing."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.gateways import RunningGateway, running_gateway
from tests.support.jobs import contract_in, job, jobs_backend, message
from tests.support.waiting import until

pytestmark = pytest.mark.usefixtures("each_sink")
PER_CLIENT = pytest.param("Watch", "/v1/watched/a", id="per client")
SHARED = pytest.param("Follow", "/v1/followed/a", id="shared")
BLANK = b""
NOT_PROTOBUF = b"\xff\xff\xff"
UNKNOWN = {"type_url": "type.googleapis.com/acme.Unknown", "value": b"\x08\x01"}


def event(name: str, **fields: Any) -> Any:
    """A message that is an event."""
    return message("WatchResponse", job=job(name, **fields))


class Sending:
    """An answer that sends the same to every call once the test says so, and stays open."""

    def __init__(self, *messages: Any) -> None:
        self.go = asyncio.Event()
        self._messages = messages

    async def __call__(self, request: Any, context: Any) -> AsyncIterator[Any]:
        await context.send_initial_metadata(())
        await self.go.wait()
        for each in self._messages:
            yield each
        await asyncio.Event().wait()


async def count(gateway: RunningGateway, name: str) -> float:
    """The value of a metric."""
    lines = (await gateway.http.get("/metrics")).text.splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith(name))


@pytest.mark.parametrize(("method", "path"), [PER_CLIENT, SHARED])
async def test_a_message_without_an_event_is_skipped_counted_and_logged_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, method: str, path: str
) -> None:
    """However many there are, on however many streams: it may be of a newer contract."""
    sending = Sending(BLANK, event("a"), BLANK, BLANK, event("b"))
    async with (
        jobs_backend(**{method: sending}) as backend,
        running_gateway(backend.address, contract=contract_in(tmp_path)) as gateway,
    ):
        metric = f'gateway_blanks_total{{method="test.Jobs.{method}"}}'
        before = await count(gateway, metric)
        # Equal requests share a stream: these do not.
        clients = [await gateway.open(f"{path}?count={number}") for number in range(3)]
        await until(lambda: backend.open == 3)
        await until(lambda: method == "Watch" or all(client.sse.last_event_id for client in clients))
        sending.go.set()
        for client in clients:
            await client.until_names("job", "job")
            assert [each.payload["name"] for each in client.sse.events] == ["a", "b"]
        assert await count(gateway, metric) - before == 9
        (told,) = [each for each in caplog.messages if "without an event" in each]
        assert told.startswith(f"test.Jobs.{method}: skipped")


@pytest.mark.parametrize(("method", "path"), [PER_CLIENT, SHARED])
@pytest.mark.parametrize(
    ("odd", "says"),
    [
        pytest.param(NOT_PROTOBUF, "cannot translate a message of 3 bytes", id="no protobuf"),
        pytest.param(event("x", detail=UNKNOWN), "acme.Unknown", id="an Any of a type that the contract lacks"),
    ],
)
async def test_a_message_that_cannot_be_told_is_a_gap_that_says_why(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, method: str, path: str, odd: Any, says: str
) -> None:
    """One is missed, in its place; what comes behind it is told."""
    sending = Sending(event("a"), odd, event("b"))
    async with (
        jobs_backend(**{method: sending}) as backend,
        running_gateway(backend.address, contract=contract_in(tmp_path)) as gateway,
    ):
        before = await count(gateway, 'gateway_gaps_total{reason="untranslatable"}')
        client = await gateway.open(path)
        await until(lambda: method == "Watch" or client.sse.last_event_id)
        sending.go.set()
        await client.until_names("job", "stream-gap", "job")
        gap = client.sse.events[1].payload
        assert (gap["reason"], gap["missed"]) == ("untranslatable", 1)
        assert says in gap["detail"]
        assert [client.sse.events[at].payload["name"] for at in (0, 2)] == ["a", "b"]
        assert await count(gateway, 'gateway_gaps_total{reason="untranslatable"}') - before == 1
        assert any(gap["detail"] in each for each in caplog.messages)


async def test_a_gap_in_a_shared_stream_is_told_to_each_client_and_again_to_one_that_comes_back(
    tmp_path: Path,
) -> None:
    """It has a place in the log: whoever resumes before it reads it too."""
    sending = Sending(event("a"), NOT_PROTOBUF, event("b"))
    async with (
        jobs_backend(Follow=sending) as backend,
        running_gateway(backend.address, contract=contract_in(tmp_path)) as gateway,
    ):
        clients = [await gateway.open("/v1/followed/a") for _ in range(2)]
        await until(lambda: all(client.sse.last_event_id for client in clients))
        sending.go.set()
        for client in clients:
            await client.until_names("job", "stream-gap", "job")
        first = clients[0].sse.events[0].last_event_id
        again = await gateway.open("/v1/followed/a", {"Last-Event-ID": first})
        await again.until_names("stream-gap", "job")
        assert len(backend.requests) == 1
