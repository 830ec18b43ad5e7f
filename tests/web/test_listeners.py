"""TLS and Unix sockets: the same streams, and errors that name the setting."""

import asyncio
import re
import socket
import ssl
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pytest

from gateway.errors import ConfigError
from gateway.web.listeners import check_certificate, listen_unix
from tests.support import gateways, servers
from tests.support.backend import Script, ScriptedBackend, progress, progress_bookmark
from tests.support.gateways import RunningGateway, running_gateway
from tests.support.processes import Program
from tests.support.raw_http import RawClient
from tests.support.waiting import until

WATCH = "/api/v1/progress/events"


class Certificate(NamedTuple):
    """Its files."""

    certificate: str
    private_key: str


def made(directory: Path, name: str) -> Certificate:
    """A certificate for 127.0.0.1, signed by itself."""
    files = Certificate(str(directory / f"{name}.pem"), str(directory / f"{name}.key"))
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=gateway"
    named = ["-addext", "subjectAltName=IP:127.0.0.1", "-out", files.certificate, "-keyout", files.private_key]
    subprocess.run([*command.split(), *named], check=True, capture_output=True)
    return files


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """One for all tests of this module."""
    return made(tmp_path_factory.mktemp("certificates"), "gateway")


@pytest.fixture(params=["tls", "unix socket"])
def raw(
    request: pytest.FixtureRequest, certificate: Certificate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[RunningGateway], RawClient]:
    """Makes clients of a gateway that listens in this way."""
    if request.param == "tls":
        monkeypatch.setattr(gateways, "serve", partial(servers.our_own, **certificate._asdict()))
        tls = ssl.create_default_context(cafile=certificate.certificate)
        return lambda gateway, **more: RawClient(gateway.url, tls=tls, **more)
    listener = listen_unix(str(tmp_path / "gateway.sock"))
    monkeypatch.setattr(gateways, "serve", partial(servers.our_own, listener=listener))
    return lambda gateway, **more: RawClient(gateway.url, **more)


async def subscribed(gateway: RunningGateway, count: int) -> None:
    """Waits until so many clients are subscribed."""
    await until(lambda: gateway.gateway.hub.subscribers() == len(gateway.gateway.streams) == count)


async def test_a_stream_comes_whole_and_ends_properly(raw: Callable[..., RawClient]) -> None:
    """Also for a client that reads it late: what the connection does not take is read on from the log."""
    script = Script(progress_bookmark())
    async with ScriptedBackend(script) as backend, running_gateway(backend.address) as gateway:
        clients = [await raw(gateway).ask(WATCH), await raw(gateway, receive_buffer_bytes=4096).ask(WATCH)]
        await subscribed(gateway, 2)
        prompt = asyncio.ensure_future(clients[0].read_to_the_end())
        for number in range(300):
            script.send(progress(str(number), error="x" * 50_000))
        sinks = list(gateway.gateway.streams._open)
        await until(lambda: any(sink._congested for sink in sinks))
        script.send(None)
        await prompt
        await clients[1].read_to_the_end()
        for client in clients:
            wanted = [str(number) for number in range(300)]
            assert [event.payload["id"] for event in client.sse.events[:-1]] == wanted
            assert client.sse.names[-1] == "stream-end"
        await subscribed(gateway, 0)


@pytest.mark.parametrize("congested", [False, True], ids=["that reads", "that does not read"])
async def test_a_client_that_leaves_is_noticed_at_once(raw: Callable[..., RawClient], congested: bool) -> None:
    """And leaves nothing behind."""
    script = Script(progress_bookmark())
    async with ScriptedBackend(script) as backend, running_gateway(backend.address) as gateway:
        client = await raw(gateway, receive_buffer_bytes=4096).ask(WATCH)
        await subscribed(gateway, 1)
        (sink,) = gateway.gateway.streams._open
        if congested:
            for number in range(300):
                script.send(progress(str(number), error="x" * 50_000))
            await until(lambda: sink._congested)
        client.close()
        await subscribed(gateway, 0)
        assert gateway.server is not None
        connections = gateway.server.server_state.connections
        await until(lambda: not connections)


async def test_a_client_that_takes_nothing_is_cut(raw: Callable[..., RawClient]) -> None:
    """Without waiting for it to take anything first."""
    script = Script(progress_bookmark())
    async with (
        ScriptedBackend(script) as backend,
        running_gateway(backend.address, stream={"stall_seconds": 0.2}) as gateway,
    ):
        client = await raw(gateway, receive_buffer_bytes=4096).ask(WATCH)
        await subscribed(gateway, 1)
        for number in range(300):
            script.send(progress(str(number), error="x" * 50_000))
        await subscribed(gateway, 0)
        client.close()


def test_a_file_that_a_gateway_left_behind_is_replaced_and_no_other(tmp_path: Path) -> None:
    """Not one that is being listened on, and not one that is no socket."""
    file = tmp_path / "gateway.sock"
    listen_unix(str(file)).close()
    with listen_unix(str(file)):
        with pytest.raises(ConfigError, match=r"unix_socket .*gateway\.sock: Address already in use"):
            listen_unix(str(file))
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(file))
    document = tmp_path / "document"
    document.write_text("mine")
    with pytest.raises(ConfigError, match="Address already in use"):
        listen_unix(str(document))
    assert document.read_text() == "mine"
    with pytest.raises(ConfigError, match="No such file"):
        listen_unix(str(tmp_path / "nowhere" / "gateway.sock"))
    with pytest.raises(ConfigError, match="path too long"):
        listen_unix(str(tmp_path / ("x" * 200)))


def test_a_certificate_that_cannot_be_served_with_is_an_error_that_names_its_setting(
    certificate: Certificate, tmp_path: Path
) -> None:
    """Before anything listens."""
    other = made(tmp_path, "other")
    check_certificate("", "")
    check_certificate(*certificate)
    for files, told in {
        (certificate.certificate, "nowhere.key"): "private_key nowhere.key cannot be read",
        ("nowhere.pem", ""): "certificate nowhere.pem cannot be read",
        ("", certificate.private_key): "has no certificate: set both",
        (certificate.certificate, other.private_key): "KEY_VALUES_MISMATCH",
        (certificate.certificate, ""): f"certificate {certificate.certificate} with private_key",
    }.items():
        with pytest.raises(ConfigError, match=re.escape(told)):
            check_certificate(*files)


def test_the_command_serves_https_on_a_unix_socket_and_removes_it(
    certificate: Certificate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the settings say."""
    file = tmp_path / "gateway.sock"
    monkeypatch.setenv("GATEWAY_SERVER_UNIX_SOCKET", str(file))
    monkeypatch.setenv("GATEWAY_SERVER_CERTIFICATE", certificate.certificate)
    monkeypatch.setenv("GATEWAY_SERVER_PRIVATE_KEY", certificate.private_key)
    program = Program("gateway", "serve", says=r"page +(https on the Unix socket \S+)")
    try:
        assert program.address == f"https on the Unix socket {file}"
        tls = ssl.create_default_context(cafile=certificate.certificate)
        with socket.socket(socket.AF_UNIX) as bare:
            bare.settimeout(10)
            bare.connect(str(file))
            with tls.wrap_socket(bare, server_hostname="127.0.0.1") as connection:
                connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                assert connection.recv(4096).startswith(b"HTTP/1.1 200 ")
    finally:
        assert program.stop() == 0
    assert not file.exists()
