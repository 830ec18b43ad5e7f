"""Stream routes on the real HTTP server, in front of a real gRPC server."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest

from backends.generated.gateway.logs.v1 import logs_pb2
from tests.support.backend import LOGS, Script, ScriptedBackend, log, log_bookmark, progress
from tests.support.gateways import Client, RunningGateway, running_gateway
from tests.support.waiting import until

pytestmark = pytest.mark.usefixtures("each_server")
WATCH, STREAM = "/api/v1/progress/events", "/api/v1/logs/stream"


async def opened(gateway: RunningGateway, path: str, **headers: str) -> Client:
    """A client that has been registered: it has a cursor."""
    client = await gateway.open(path, headers)
    await until(lambda: client.sse.last_event_id or client.sse.events)
    return client


async def test_clients_that_differ_only_in_their_filter_share_one_call(gateway: RunningGateway, script: Script) -> None:
    """Three clients, three filters: the backend sees one call, and each client exactly its events, in order."""
    clients = [
        await opened(gateway, f"{WATCH}?{query}")
        for query in ("operation_type=ingest", "owner_id=ada&resource_id=r1", "owner_id=bob")
    ]
    for number in range(30):
        kind, owner = ("ingest", "backup")[number % 2], ("ada", "bob", "eve")[number % 3]
        fields = {"operation_type": kind, "owner_id": owner, "resource_id": f"r{number % 2}"}
        script.send(progress(str(number), **fields))
    wanted = [
        [str(number) for number in range(30) if number % 2 == 0],
        [str(number) for number in range(30) if number % 3 == 0 and number % 2 == 1],
        [str(number) for number in range(30) if number % 3 == 1],
    ]
    for client, ids in zip(clients, wanted, strict=True):
        payloads = await client.until_events(len(ids))
        assert [payload["id"] for payload in payloads] == ids
    assert len(gateway.backend.requests) == 1


async def test_an_empty_filter_is_no_filter(gateway: RunningGateway, script: Script) -> None:
    """What a form sends for "any"."""
    client = await opened(gateway, f"{WATCH}?owner_id=&operation_type=")
    script.send(progress("a", owner_id="ada"))
    await client.until_names("progress")


async def test_a_new_client_gets_the_snapshot_unless_it_does_not_want_it(
    gateway: RunningGateway, script: Script
) -> None:
    """The newest event of each operation that is not over."""
    first = await opened(gateway, WATCH)
    script.send(progress("a"), progress("b"), progress("a", overall_percentage=50), progress("b", "error"))
    await first.until_events(4)
    second, third = await opened(gateway, WATCH), await opened(gateway, f"{WATCH}?snapshot=false")
    script.send(progress("c"))
    assert [(event["id"], event["overall_percentage"]) for event in await second.until_events(2)] == [
        ("a", 50),
        ("c", 0),
    ]
    assert [event["id"] for event in await third.until_events(1)] == ["c"]


async def test_initial_is_the_newest_n_that_match_oldest_first() -> None:
    """Also for the first client, whose call replays the backend's past."""

    async def answer(request: Any, context: grpc.aio.ServicerContext) -> AsyncIterator[Any]:
        for number in range(100):
            yield log(str(number), level=logs_pb2.LOG_LEVEL_WARN if number % 2 else logs_pb2.LOG_LEVEL_DEBUG)
        yield log_bookmark()
        await asyncio.Event().wait()

    async with ScriptedBackend(answer, LOGS) as backend, running_gateway(backend.address) as gateway:
        queries = {"": range(50, 100), "?initial=3&min_level=info": [95, 97, 99], "?initial=2&level=debug": [96, 98]}
        for query, numbers in queries.items():
            client = await opened(gateway, STREAM + query)
            payloads = await client.until_events(len(numbers))
            assert [payload["message"] for payload in payloads] == [str(number) for number in numbers]
        none = await opened(gateway, f"{STREAM}?initial=0")
        assert none.sse.events == []
        assert len(backend.requests) == 1
        assert not backend.requests[0].HasField("initial")


