"""What clients send with a request: where it comes from, its body, its headers."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from gateway.errors import ForeignOrigin
from gateway.web.origins import refuse_foreign
from tests.support import gateways, servers
from tests.support.gateways import Client, RunningGateway, running_gateway
from tests.support.jobs import Asked, contract_in, job, jobs_backend, message
from tests.support.raw_http import RawClient
from tests.support.waiting import until

EVERY = pytest.mark.usefixtures("each_server")
REFUSING = pytest.mark.usefixtures("each_but_hypercorn")
OUR_OWN = pytest.mark.usefixtures("each_sink")
JOB = "/v1/jobs/a"
MOST = 1000
"""What the gateway of these tests takes as a body, in bytes."""
FORWARDED: dict[str, Any] = {"upstream": {"forward_headers": ("authorization", "x-team")}}


@pytest.fixture(params=["our_own", "asgi_only", "granian"])
def each_but_hypercorn(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hypercorn breaks a whole connection of HTTP/2 when more of a body comes that was refused before its end."""
    monkeypatch.setattr(gateways, "serve", getattr(servers, request.param))


async def same(request: Any, context: Any) -> Any:
    """The request is the response."""
    return request


async def ticking(request: Any, context: Any) -> AsyncIterator[Any]:
    """As many events as are asked for."""
    for number in range(request.count):
        yield message("WatchResponse", job=job(f"{request.id}{number}"))


@pytest.fixture
async def backend() -> AsyncIterator[Asked]:
    """Answers with what it was asked."""
    async with jobs_backend(Replace=same, Store=same, Watch=ticking) as asked:
        yield asked


@pytest.fixture
async def gateway(tmp_path: Path, backend: Asked) -> AsyncIterator[RunningGateway]:
    """In front of it."""
    server = {"max_body_bytes": MOST, "allowed_origins": ("https://app.example",)}
    async with running_gateway(backend.address, contract=contract_in(tmp_path), server=server) as running:
        yield running


# ---- from where


@pytest.mark.parametrize(
    ("verb", "headers", "refused"),
    [
        pytest.param("POST", {}, False, id="no browser says where it comes from"),
        pytest.param("POST", {"origin": "http://gw:8080"}, False, id="the gateway's own page"),
        pytest.param("POST", {"origin": "https://gw:8080"}, False, id="behind a proxy that speaks TLS"),
        pytest.param("POST", {"origin": "https://app.example"}, False, id="a listed one"),
        pytest.param("POST", {"origin": "https://evil.example"}, True, id="another site"),
        pytest.param("PUT", {"origin": "https://evil.example"}, True, id="whatever the method"),
        pytest.param("PURGE", {"origin": "https://evil.example"}, True, id="also one of one's own"),
        pytest.param("GET", {"origin": "https://evil.example"}, False, id="reading is CORS's to forbid"),
        pytest.param("POST", {"origin": "http://gw:9"}, True, id="another port is another origin"),
        pytest.param("POST", {"origin": "http://gw"}, True, id="so is none"),
        pytest.param("POST", {"origin": "http://gw:8080.evil.example"}, True, id="what only begins the same"),
        pytest.param("POST", {"origin": "http://evil@gw:8080"}, True, id="with a user"),
        pytest.param("POST", {"origin": "null"}, True, id="a page without an origin: a file, a sandbox"),
        pytest.param("POST", {"origin": ""}, True, id="none at all"),
        pytest.param("POST", {"origin": "null", "host": ""}, True, id="nor where there is no host to compare with"),
        pytest.param("POST", {"origin": "http://["}, True, id="no URL"),
        pytest.param(
            "POST",
            {"origin": "https://public.example", "sec-fetch-site": "same-origin"},
            False,
            id="behind a proxy that changes the host: the browser knows better",
        ),
        pytest.param(
            "POST",
            {"origin": "https://evil.example", "sec-fetch-site": "same-site"},
            True,
            id="another host of the same site is not the same origin",
        ),
    ],
)
def test_only_ones_own_and_listed_origins_may_do_more_than_read(
    verb: str, headers: dict[str, str], refused: bool
) -> None:
    """WHATWG Fetch, "Origin header"; W3C Fetch Metadata."""
    given = {"host": "gw:8080"} | headers
    if refused:
        with pytest.raises(ForeignOrigin, match=verb):
            refuse_foreign(verb, given, {"https://app.example"})
    else:
        refuse_foreign(verb, given, {"https://app.example"})
    refuse_foreign(verb, given, {"*"})


