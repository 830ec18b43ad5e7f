"""Which route a request is led to, on every server: what counts is the path as it was sent."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.gateways import RunningGateway, running_gateway
from tests.support.jobs import contract_in, job, jobs_backend
from tests.support.protos import HEAD, descriptor_set
from tests.support.raw_http import RawClient

METHODS = ("Get", "Replace", "Cancel", "Purge", "Open", "Tables")
EVERY = pytest.mark.usefixtures("each_server")


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[RunningGateway]:
    """In front of a backend whose methods tell who they are."""

    def telling(name: str) -> Any:
        async def tell(request: Any, context: Any) -> Any:
            return job(name, id=request.id)

        return tell

    answers = {name: telling(name) for name in METHODS}
    async with (
        jobs_backend(**answers) as backend,
        running_gateway(backend.address, contract=contract_in(tmp_path)) as running,
    ):
        yield running


@EVERY
@pytest.mark.parametrize(
    ("verb", "path", "told"),
    [
        pytest.param("GET", "/v1/jobs/a", ("Get", "a"), id="a variable of one segment"),
        pytest.param("GET", "/v1/jobs/a%2Fb", ("Get", "a/b"), id="an encoded slash separates nothing"),
        pytest.param("GET", "/v1/jobs/a%20b%C3%A9", ("Get", "a b\u00e9"), id="decoded once, as UTF-8"),
        pytest.param("GET", "/v1/jobs/a%2541", ("Get", "a%41"), id="and not twice"),
        pytest.param("GET", "/v1/jobs/a?tags=/b:cancel", ("Get", "a"), id="the query is no part of the path"),
        pytest.param("GET", "/v1/jobs/a/", ("Get", "a"), id="a slash at the end does not count"),
        pytest.param("GET", "/v1/files/a%2Fb/c%20d", ("Open", "a%2Fb/c d"), id="of several segments %2F stays"),
        pytest.param("GET", "/v1/files", ("Open", ""), id="** takes nothing too"),
        pytest.param("PUT", "/v1/jobs/a", ("Replace", "a"), id="another method of the same path"),
        pytest.param("POST", "/v1/jobs/a:cancel", ("Cancel", "a"), id="a verb"),
        pytest.param("POST", "/v1/jobs/a%3Ab:cancel", ("Cancel", "a:b"), id="an encoded colon is none"),
        pytest.param("GET", "/v1/jobs/a:cancel", ("Get", "a:cancel"), id="a verb that GET does not have is a name"),
        pytest.param("PURGE", "/v1/jobs/a", ("Purge", "a"), id="a method of one's own"),
        pytest.param("GET", "/schema/v1/tables", ("Tables", ""), id="beside the gateway's own paths"),
    ],
)
async def test_a_request_reaches_the_method_of_its_path(
    gateway: RunningGateway, verb: str, path: str, told: tuple[str, str]
) -> None:
    """With the values of its variables."""
    response = await gateway.http.request(verb, path)
    assert response.status_code == 200, response.text
    assert (response.json()["name"], response.json().get("id", "")) == told


@EVERY
@pytest.mark.parametrize(
    ("verb", "path", "status", "says"),
    [
        pytest.param("GET", "/v1/nope", 404, "no route has the path /v1/nope", id="unknown"),
        pytest.param("GET", "/v1/jobs/", 404, "no route has the path /v1/jobs/", id="a variable is never empty"),
        pytest.param("GET", "/-/contract", 404, "no route has the path /-/contract", id="the handler's own place"),
        pytest.param("GET", "/%2D/contract", 404, "no route has the path /%2D/contract", id="encoded too"),
        pytest.param("GET", "/page/a/b", 404, "no route has the path /page/a/b", id="below the gateway's own"),
        pytest.param("GET", "/v1/jobs/%zz", 400, "character 10: expected two hexadecimal digits", id="no encoding"),
        pytest.param("GET", "/v1/jobs/%ff", 400, "expected UTF-8", id="no UTF-8"),
        pytest.param("GET", "/page/%ff", 400, "expected UTF-8", id="below the gateway's own too"),
        pytest.param("DELETE", "/v1/jobs/a", 405, "DELETE is not for this path", id="a method it does not have"),
        pytest.param("OPTIONS", "/v1/jobs/a", 405, "OPTIONS is not for this path", id="no CORS is configured"),
        pytest.param("DELETE", "/healthz", 405, "Method Not Allowed", id="of the gateway's own paths"),
    ],
)
async def test_what_no_route_takes_is_a_problem(
    gateway: RunningGateway, verb: str, path: str, status: int, says: str
) -> None:
    """In one form, whoever answers."""
    response = await gateway.http.request(verb, path)
    assert response.headers["content-type"] == "application/problem+json"
    assert (response.status_code, response.json()["status"]) == (status, status)
    assert says in response.json()["detail"]


@EVERY
async def test_a_path_with_other_methods_lists_them(gateway: RunningGateway) -> None:
    """RFC 9110, 15.5.6: `Allow`."""
    response = await gateway.http.delete("/v1/jobs/a")
    assert (response.status_code, response.headers["allow"]) == (405, "GET, PURGE, PUT")


@EVERY
async def test_head_is_answered_without_a_body(gateway: RunningGateway) -> None:
    """RFC 9110, 9.3.2; with HTTP/2 a body would be an error of the connection."""
    for path in ("/v1/jobs/a", "/v1/nope", "/healthz", "/v1/jobs/%zz", "/v1/jobs/a?nope=1", "/schema/openapi.json"):
        response, get = await gateway.http.head(path), await gateway.http.get(path)
        assert (response.status_code, response.content) == (get.status_code, b"")
        assert response.headers["content-type"] == get.headers["content-type"]
    assert (await gateway.http.get("/healthz")).status_code == 200


@EVERY
async def test_the_gateways_own_paths_are_still_served(gateway: RunningGateway) -> None:
    """Beside any contract."""
    paths = ["/", "/schema", "/schema/openapi.json", "/schema/openapi-3.2.json", "/healthz", "/readyz", "/metrics"]
    page = (await gateway.http.get("/")).text
    files = [f"/page/{part.partition(chr(34))[0]}" for part in page.split('"page/')[1:]]
    assert files
    for path in paths + files:
        assert (await gateway.http.get(path)).status_code == 200, path


async def test_a_wildcard_for_every_path_leaves_the_gateway_its_own(tmp_path: Path) -> None:
    """A literal goes before `*`, and that before `**`, as among the contract's paths."""
    data = descriptor_set(
        HEAD
        + """
service Store {
  rpc Read(Key) returns (Key) {
    option (google.api.http) = {get: "/{name=**}" additional_bindings: {post: "/{name=**}" body: "*"}};
  }
  rpc Top(Key) returns (Key) { option (google.api.http) = {get: "/{name}"}; }
}
message Key { string name = 1; }
"""
    )

    async def same(request: Any, context: Any) -> Any:
        return request

    async with (
        jobs_backend(data, "test.Store", Read=same, Top=same) as backend,
        running_gateway(backend.address, contract=contract_in(tmp_path, data)) as gateway,
    ):
        for path in ("/a", "/a/b/c", "/page/a/b", "/-/contract", "/schema/a/b"):
            assert (await gateway.http.get(path)).json() == {"name": path[1:]}
        assert (await gateway.http.get("/healthz")).json() == {"status": "ok"}
        assert "openapi" in (await gateway.http.get("/schema/openapi.json")).json()
        for path in ("/", "/schema"):
            assert (await gateway.http.get(path)).headers["content-type"] == "text/html; charset=utf-8"
        assert (await gateway.http.get("/page/nope.js")).status_code == 404
        assert (await gateway.http.post("/healthz", json={})).status_code == 405