async def test_several_levels_match_any_of_them() -> None:
    """`level` may be repeated."""
    script = Script(log_bookmark())
    async with ScriptedBackend(script, LOGS) as backend, running_gateway(backend.address) as gateway:
        client = await opened(gateway, f"{STREAM}?level=warn&level=error")
        for level in range(6):
            script.send(log(str(level), level=level))
        assert [payload["level"] for payload in await client.until_events(2)] == ["warn", "error"]


async def test_a_client_comes_back_with_its_last_event_id(gateway: RunningGateway, script: Script) -> None:
    """By header, or by parameter where there is no header; the header is the newer one."""
    client = await opened(gateway, WATCH)
    script.send(*(progress(str(number)) for number in range(5)))
    await client.until_events(5)
    ids = [event.last_event_id for event in client.sse.events]
    by_header = await opened(gateway, f"{WATCH}?last_event_id={ids[0]}", **{"Last-Event-ID": ids[3]})
    by_parameter = await opened(gateway, f"{WATCH}?last_event_id={ids[2]}")
    assert [event["id"] for event in await by_header.until_events(1)] == ["4"]
    assert [event["id"] for event in await by_parameter.until_events(2)] == ["3", "4"]


@pytest.mark.parametrize("cursor", ["rubbish", "ab-1", "\u00fc", "x" * 5000])
async def test_an_unknown_last_event_id_is_answered_by_a_gap(
    gateway: RunningGateway, script: Script, cursor: str
) -> None:
    """Never by an error and never by silence."""
    response = gateway.http.build_request("GET", WATCH, headers={"Last-Event-ID": cursor.encode()})
    client = Client(await gateway.http.send(response, stream=True), await gateway.document())
    await client.until_names("stream-gap")
    await client.close()


@pytest.mark.parametrize("cursor", ["%00", "ab-1%0d%0aid:%20x", "ab-1%00", "9" * 4000, "%ff%fe"])
async def test_an_odd_last_event_id_in_the_query_is_harmless(gateway: RunningGateway, cursor: str) -> None:
    """It is answered by a gap, and nothing of it comes back in the stream."""
    client = await gateway.open(f"{WATCH}?last_event_id={cursor}")
    await client.until_names("stream-gap")
    assert client.sse.events[0].payload == {"reason": "malformed"}
    assert client.raw.startswith(b":connected\n\nretry: ")


async def test_a_refusal_after_the_start_is_an_error_in_the_stream_and_then_a_status(
    gateway: RunningGateway, script: Script
) -> None:
    """EventSource comes back after the error, and is told for good."""
    client = await opened(gateway, WATCH)

    async def refuse(request: Any, context: grpc.aio.ServicerContext) -> AsyncIterator[Any]:
        await context.abort(grpc.StatusCode.PERMISSION_DENIED, "no longer yours")
        yield

    await gateway.backend.stop()
    gateway.backend.answer = refuse
    await gateway.backend.start()
    await until(lambda: client.ended)
    assert client.sse.names == ["stream-error"]
    told = {"code": "PERMISSION_DENIED", "message": "no longer yours", "retry": False}
    assert client.sse.events[0].payload == told
    response = await gateway.http.get(WATCH, headers={"Last-Event-ID": client.sse.last_event_id})
    assert response.status_code == 403


async def test_a_client_that_saw_the_end_is_told_to_stop(gateway: RunningGateway, script: Script) -> None:
    """`stream-end` closes the stream, and its cursor is answered with 204."""
    client = await opened(gateway, WATCH)
    script.send(progress("a"), None)
    await until(lambda: client.ended)
    assert client.sse.names == ["progress", "stream-end"]
    response = await gateway.http.get(WATCH, headers={"Last-Event-ID": client.sse.last_event_id})
    assert (response.status_code, response.content) == (204, b"")


async def test_the_first_bytes_come_before_any_event(gateway: RunningGateway) -> None:
    """`:connected` and a jittered `retry:`, in one piece."""
    retries = set()
    for _ in range(8):
        client = await gateway.open(WATCH)
        await until(lambda client=client: client.sse.retries)
        assert client.raw.startswith(b":connected\n\nretry: ")
        retries.update(client.sse.retries)
    assert len(retries) > 1
    assert all(1500 <= retry <= 4500 for retry in retries)


