"""The access log: what it says, and when."""

import asyncio
import logging
import re
import time
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import httpx
import pytest

from gateway.web.access_log import AccessLog
from tests.support import gateways, servers
from tests.support.backend import Script, ScriptedBackend, progress
from tests.support.gateways import RunningGateway, running_gateway
from tests.support.processes import gateway as gateway_process
from tests.support.waiting import until

WATCH = "/api/v1/progress/events"


@pytest.fixture(params=["transport", "asgi"])
async def logging_gateway(
    request: pytest.FixtureRequest, script: Script, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[RunningGateway]:
    """In front of a progress backend, with either sink, and with an access log."""
    monkeypatch.setattr(gateways, "serve", partial(servers.our_own, access_log=True))
    if request.param == "asgi":
        monkeypatch.setattr("gateway.web.responses.offered_connection", lambda scope: None)
    async with ScriptedBackend(script) as backend, running_gateway(backend.address) as running:
        yield running


def lines(caplog: pytest.LogCaptureFixture, path: str = "") -> list[str]:
    """The lines of the access log, those about a path where one is given, with the seconds as `N`."""
    said = [record.getMessage() for record in caplog.records if record.name == "gateway.access"]
    return [re.sub(r"\d+\.\d{3} s$", "N s", each) for each in said if path in each]


@pytest.mark.parametrize(
    ("path", "line"),
    [
        pytest.param("/healthz", '127.0.0.1 "GET /healthz" 200 N s', id="the gateway's own"),
        pytest.param("/healthz?token=secret", '127.0.0.1 "GET /healthz" 200 N s', id="the query may hold secrets"),
        pytest.param("/no%0Asuch%22path", '127.0.0.1 "GET /no%0Asuch%22path" 404 N s', id="as it came, on one line"),
        pytest.param(f"{WATCH}?mistyped=1", f'127.0.0.1 "GET {WATCH}" 400 N s', id="a refused stream"),
    ],
)
async def test_a_request_is_one_line_without_its_query(
    logging_gateway: RunningGateway, caplog: pytest.LogCaptureFixture, path: str, line: str
) -> None:
    """Client, method, path, status and seconds; the moment is the logger's to tell."""
    await logging_gateway.http.get(path)
    await until(lambda: lines(caplog))
    assert lines(caplog) == [line]


@pytest.mark.parametrize("ending", ["the backend finishes", "the client leaves", "the gateway stops"])
async def test_the_line_of_a_stream_is_written_when_it_ends(
    logging_gateway: RunningGateway, script: Script, caplog: pytest.LogCaptureFixture, ending: str
) -> None:
    """Once, with the seconds that it lasted, whoever ended it."""
    began = time.monotonic()
    client = await logging_gateway.open(WATCH)
    opened = time.monotonic()
    script.send(progress("a"))
    await client.until_names("progress")
    assert lines(caplog, WATCH) == []
    lasted = time.monotonic() - opened
    if ending == "the backend finishes":
        script.send(None)
    elif ending == "the client leaves":
        await client.close()
    else:
        await logging_gateway.gateway.streams.end()
    await until(lambda: lines(caplog, WATCH))
    assert lines(caplog, WATCH) == [f'127.0.0.1 "GET {WATCH}" 200 N s']
    (seconds,) = [float(r.getMessage().split()[-2]) for r in caplog.records if WATCH in r.getMessage()]
    assert round(lasted, 3) <= seconds <= time.monotonic() - began


async def test_without_an_access_log_nothing_is_logged_and_nothing_is_kept(
    gateway: RunningGateway, caplog: pytest.LogCaptureFixture
) -> None:
    """A stream's sink holds no more than what counts it."""
    caplog.set_level(logging.INFO, "gateway.access")
    client = await gateway.open(WATCH)
    (sink,) = gateway.gateway.streams._open
    assert sink.on_lost == gateway.gateway.streams.remove
    await client.close()
    await until(lambda: not len(gateway.gateway.streams))
    assert lines(caplog) == []


async def _left(scope: Any, receive: Any, send: Any) -> None:
    raise asyncio.CancelledError


@pytest.mark.parametrize(
    ("scope", "line"),
    [
        pytest.param({"client": ("::1", 5), "path": "/a"}, '::1 "GET /a" - N s', id="left before there was a status"),
        pytest.param({"client": None, "path": "/a"}, '- "GET /a" - N s', id="a Unix socket has no client"),
        pytest.param({"path": "/a\nb \x9b\u00e9"}, '- "GET /a%0Ab%20%C2%9B%C3%A9" - N s', id="without the raw path"),
        pytest.param({"path": "/x", "raw_path": b'/a\xff"'}, '- "GET /a%FF%22" - N s', id="not even UTF-8"),
    ],
)
async def test_what_is_not_known_is_a_dash_and_what_cannot_be_printed_is_quoted(
    caplog: pytest.LogCaptureFixture, scope: dict[str, Any], line: str
) -> None:
    """Nobody writes lines of their own, or anything that a terminal obeys."""

    async def nothing(*_: Any) -> Any:
        """Neither side has anything to say."""

    with pytest.raises(asyncio.CancelledError):
        await AccessLog(_left)({"type": "http", "method": "GET", **scope}, nothing, nothing)
    assert lines(caplog) == [line]


def test_the_command_logs_requests_to_standard_error_where_it_is_asked_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """The line of a stream that is open when the gateway stops is there as well."""
    monkeypatch.setenv("GATEWAY_SERVER_ACCESS_LOG", "true")
    program = gateway_process("serve", "--upstream", "127.0.0.1:1")
    try:
        with httpx.stream("GET", f"http://{program.address}{WATCH}?owner_id=secret") as stream:
            next(stream.iter_raw())
            assert program.stop() == 0
    finally:
        program.kill()
    (line,) = [line for line in program.output if WATCH in line and " INFO " in line]
    assert re.fullmatch(rf'[-\d]+ [\d:,]+ INFO 127\.0\.0\.1 "GET {WATCH}" 200 \d+\.\d{{3}} s', line)
