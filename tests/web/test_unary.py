"""Unary routes on real HTTP servers, in front of a real gRPC server."""

import asyncio
import gc
import logging
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import grpc
import pytest
from litestar import Request

from backends.emitter import Emitter, OperationCancelled
from gateway.web.requests import Requests
from tests.support.gateways import RunningGateway, running_gateway
from tests.support.jobs import contract_in, job, jobs_backend, message
from tests.support.raw_http import RawClient
from tests.support.raw_http2 import Http2Client
from tests.support.waiting import until

pytestmark = pytest.mark.usefixtures("each_server")


def in_front(tmp_path: Path, *addresses: str, **sections: Any) -> AbstractAsyncContextManager[RunningGateway]:
    """A gateway in front of backends of the jobs contract."""
    return running_gateway(*addresses, contract=contract_in(tmp_path), **sections)


async def told(request: Any, context: Any) -> Any:
    """A job with the request's id."""
    return job("told", id=request.id)


async def test_path_and_query_are_the_request_and_the_response_is_json(tmp_path: Path) -> None:
    """One call, one answer, which no cache may keep."""
    async with jobs_backend(Get=told) as backend, in_front(tmp_path, backend.address) as gateway:
        response = await gateway.http.get("/v1/jobs/j-1?count=3&tags=a&tags=b%20c")
        assert (response.status_code, response.json()) == (200, {"id": "j-1", "name": "told"})
        assert response.headers["content-type"] == "application/json"
        assert response.headers["cache-control"] == "no-store"
        assert backend.requests == [message("GetRequest", id="j-1", count=3, tags=["a", "b c"])]


async def test_a_body_is_the_whole_request_but_for_what_the_path_says(tmp_path: Path) -> None:
    """`body: "*"`."""

    async def same(request: Any, context: Any) -> Any:
        return request

    async with jobs_backend(Replace=same) as backend, in_front(tmp_path, backend.address) as gateway:
        response = await gateway.http.put("/v1/jobs/j-1", json={"name": "x"})
        assert (response.status_code, response.json()) == (200, {"id": "j-1", "name": "x"})
        assert backend.requests == [job("x", id="j-1")]


async def test_a_body_may_be_one_field_beside_path_and_query(tmp_path: Path) -> None:
    """`body: "job"`."""

    async def created(request: Any, context: Any) -> Any:
        return request.job

    async with jobs_backend(Create=created) as backend, in_front(tmp_path, backend.address) as gateway:
        response = await gateway.http.post("/v1/projects/p-1/jobs?count=2", json={"name": "x"})
        assert (response.status_code, response.json()) == (200, {"name": "x"})
        assert backend.requests == [message("CreateRequest", parent="projects/p-1", job=job("x"), count=2)]


async def test_a_body_larger_than_what_is_read_at_once_arrives_whole(tmp_path: Path) -> None:
    """It is bound in a thread."""

    async def same(request: Any, context: Any) -> Any:
        return request

    name = "x" * 200_000
    async with jobs_backend(Replace=same) as backend, in_front(tmp_path, backend.address) as gateway:
        response = await gateway.http.put("/v1/jobs/j-1", json={"name": name})
        assert response.json() == {"id": "j-1", "name": name}


async def test_one_field_of_the_response_may_be_the_answer(tmp_path: Path) -> None:
    """`response_body: "job"`."""

    async def found(request: Any, context: Any) -> Any:
        return message("Found", job=job("x"))

    async with jobs_backend(Find=found) as backend, in_front(tmp_path, backend.address) as gateway:
        assert (await gateway.http.get("/v1/found/a")).json() == {"name": "x"}


@pytest.mark.parametrize(
    "content_type",
    [
        pytest.param("image/png", id="no text"),
        pytest.param("text/plain", id="a text that does not say its charset: none is made up"),
        pytest.param("text/plain; charset=latin-1", id="a text that says its charset: none is added"),
    ],
)
async def test_a_http_body_is_taken_and_given_as_it_is(tmp_path: Path, content_type: str) -> None:
    """Any bytes, with the content type that they came with."""

    async def same(request: Any, context: Any) -> Any:
        return request

    data = bytes(range(256))
    async with jobs_backend(Store=same) as backend, in_front(tmp_path, backend.address) as gateway:
        response = await gateway.http.post("/v1/raw", content=data, headers={"Content-Type": content_type})
        assert (response.status_code, response.content) == (200, data)
        assert response.headers["content-type"] == content_type
        assert [(each.content_type, each.data) for each in backend.requests] == [(content_type, data)]