async def test_an_idle_stream_gets_heartbeats(script: Script) -> None:
    """With the time in Unix seconds."""
    async with (
        ScriptedBackend(script) as backend,
        running_gateway(backend.address, stream={"heartbeat_seconds": 0.05}) as gateway,
    ):
        client = await gateway.open(WATCH)
        await until(lambda: len(client.sse.comments) >= 3)
        assert client.sse.comments[0] == "connected"
        assert int(client.sse.comments[1].removeprefix("heartbeat ")) > 1_700_000_000


@pytest.mark.parametrize(
    ("query", "errors"),
    [
        pytest.param("owner=x", {"owner": "did you mean 'owner_id'"}, id="a mistyped filter would show everything"),
        pytest.param("snapshot=maybe", {"snapshot": "expected true or false, got 'maybe'"}, id="not a boolean"),
        pytest.param("owner_id=a&owner_id=b", {"owner_id": "expected once, got 2 times"}, id="a single one, twice"),
        pytest.param("zzz=1&snapshot=x", {"zzz": "unknown", "snapshot": "expected"}, id="every wrong one is named"),
    ],
)
async def test_wrong_parameters_are_a_problem_that_names_each(
    gateway: RunningGateway, query: str, errors: dict[str, str]
) -> None:
    """400 and problem+json, with what was expected."""
    response = await gateway.http.get(f"{WATCH}?{query}")
    assert response.status_code == 400
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert (problem["status"], problem["code"]) == (400, "INVALID_ARGUMENT")
    told = {error["parameter"]: error["detail"] for error in problem["errors"]}
    assert told.keys() == errors.keys()
    assert all(errors[name] in told[name] for name in errors)


@pytest.mark.parametrize(
    "query", ["initial=-1", "initial=501", "initial=1.5", "level=fatal", "level=WARN", "min_level=4"]
)
async def test_bounds_and_choices_of_the_log_parameters_hold(gateway: RunningGateway, query: str) -> None:
    """0 to 500, and the levels as they are spelled on the wire."""
    response = await gateway.http.get(f"{STREAM}?{query}")
    assert response.status_code == 400
    assert response.json()["errors"][0]["parameter"] == query.partition("=")[0]


async def test_ignored_parameters_mean_nothing(gateway: RunningGateway) -> None:
    """Cache busters and polyfills add them."""
    await gateway.open(f"{WATCH}?_=123&lastEventId=x")


@pytest.mark.parametrize(("code", "status"), [("PERMISSION_DENIED", 403), ("UNAUTHENTICATED", 401), ("NOT_FOUND", 404)])
async def test_a_refusal_before_the_start_is_an_http_status(code: str, status: int) -> None:
    """With the backend's words in a problem."""

    async def refuse(request: Any, context: grpc.aio.ServicerContext) -> AsyncIterator[Any]:
        await context.abort(grpc.StatusCode[code], "because")
        yield

    async with ScriptedBackend(refuse) as backend, running_gateway(backend.address) as gateway:
        for _ in range(2):
            response = await gateway.http.get(WATCH)
            assert response.status_code == status
            assert response.headers["content-type"] == "application/problem+json"
            assert response.json()["code"] == code
            assert response.json()["detail"] == "because"


async def test_a_backend_that_is_away_is_not_an_http_error(script: Script) -> None:
    """The stream opens and waits; events flow once the backend is there."""
    backend = await ScriptedBackend(script).start()
    await backend.stop()
    async with running_gateway(backend.address) as gateway:
        client = await gateway.open(WATCH)
        await backend.start()
        await until(lambda: script.calls)
        script.send(progress("a"))
        await client.until_names("progress")
    await backend.stop()