@REFUSING
async def test_a_page_of_another_site_changes_nothing(gateway: RunningGateway, backend: Asked) -> None:
    """403 before any call; from the gateway's own address, a listed one and none it is done."""
    for origin, status in (("https://evil.example", 403), (gateway.url, 200), ("https://app.example", 200), ("", 200)):
        headers = {"Origin": origin} if origin else {}
        response = await gateway.http.put(JOB, json={"name": origin}, headers=headers)
        assert response.status_code == status
    assert [each.name for each in backend.requests] == [gateway.url, "https://app.example", ""]


@REFUSING
async def test_a_foreign_page_may_not_open_a_stream_by_post(gateway: RunningGateway, backend: Asked) -> None:
    """The stream is a request like any other."""
    headers = {"Origin": "https://evil.example"}
    response = await gateway.http.post("/v1/jobs:watch", json={}, headers=headers)
    assert (response.status_code, response.json()["code"], backend.requests) == (403, "PERMISSION_DENIED", [])


# ---- bodies


@REFUSING
@pytest.mark.parametrize("length", [MOST - 1, MOST, MOST + 1])
async def test_a_body_is_taken_up_to_the_configured_size(gateway: RunningGateway, backend: Asked, length: int) -> None:
    """413 beyond, whether its length is told before or not."""
    data = b'{"name":"' + b"x" * (length - 11) + b'"}'
    assert len(data) == length

    async def pieces() -> AsyncIterator[bytes]:
        for begin in range(0, length, 400):
            yield data[begin : begin + 400]

    status = 413 if length > MOST else 200
    for content in (data, pieces()):
        response = await gateway.http.put(JOB, content=content, headers={"Content-Type": "application/json"})
        assert response.status_code == status
        if status == 413:
            problem = response.json()
            assert (problem["status"], problem["code"]) == (413, "RESOURCE_EXHAUSTED")
            assert "max_body_bytes" in problem["detail"]
    assert len(backend.requests) == (0 if status == 413 else 2)


@EVERY
@pytest.mark.parametrize(
    ("headers", "status", "says"),
    [
        pytest.param({"Content-Type": "application/json"}, 200, "", id="JSON"),
        pytest.param({"Content-Type": "application/json; charset=utf-8"}, 200, "", id="with a parameter"),
        pytest.param({"Content-Type": "application/merge-patch+json"}, 200, "", id="a kind of JSON"),
        pytest.param({}, 200, "", id="untold"),
        pytest.param({"Content-Type": "text/plain"}, 415, "got 'text/plain'", id="what a form can send without asking"),
        pytest.param({"Content-Type": "x" * 3000}, 415, f"got '{'x' * 60}'", id="a long one is not repeated whole"),
        pytest.param({"Content-Encoding": "gzip"}, 415, "without content-encoding, got 'gzip'", id="compressed"),
        pytest.param({"Content-Encoding": "identity"}, 200, "", id="told to be not compressed"),
    ],
)
async def test_a_body_is_json_as_it_is(
    gateway: RunningGateway, backend: Asked, headers: dict[str, str], status: int, says: str
) -> None:
    """415 for another kind (RFC 9110, 15.5.16)."""
    response = await gateway.http.put(JOB, content=b'{"name":"x"}', headers=headers)
    assert response.status_code == status
    if status != 200:
        assert response.json()["detail"].endswith(says)
    assert len(backend.requests) == (status == 200)


@EVERY
@pytest.mark.parametrize(
    ("data", "place"),
    [
        pytest.param(b"{", "body", id="no JSON"),
        pytest.param(b"\xff", "body", id="no UTF-8"),
        pytest.param(b"[]", "body", id="no object"),
        pytest.param(b'{"name":1}', "body.name", id="of another type"),
        pytest.param(b'{"nmae":"x"}', "body.nmae", id="unknown"),
        pytest.param(b'{"detail":{"@type":"type.googleapis.com/acme.No"}}', "body.detail", id="an Any of another type"),
        pytest.param(b'{"name":' * 105 + b"1" + b"}" * 105, "body", id="deep"),
    ],
)
async def test_a_wrong_body_is_a_problem_that_names_the_place(
    gateway: RunningGateway, backend: Asked, data: bytes, place: str
) -> None:
    """As for a parameter, and before any call."""
    response = await gateway.http.put(JOB, content=data, headers={"Content-Type": "application/json"})
    assert (response.status_code, response.headers["content-type"]) == (400, "application/problem+json")
    (error,) = response.json()["errors"]
    assert error["parameter"].startswith(place)
    assert backend.requests == []