async def test_the_same_path_is_led_to_the_same_route_each_time(gateway: RunningGateway) -> None:
    """Nothing of a request stays in the way to the next one."""
    paths = ["/v1/jobs/a", "/healthz", "/v1/nope", "/v1/jobs/b"] * 5
    answers = await asyncio.gather(*(gateway.http.get(path) for path in paths))
    assert [each.status_code for each in answers] == [200, 200, 404, 200] * 5


@pytest.mark.usefixtures("each_sink")
@pytest.mark.parametrize(
    ("target", "status"),
    [
        pytest.param("http://x/v1/jobs/a", 200, id="the absolute form (RFC 9112, 3.2.2)"),
        pytest.param("/v1/jobs/a#b", 200, id="a fragment, which no client should send, is not looked at"),
        pytest.param("/v1//jobs/a", 404, id="an empty segment is not left out"),
        pytest.param("/v1/jobs/../jobs/a", 404, id="dots are segments as any other: clients resolve them"),
        pytest.param("/v1/jobs/a?%", 400, id="a query that is not encoded"),
    ],
)
async def test_odd_request_targets(gateway: RunningGateway, target: str, status: int) -> None:
    """As they stand on the wire."""
    client = await RawClient(gateway.url).ask(target)
    assert client.head.split()[1] == b"%d" % status, client.head
    client.close()