STATUSES = [
    ("CANCELLED", 499, "Client Closed Request"),
    ("UNKNOWN", 500, "Internal Server Error"),
    ("INVALID_ARGUMENT", 400, "Bad Request"),
    ("DEADLINE_EXCEEDED", 504, "Gateway Timeout"),
    ("NOT_FOUND", 404, "Not Found"),
    ("ALREADY_EXISTS", 409, "Conflict"),
    ("PERMISSION_DENIED", 403, "Forbidden"),
    ("RESOURCE_EXHAUSTED", 429, "Too Many Requests"),
    ("FAILED_PRECONDITION", 400, "Bad Request"),
    ("ABORTED", 409, "Conflict"),
    ("OUT_OF_RANGE", 400, "Bad Request"),
    ("UNIMPLEMENTED", 501, "Not Implemented"),
    ("INTERNAL", 500, "Internal Server Error"),
    ("UNAVAILABLE", 503, "Service Unavailable"),
    ("DATA_LOSS", 500, "Internal Server Error"),
    ("UNAUTHENTICATED", 401, "Unauthorized"),
]


async def test_each_grpc_status_is_a_problem_with_its_http_status(tmp_path: Path) -> None:
    """google.rpc.Code says which; the detail is the backend's."""

    async def refuse(request: Any, context: Any) -> Any:
        await context.abort(grpc.StatusCode[request.id], "because")

    async with jobs_backend(Get=refuse) as backend, in_front(tmp_path, backend.address) as gateway:
        for code, status, title in STATUSES:
            response = await gateway.http.get(f"/v1/jobs/{code}")
            assert response.headers["content-type"] == "application/problem+json"
            problem = response.json()
            assert (response.status_code, problem["status"], problem["title"]) == (status, status, title)
            assert problem["code"] == code
            assert problem["detail"].endswith("because")
    assert {code for code, _, _ in STATUSES} == {code.name for code in grpc.StatusCode} - {"OK"}


async def test_a_method_that_the_backend_lacks_is_not_implemented(tmp_path: Path) -> None:
    """501: another version of it may have it."""
    async with jobs_backend(Get=told) as backend, in_front(tmp_path, backend.address) as gateway:
        response = await gateway.http.put("/v1/jobs/a", json={})
        assert (response.status_code, response.json()["code"]) == (501, "UNIMPLEMENTED")


async def test_a_backend_that_is_away_is_unavailable(tmp_path: Path) -> None:
    """503, at once, with the address and the reason."""
    async with in_front(tmp_path, "127.0.0.1:1") as gateway:
        response = await gateway.http.get("/v1/jobs/a")
        assert (response.status_code, response.json()["code"]) == (503, "UNAVAILABLE")
        assert response.json()["detail"] == "backend 127.0.0.1:1: Connection refused"


async def test_a_backend_that_does_not_answer_in_time_is_a_gateway_timeout(tmp_path: Path) -> None:
    """504, and its call is over."""

    async def never(request: Any, context: Any) -> Any:
        await asyncio.Event().wait()

    upstream = {"unary_timeout_seconds": 0.2}
    async with jobs_backend(Get=never) as backend, in_front(tmp_path, backend.address, upstream=upstream) as gateway:
        response = await gateway.http.get("/v1/jobs/a")
        assert (response.status_code, response.json()["code"]) == (504, "DEADLINE_EXCEEDED")
        await until(lambda: backend.open == 0)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        pytest.param(b"\xff\xff\xff", "cannot translate a message of 3 bytes", id="no protobuf"),
        pytest.param(
            job("x", detail={"type_url": "type.googleapis.com/acme.Unknown", "value": b"\x08\x01"}),
            "acme.Unknown",
            id="an Any of a type that the contract does not have",
        ),
    ],
)
async def test_a_response_that_cannot_be_json_is_a_problem_that_says_why(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, answer: Any, says: str
) -> None:
    """500 and DATA_LOSS: the client can do nothing about it; who runs the gateway reads of it too."""

    async def odd(request: Any, context: Any) -> Any:
        return answer

    async with jobs_backend(Get=odd) as backend, in_front(tmp_path, backend.address) as gateway:
        response = await gateway.http.get("/v1/jobs/a")
        assert response.headers["content-type"] == "application/problem+json"
        assert (response.status_code, response.json()["code"]) == (500, "DATA_LOSS")
        assert says in response.json()["detail"]
        assert f"test.Jobs.Get: {response.json()['detail']}" in caplog.messages