@EVERY
async def test_a_stream_may_be_asked_for_by_post(gateway: RunningGateway, backend: Asked) -> None:
    """With a JSON body, as fetch does; on our own server it has the connection as any other stream."""
    request = gateway.http.build_request("POST", "/v1/jobs:watch", json={"id": "x", "count": 2})
    response = await gateway.http.send(request, stream=True)
    assert (response.status_code, response.headers["content-type"]) == (200, "text/event-stream")
    data = await response.aread()
    assert [line for line in data.split(b"\n") if line.startswith(b"event: ")] == [
        b"event: job",
        b"event: job",
        b"event: stream-end",
    ]
    assert backend.requests == [message("WatchRequest", id="x", count=2)]


@EVERY
async def test_the_other_binding_of_a_stream_reads_its_path(gateway: RunningGateway, backend: Asked) -> None:
    """`additional_bindings`: EventSource can only GET."""
    client: Client = await gateway.open("/v1/watched/y?count=1")
    await client.until_names("job", "stream-end")
    assert backend.requests == [message("WatchRequest", id="y", count=1)]


# ---- on the wire


def put(body: str, headers: str = "", length: int | None = None) -> tuple[str, str]:
    """Headers and content of a PUT."""
    return f"{headers}Content-Length: {len(body) if length is None else length}\r\n", body


@OUR_OWN
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param("", b"100", id="what will be read is asked for"),
        pytest.param("Content-Length: 5000\r\n", b"413", id="not what is too large"),
        pytest.param("Origin: https://evil.example\r\n", b"403", id="nor a foreign page's"),
        pytest.param("Content-Encoding: br\r\n", b"415", id="nor what cannot be read"),
    ],
)
async def test_whoever_asks_before_sending_is_told_first(gateway: RunningGateway, headers: str, status: bytes) -> None:
    """RFC 9110, 10.1.1: `Expect: 100-continue`."""
    length = "" if "Content-Length" in headers else "Content-Length: 2\r\n"
    client = await RawClient(gateway.url).ask(JOB, method="PUT", headers=f"Expect: 100-continue\r\n{length}{headers}")
    assert client.head.split()[1] == status
    if status == b"100":
        client.writer.write(b"{}")
        assert b"HTTP/1.1 200" in await client.read_some()
    client.close()


@OUR_OWN
async def test_requests_in_one_piece_are_answered_in_their_order(gateway: RunningGateway, backend: Asked) -> None:
    """Each with its own body (RFC 9112, 9.3.2)."""
    headers, body = put('{"name":"1"}')
    more = f"{body}PUT {JOB} HTTP/1.1\r\nHost: x\r\n{headers}\r\n" + '{"name":"2"}'
    client = await RawClient(gateway.url).ask(JOB, method="PUT", headers=headers, more=more)
    data = b""
    while b'"2"' not in data:
        data += await client.read_some()
    assert data.index(b'"1"') < data.index(b'"2"')
    assert [each.name for each in backend.requests] == ["1", "2"]
    client.close()


@OUR_OWN
@pytest.mark.parametrize(
    ("headers", "body"),
    [
        pytest.param(*put("{}trailing", length=2), id="more than was told"),
        pytest.param("Content-Length: 2\r\nTransfer-Encoding: chunked\r\n", "2\r\n{}\r\n0\r\n\r\n", id="two framings"),
        pytest.param(*put("{}", "Content-Length: 3\r\n"), id="two lengths"),
        pytest.param(*put("{}", length=-1), id="no length"),
        pytest.param("Transfer-Encoding: chunked\r\n", "zz\r\n", id="no chunk"),
    ],
)
async def test_a_body_whose_end_is_unclear_closes_the_connection(
    gateway: RunningGateway, headers: str, body: str
) -> None:
    """What follows could be read as another request (RFC 9112, 11.2)."""
    client = await RawClient(gateway.url).ask(JOB, method="PUT", headers=headers, more=body)
    assert client.head.split()[1] in (b"200", b"400")
    while await client.read_some():
        pass
    client.close()
    assert (await gateway.http.get("/healthz")).status_code == 200