async def test_clients_stay_connected_while_the_backend_restarts(gateway: RunningGateway, script: Script) -> None:
    """And events flow again on the same connection."""
    client = await opened(gateway, WATCH)
    script.send(progress("a", token="e-1"))
    await client.until_names("progress")
    await gateway.backend.stop()
    await gateway.backend.start()
    await until(lambda: script.calls)
    script.send(progress("b", token="e-2"))
    await client.until_names("progress", "progress")
    assert [request.resume_token for request in gateway.backend.requests] == ["", "e-1"]


async def test_a_client_that_goes_away_leaves_nothing_behind(gateway: RunningGateway, script: Script) -> None:
    """No subscriber, no open stream, and no task more than before."""
    await opened(gateway, WATCH)
    before = len(asyncio.all_tasks())
    clients = [await opened(gateway, WATCH) for _ in range(5)]
    assert gateway.gateway.hub.subscribers() == 6
    for client in clients:
        await client.close()
    await until(lambda: gateway.gateway.hub.subscribers() == 1 and len(gateway.gateway.streams) == 1)
    await until(lambda: len(asyncio.all_tasks()) == before)


async def test_other_paths_and_methods_are_problems_too(gateway: RunningGateway) -> None:
    """One form for every error."""
    for method, path, status in (("GET", "/nope", 404), ("DELETE", WATCH, 405), ("GET", "/page/nope.js", 404)):
        response = await gateway.http.request(method, path)
        assert (response.status_code, response.headers["content-type"]) == (status, "application/problem+json")


async def test_health_says_ready_until_the_gateway_stops(gateway: RunningGateway) -> None:
    """A new stream is then one that says when to come back, and ends: EventSource would not survive a 503."""
    assert (await gateway.http.get("/healthz")).json() == {"status": "ok"}
    assert (await gateway.http.get("/readyz")).status_code == 200
    client = await opened(gateway, WATCH)
    await gateway.gateway.streams.end()
    await until(lambda: client.ended)
    assert (await gateway.http.get("/readyz")).status_code == 503
    later = await gateway.http.get(WATCH)
    assert later.status_code == 200
    assert later.headers.get("connection") == ("close" if later.http_version == "HTTP/1.1" else None)
    assert later.headers["content-type"] == "text/event-stream"
    assert re.fullmatch(r":connected\n\nretry: [0-9]+\n\n", later.text)


async def test_a_stopping_gateway_tells_each_client_when_to_come_back(gateway: RunningGateway, script: Script) -> None:
    """With a wait of its own, after what was already written."""
    clients = [await opened(gateway, WATCH) for _ in range(10)]
    script.send(progress("a"))
    for client in clients:
        await client.until_names("progress")
    await gateway.gateway.streams.end()
    await until(lambda: all(client.ended for client in clients))
    assert {len(client.sse.retries) for client in clients} == {2}
    assert len({client.sse.retries[1] for client in clients}) > 1


async def test_the_metrics_count_events_clients_and_gaps(gateway: RunningGateway, script: Script) -> None:
    """In the Prometheus text format."""

    async def count(name: str) -> float:
        text = (await gateway.http.get("/metrics")).text
        return sum(float(line.split()[-1]) for line in text.splitlines() if line.startswith(name))

    names = ("gateway_events_total", "gateway_clients ", 'gateway_gaps_total{reason="malformed"}')
    before = [await count(name) for name in names]
    client = await opened(gateway, f"{WATCH}?last_event_id=rubbish")
    script.send(progress("a"), progress("b"))
    await client.until_names("stream-gap", "progress", "progress")
    after = [await count(name) for name in names]
    assert [new - old for old, new in zip(before, after, strict=True)] == [2, 1, 1]


async def test_other_origins_read_only_where_they_are_allowed(gateway: RunningGateway, script: Script) -> None:
    """CORS is off unless it is configured."""
    headers = {"Origin": "https://app.example"}
    assert "access-control-allow-origin" not in (await gateway.http.get("/healthz", headers=headers)).headers
    server = {"allowed_origins": ("https://app.example",)}
    async with running_gateway(gateway.backend.address, server=server) as open_gateway:
        client = await open_gateway.open(WATCH, headers)
        assert client.response.headers["access-control-allow-origin"] == "https://app.example"