async def test_chosen_headers_travel_both_ways_and_no_others(tmp_path: Path) -> None:
    """Names as configured; binary metadata is base64 in HTTP."""

    async def answer(request: Any, context: Any) -> Any:
        metadata = (("x-node", "a"), ("x-trace-bin", b"\x00\xff"), ("x-secret", "no"), ("content-type-x", "no"))
        await context.send_initial_metadata(metadata)
        return job("x")

    upstream = {"forward_headers": ("Authorization", "traceparent"), "return_headers": ("X-Node", "x-trace-bin")}
    async with jobs_backend(Get=answer) as backend, in_front(tmp_path, backend.address, upstream=upstream) as gateway:
        headers = {"authorization": "Bearer x", "traceparent": "00-1-2-01", "cookie": "a=b", "x-other": "1"}
        response = await gateway.http.get("/v1/jobs/a", headers=headers)
        assert (response.headers["x-node"], response.headers["x-trace-bin"]) == ("a", "AP8")
        assert "x-secret" not in response.headers
        (metadata,) = backend.metadata
        assert (metadata["authorization"], metadata["traceparent"]) == ("Bearer x", "00-1-2-01")
        assert not metadata.keys() & {"cookie", "x-other"}


async def test_a_refusal_has_no_headers_of_the_backend(tmp_path: Path) -> None:
    """Only what was answered carries them."""

    async def refuse(request: Any, context: Any) -> Any:
        await context.send_initial_metadata((("x-node", "a"),))
        await context.abort(grpc.StatusCode.NOT_FOUND, "gone")

    upstream = {"return_headers": ("x-node",)}
    async with jobs_backend(Get=refuse) as backend, in_front(tmp_path, backend.address, upstream=upstream) as gateway:
        response = await gateway.http.get("/v1/jobs/a")
        assert (response.status_code, "x-node" in response.headers) == (404, False)


async def test_a_client_that_leaves_cancels_its_call_and_leaves_nothing(tmp_path: Path) -> None:
    """Neither a call at the backend nor a task here; others are not disturbed."""
    asked = asyncio.Event()

    async def hold(request: Any, context: Any) -> Any:
        if request.id != "quick":
            asked.set()
            await asyncio.Event().wait()
        return job("x")

    async with jobs_backend(Get=hold) as backend, in_front(tmp_path, backend.address) as gateway:
        await gateway.http.get("/v1/jobs/quick")
        tasks = len(asyncio.all_tasks())
        leave = await asking(gateway, "/v1/jobs/slow", asked)
        assert backend.open == 1
        await leave()
        await until(lambda: backend.open == 0)
        assert (await gateway.http.get("/v1/jobs/quick")).status_code == 200
        await until(lambda: len(asyncio.all_tasks()) <= tasks)
    gc.collect()  # a task or a call that is collected unfinished would be an error here


async def asking(gateway: RunningGateway, path: str, asked: asyncio.Event) -> Any:
    """A client that has asked and gets no answer; gives what makes it leave."""
    if gateway.server is None:
        http2 = await Http2Client.connect(gateway.url)
        stream = http2.ask(path)
        await asked.wait()

        async def leave() -> None:
            http2.reset(stream)
            await http2.close()

        return leave
    http1 = RawClient(gateway.url)
    waiting = asyncio.ensure_future(http1.ask(path))
    await asked.wait()

    async def part() -> None:
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        http1.close()

    return part