async def asked_by_websocket(gateway: RunningGateway, path: str) -> list[Any]:
    """What the application sends to a WebSocket, as a server that has them would be sent it."""
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "websocket.connect"}

    async def send(event: Any) -> None:
        sent.append(event)

    scope: Any = {
        "type": "websocket",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [],
        "subprotocols": [],
        "root_path": "",
        "extensions": {},
    }
    await gateway.gateway.app(scope, receive, send)
    return sent


@pytest.mark.parametrize("path", ["/v1/jobs/a", "/-/contract", "/healthz", "/v1/jobs/%zz"])
async def test_a_websocket_is_closed(gateway: RunningGateway, path: str, caplog: pytest.LogCaptureFixture) -> None:
    """And nothing is logged, which any stranger could cause."""
    assert [event["type"] for event in await asked_by_websocket(gateway, path)] == ["websocket.close"]
    assert not caplog.records


CORS: dict[str, Any] = {
    "server": {"allowed_origins": ("https://app.example",)},
    "upstream": {"forward_headers": ("authorization", "x-team"), "return_headers": ("x-node",)},
}


@EVERY
async def test_a_listed_origin_may_ask_with_every_method_and_chosen_header(tmp_path: Path) -> None:
    """WHATWG Fetch, "CORS-preflight fetch"."""
    async with running_gateway("127.0.0.1:1", contract=contract_in(tmp_path), **CORS) as gateway:
        for verb in ("PUT", "POST", "DELETE"):
            wants = {
                "Origin": "https://app.example",
                "Access-Control-Request-Method": verb,
                "Access-Control-Request-Headers": "authorization, content-type, last-event-id, x-team",
            }
            answer = await gateway.http.options("/v1/jobs/a", headers=wants)
            assert answer.status_code == 204
            assert answer.headers["access-control-allow-origin"] == "https://app.example"
            assert verb in answer.headers["access-control-allow-methods"]
            allowed = answer.headers["access-control-allow-headers"].lower().replace(" ", "").split(",")
            assert {"authorization", "content-type", "last-event-id", "x-team"} <= set(allowed)


@EVERY
@pytest.mark.parametrize(
    "wants",
    [
        pytest.param({"Origin": "https://evil.example"}, id="another origin"),
        pytest.param(
            {"Origin": "https://app.example", "Access-Control-Request-Headers": "x-other"}, id="another header"
        ),
    ],
)
async def test_no_other_origin_and_no_other_header_is_allowed(tmp_path: Path, wants: dict[str, str]) -> None:
    """A preflight that fails allows nothing."""
    async with running_gateway("127.0.0.1:1", contract=contract_in(tmp_path), **CORS) as gateway:
        answer = await gateway.http.options("/v1/jobs/a", headers=wants | {"Access-Control-Request-Method": "PUT"})
        assert answer.status_code == 400
        assert "access-control-allow-origin" not in answer.headers


@EVERY
async def test_a_page_elsewhere_may_read_answers_and_problems_and_the_returned_headers(tmp_path: Path) -> None:
    """A problem that a page cannot read would be a "network error" there."""

    async def answer(request: Any, context: Any) -> Any:
        await context.send_initial_metadata((("x-node", "a"),))
        return job("x")

    async with (
        jobs_backend(Get=answer) as backend,
        running_gateway(backend.address, contract=contract_in(tmp_path), **CORS) as gateway,
    ):
        for path, status in (("/v1/jobs/a", 200), ("/v1/nope", 404), ("/v1/jobs/%zz", 400), ("/v1/jobs/a?x=1", 400)):
            response = await gateway.http.get(path, headers={"Origin": "https://app.example"})
            assert response.status_code == status
            assert response.headers["access-control-allow-origin"] == "https://app.example"
            assert response.headers["access-control-expose-headers"] == "x-node"
            assert response.headers["vary"] == "Origin"