@OUR_OWN
async def test_trailers_are_no_headers(tmp_path: Path) -> None:
    """RFC 9110, 6.5.1: a proxy that sets or removes a header would not see them."""
    async with (
        jobs_backend(Replace=same) as backend,
        running_gateway(backend.address, contract=contract_in(tmp_path), **FORWARDED) as gateway,
    ):
        body = "2\r\n{}\r\n0\r\nX-Team: admins\r\nOrigin: https://evil.example\r\n\r\n"
        client = await RawClient(gateway.url).ask(
            JOB, method="PUT", headers="Transfer-Encoding: chunked\r\n", more=body
        )
        assert client.head.startswith(b"HTTP/1.1 200")
        assert "x-team" not in backend.metadata[0]
        client.close()


@OUR_OWN
async def test_what_comes_behind_a_body_that_is_too_large_is_not_taken_for_it(gateway: RunningGateway) -> None:
    """The rest of the body is read and dropped; the next request is answered."""
    headers, body = put("x" * 5000)
    more = f"{body}GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    client = await RawClient(gateway.url).ask(JOB, method="PUT", headers=headers, more=more)
    assert client.head.startswith(b"HTTP/1.1 413")
    data = b""
    while b'"ok"' not in data:
        data += await client.read_some()
    client.close()


@EVERY
async def test_a_client_that_leaves_while_it_sends_is_forgotten(gateway: RunningGateway, backend: Asked) -> None:
    """Nothing is called, and no task is left."""
    await gateway.http.get("/healthz")
    tasks, sent = len(asyncio.all_tasks()), asyncio.Event()

    async def pieces() -> AsyncIterator[bytes]:
        yield b'{"name":'
        sent.set()
        await asyncio.Event().wait()

    async with gateway.connection() as other:
        sending = asyncio.ensure_future(other.put(JOB, content=pieces()))
        await sent.wait()
        await until(lambda: len(asyncio.all_tasks()) > tasks)
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
    await until(lambda: len(asyncio.all_tasks()) <= tasks)
    assert backend.requests == []
    assert (await gateway.http.get("/healthz")).status_code == 200


# ---- headers


@EVERY
async def test_only_clients_with_equal_headers_share_a_stream(tmp_path: Path) -> None:
    """What a backend shows to one it may not show to another; other headers do not count."""
    all_there = asyncio.Event()

    async def endless(request: Any, context: Any) -> AsyncIterator[Any]:
        token = dict(context.invocation_metadata()).get("authorization", "nobody")
        await context.send_initial_metadata(())
        await all_there.wait()
        yield message("WatchResponse", job=job(f"for {token}"))
        await asyncio.Event().wait()

    async with (
        jobs_backend(Follow=endless) as backend,
        running_gateway(backend.address, contract=contract_in(tmp_path), **FORWARDED) as gateway,
    ):
        opened = [
            await gateway.open("/v1/followed/a", headers)
            for headers in (
                {"Authorization": "Bearer one"},
                {"Authorization": "Bearer two"},
                {"authorization": "Bearer one", "X-Other": "1"},
                {},
            )
        ]
        await until(lambda: all(client.sse.last_event_id for client in opened))
        all_there.set()
        told = [(await client.until_events(1))[0]["name"] for client in opened]
        assert told == ["for Bearer one", "for Bearer two", "for Bearer one", "for nobody"]
        assert len(backend.metadata) == 3
        assert len(gateway.gateway.hub) == 3


@EVERY
@pytest.mark.parametrize("path", ["/v1/followed/a", "/v1/watched/a", "/v1/jobs/a"])
@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        pytest.param("x-team", "gr\u00fcn\u00e9".encode(), "expected printable ASCII", id="no ASCII"),
        pytest.param("x-team", b"secret\tx", "expected printable ASCII", id="a control character"),
        pytest.param("authorization", b"s3cret" * 1500, "expected at most 7168 bytes", id="too long"),
    ],
)
async def test_a_header_that_cannot_travel_is_a_problem_that_does_not_repeat_it(
    tmp_path: Path, path: str, name: str, value: bytes, says: str
) -> None:
    """400: it may be a secret."""
    async with running_gateway("127.0.0.1:1", contract=contract_in(tmp_path), **FORWARDED) as gateway:
        response = await gateway.http.get(path, headers={name.encode(): value})
        assert (response.status_code, response.headers["content-type"]) == (400, "application/problem+json")
        (error,) = response.json()["errors"]
        assert (error["parameter"], says in error["detail"]) == (name, True)
        assert value[:6] not in response.content