async def test_calls_that_are_answered_leave_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Three hundred of them, of every outcome."""

    async def either(request: Any, context: Any) -> Any:
        if request.count % 3 == 0:
            await context.abort(grpc.StatusCode.NOT_FOUND, "no")
        return b"\xff" if request.count % 3 == 1 else job("x")

    caplog.set_level(logging.ERROR, "gateway.web.unary")  # of an error that is logged pytest keeps the traceback
    async with jobs_backend(Get=either) as backend, in_front(tmp_path, backend.address) as gateway:
        await gateway.http.get("/v1/jobs/a")
        tasks, requests = len(asyncio.all_tasks()), requests_alive()
        for begin in range(0, 300, 20):
            numbers = range(begin, begin + 20)
            answers = await asyncio.gather(*(gateway.http.get(f"/v1/jobs/a?count={number}") for number in numbers))
            assert [each.status_code for each in answers] == [[404, 500, 200][number % 3] for number in numbers]
        await until(lambda: backend.open == 0 and len(asyncio.all_tasks()) <= tasks)
        await until(lambda: requests_alive() <= requests)


def requests_alive() -> int:
    """How many there are."""
    gc.collect()
    return sum(type(each) is Request for each in gc.get_objects())


async def test_a_mistake_of_ours_is_a_problem_without_its_details(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """They are in the log, with the place."""

    def mistaken(*_: Any) -> Any:
        raise ZeroDivisionError("a secret")

    async with in_front(tmp_path, "127.0.0.1:1") as gateway:
        monkeypatch.setattr(Requests, "read", mistaken)
        response = await gateway.http.get("/v1/jobs/a")
    assert (response.status_code, response.headers["content-type"]) == (500, "application/problem+json")
    assert (response.json()["code"], "secret" in response.text) == ("INTERNAL", False)
    (record,) = [record for record in caplog.records if record.name == "gateway.web.problems"]
    assert "ZeroDivisionError: a secret" in caplog.text
    assert record.exc_info


async def test_all_backends_are_asked_and_their_lists_are_one(tmp_path: Path) -> None:
    """One that knows nothing is left out; where none knows anything, the client is told so."""

    def listing(*names: str) -> Any:
        async def gather(request: Any, context: Any) -> Any:
            if request.id == "unknown" or not names:
                await context.abort(grpc.StatusCode.NOT_FOUND, "none here")
            return message("Listed", jobs=[job(name) for name in names])

        return gather

    async with (
        jobs_backend(Gather=listing("a", "b")) as one,
        jobs_backend(Gather=listing("c")) as two,
        jobs_backend(Gather=listing()) as three,
        in_front(tmp_path, one.address, two.address, three.address) as gateway,
    ):
        jobs = (await gateway.http.get("/v1/gathered/x")).json()["jobs"]
        assert sorted(each["name"] for each in jobs) == ["a", "b", "c"]
        response = await gateway.http.get("/v1/gathered/unknown")
        assert (response.status_code, response.json()["code"]) == (404, "NOT_FOUND")
        assert len(one.requests) == len(two.requests) == len(three.requests) == 2


async def test_operations_of_two_emitters_are_one_list() -> None:
    """The shipped contract: all are listed, each is found wherever it is, and cancelled there."""
    emitters = Emitter(), Emitter()
    addresses = [f"127.0.0.1:{await asyncio.to_thread(each.start, '127.0.0.1:0')}" for each in emitters]
    path = "/api/v1/progress/operations"
    with (
        emitters[0].progress.operation("a", type="t", owner_id="u") as one,
        emitters[1].progress.operation("b", type="t", owner_id="u") as two,
    ):
        async with running_gateway(*addresses) as gateway:
            listed = (await gateway.http.get(path)).json()["operations"]
            assert sorted(each["operation_name"] for each in listed) == ["a", "b"]
            for operation in (one, two):
                assert (await gateway.http.get(f"{path}/{operation.id}")).json()["operation"]["id"] == operation.id
                cancelled = await gateway.http.post(f"{path}/{operation.id}:cancel", json={"reason": "enough"})
                assert cancelled.status_code == 200
                with pytest.raises(OperationCancelled):
                    operation.check_cancelled()
            unknown = await gateway.http.get(f"{path}/nope")
            assert (unknown.status_code, unknown.json()["code"]) == (404, "NOT_FOUND")
    for emitter in emitters:
        await asyncio.to_thread(emitter.stop)
