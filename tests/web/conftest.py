"""The servers that the tests of this room run on."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
import uvloop

from tests.support import gateways, servers
from tests.support.backend import Script, ScriptedBackend, progress_bookmark
from tests.support.gateways import RunningGateway, running_gateway


@pytest.fixture(params=["transport", "asgi"])
def each_sink(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Our own server, with the transport sink and with the ASGI sink."""
    monkeypatch.setattr(gateways, "serve", {"transport": servers.our_own, "asgi": servers.asgi_only}[request.param])


@pytest.fixture(params=["transport", "asgi", "hypercorn-http2", "granian-http2"])
def each_server(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Our own server with either sink, and other ASGI servers with HTTP/2."""
    serve = {
        "transport": servers.our_own,
        "asgi": servers.asgi_only,
        "hypercorn-http2": servers.hypercorn,
        "granian-http2": servers.granian,
    }
    monkeypatch.setattr(gateways, "serve", serve[request.param])


@pytest.fixture
async def script() -> Script:
    """Replays nothing."""
    return Script(progress_bookmark())


@pytest.fixture
async def gateway(script: Script) -> AsyncIterator[RunningGateway]:
    """In front of a progress backend."""
    async with ScriptedBackend(script) as backend, running_gateway(backend.address) as running:
        running.backend = backend
        yield running


def pytest_asyncio_loop_factories(item: pytest.Item) -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Tests run on the event loop that a served gateway has; those of the transport sink also on asyncio's own."""
    own = {"uvloop": uvloop.new_event_loop}
    return own | {"asyncio": asyncio.new_event_loop} if "test_transport_sink" in item.nodeid else own
