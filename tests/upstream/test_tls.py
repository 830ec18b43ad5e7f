"""TLS to backends: who is trusted, who is told, and no way back to plain text."""

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple

import grpc
import pytest

from gateway.config import UpstreamSettings
from gateway.errors import ConfigError, UpstreamAway
from gateway.upstream import backends as backends_module
from gateway.upstream.backends import Backends
from gateway.upstream.call import Outgoing
from gateway.upstream.unary import UnaryCalls
from tests.support.certificates import Authority, Certificate
from tests.support.plain_service import serving, shown

STREAM, ECHO = "/test.Service/Stream", "/test.Service/Echo"


class Made(NamedTuple):
    """All certificates of this module."""

    authority: str
    stranger: str
    here: Certificate
    named: Certificate
    expired: Certificate
    client: Certificate
    joined: str


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Made once: each takes a moment."""
    directory = tmp_path_factory.mktemp("certificates")
    authority, stranger = Authority(directory), Authority(directory, "stranger")
    client, joined = authority.issue("client", "DNS:gateway"), directory / "joined.pem"
    joined.write_bytes(b"".join(Path(file).read_bytes() for file in reversed(client)))
    return Made(
        authority.files.certificate,
        stranger.files.certificate,
        authority.issue("here", "IP:127.0.0.1"),
        authority.issue("named", "DNS:progress.internal"),
        authority.issue("expired", "IP:127.0.0.1", days=-1),
        client,
        str(joined),
    )


async def stream(request: bytes, context: Any) -> AsyncIterator[bytes]:
    """One message."""
    yield b"streamed"


async def echo(request: bytes, context: Any) -> bytes:
    """The request."""
    return request


HANDLERS = {
    "Stream": grpc.unary_stream_rpc_method_handler(stream),
    "Echo": grpc.unary_unary_rpc_method_handler(echo),
}


async def ways(*targets: str, **settings: Any) -> list[bytes]:
    """What each kind of call gets: read by a thread, read by grpc.aio, and unary."""
    configured = UpstreamSettings(targets, reader_threads=1, **settings)
    backends = Backends(configured)
    await backends.start()
    try:
        (backend,) = backends
        calls = [backend.call(Outgoing(STREAM, b"")), backend.call(Outgoing(STREAM, b""))]
        got: list[bytes] = []
        for call in calls:
            try:
                await call.accepted()
                got += [message async for message in call.messages()]
            finally:
                call.cancel()
        return [*got, (await UnaryCalls(backends, configured)(ECHO, b"unary")).data]
    finally:
        await backends.close()


WORKS = [b"streamed", b"streamed", b"unary"]


async def test_every_kind_of_call_speaks_tls(made: Made) -> None:
    """Threads have channels of their own, which must not be plain ones."""
    async with serving(shown(made.here), **HANDLERS) as address:
        assert await ways(address, tls=True, ca_certificate=made.authority) == WORKS


async def test_the_gateway_shows_its_own_certificate(made: Made) -> None:
    """A backend that wants one from its clients gets it; the key may stand in the same file."""
    pair = {"client_certificate": made.client.certificate, "client_key": made.client.private_key}
    trust = {"tls": True, "ca_certificate": made.authority}
    async with serving(shown(made.here, clients=made.authority), **HANDLERS) as address:
        assert await ways(address, **trust, **pair) == WORKS
        assert await ways(address, **trust, client_certificate=made.joined) == WORKS
        with pytest.raises(UpstreamAway):
            await ways(address, **trust)


async def test_an_authoritys_file_may_have_comments(made: Made, tmp_path: Path) -> None:
    """Bundles name each certificate, in whatever language."""
    bundle = tmp_path / "bundle.pem"
    comments = "# F\u0151tan\u00fas\u00edtv\u00e1ny\n".encode()
    certificates = [await asyncio.to_thread(Path(file).read_bytes) for file in (made.stranger, made.authority)]
    bundle.write_bytes(b"".join(comments + certificate for certificate in certificates))
    async with serving(shown(made.here), **HANDLERS) as address:
        assert await ways(address, tls=True, ca_certificate=str(bundle)) == WORKS


async def test_a_server_name_takes_the_place_of_the_address(made: Made) -> None:
    """For backends that are reached by an address their certificate does not have."""
    async with serving(shown(made.named), **HANDLERS) as address:
        trust = {"tls": True, "ca_certificate": made.authority}
        assert await ways(address, **trust, server_name="progress.internal") == WORKS
        with pytest.raises(UpstreamAway, match="Hostname Verification"):
            await ways(address, **trust, server_name="logs.internal")


@pytest.fixture
def resolved(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any name stands for 127.0.0.1."""

    async def resolve(target: Any) -> set[str]:
        return {f"127.0.0.1:{target.port}"}

    monkeypatch.setattr(backends_module, "addresses_of", resolve)


@pytest.mark.usefixtures("resolved")
async def test_behind_a_name_it_is_the_name_that_counts(made: Made) -> None:
    """The gateway calls the addresses behind `dns:///`, and none of them is in the certificate."""
    trust = {"tls": True, "ca_certificate": made.authority}
    async with serving(shown(made.named), **HANDLERS) as address:
        port = address.rpartition(":")[2]
        assert await ways(f"dns:///progress.internal:{port}", **trust) == WORKS
        with pytest.raises(UpstreamAway, match="Hostname Verification"):
            await ways(f"dns:///logs.internal:{port}", **trust)
        assert await ways(f"dns:///logs.internal:{port}", **trust, server_name="progress.internal") == WORKS


@pytest.mark.usefixtures("resolved")
async def test_behind_a_name_an_address_in_the_certificate_is_not_enough(made: Made) -> None:
    """Whoever can answer for the name could else answer with the certificate of any address."""
    async with serving(shown(made.here), **HANDLERS) as address:
        port = address.rpartition(":")[2]
        with pytest.raises(UpstreamAway, match="Hostname Verification"):
            await ways(f"dns:///progress.internal:{port}", tls=True, ca_certificate=made.authority)


@pytest.mark.parametrize(
    ("shows", "trusts", "reason"),
    [
        pytest.param("here", "stranger", "unable to get local issuer certificate", id="signed by someone else"),
        pytest.param("here", "", "unable to get local issuer certificate", id="signed by no public authority"),
        pytest.param("expired", "authority", "certificate has expired", id="out of date"),
        pytest.param("named", "authority", "Hostname Verification Check failed", id="of another name"),
        pytest.param("", "authority", "WRONG_VERSION_NUMBER", id="no TLS at all"),
    ],
)
@pytest.mark.parametrize("threads", [1, 0])
async def test_a_backend_that_cannot_be_trusted_is_away_and_the_log_says_why(
    made: Made, shows: str, trusts: str, reason: str, threads: int, caplog: pytest.LogCaptureFixture
) -> None:
    """It gets neither a request nor a second try in plain text."""
    received: list[bytes] = []

    async def listening(request: bytes, context: Any) -> AsyncIterator[bytes]:
        received.append(request)
        yield b"secret"

    handler = grpc.unary_stream_rpc_method_handler(listening)
    credentials = shown(getattr(made, shows)) if shows else None
    trusted = getattr(made, trusts) if trusts else ""
    async with serving(credentials, Stream=handler) as address:
        settings = UpstreamSettings((address,), reader_threads=threads, tls=True, ca_certificate=trusted)
        backends = Backends(settings)
        await backends.start()
        (backend,) = backends
        call = backend.call(Outgoing(STREAM, b"secret"))
        with caplog.at_level(logging.WARNING), pytest.raises(UpstreamAway, match=reason) as raised:
            await call.accepted()
        backend.lost(call, raised.value)
        call.cancel()
        await backends.close()
    assert f"backend {address} is away" in caplog.text
    assert reason in caplog.text
    assert received == []


async def test_a_backend_that_speaks_tls_takes_no_plain_text(made: Made) -> None:
    """Without the setting it is away."""
    async with serving(shown(made.here), **HANDLERS) as address:
        with pytest.raises(UpstreamAway):
            await ways(address)


def test_files_that_cannot_be_used_are_refused_at_start(made: Made, tmp_path: Path) -> None:
    """By the setting and the file: gRPC would tell with each call, or end the process."""
    garbage, other = tmp_path / "garbage.pem", made.here.private_key
    garbage.write_text("no certificate")
    locked = tmp_path / "locked.key"
    locked.write_text("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n")
    empty = tmp_path / "empty.pem"
    empty.touch()
    client, key = made.client
    cases: list[tuple[dict[str, Any], str, str]] = [
        ({"ca_certificate": "/no/such/file"}, "ca_certificate /no/such/file", "not there"),
        ({"ca_certificate": str(tmp_path)}, f"ca_certificate {tmp_path}", "a directory"),
        ({"ca_certificate": str(garbage)}, f"ca_certificate {garbage}", "not PEM"),
        ({"ca_certificate": key}, f"ca_certificate {key}", "PEM, and no certificate"),
        ({"client_certificate": str(garbage), "client_key": key}, str(garbage), "not PEM"),
        ({"client_certificate": client, "client_key": str(garbage)}, str(garbage), "not PEM"),
        ({"client_certificate": client, "client_key": other}, f"client_key {other}", "of another certificate"),
        ({"client_certificate": client}, f"client_key {client}", "no key in it"),
        ({"client_certificate": client, "client_key": str(locked)}, str(locked), "locked, or broken"),
        ({"client_key": key}, f"client_key {key}", "alone"),
        ({"ca_certificate": str(empty)}, f"ca_certificate {empty}", "nothing in it: not the public ones then"),
        ({"client_certificate": str(empty)}, str(empty), "nothing in it: not none then"),
    ]
    for settings, named, reason in cases:
        with pytest.raises(ConfigError) as error:
            Backends(UpstreamSettings(tls=True, **settings))
        assert named in str(error.value), reason
        assert str(error.value).startswith("upstream "), reason


@pytest.mark.parametrize("setting", ["ca_certificate", "client_certificate", "client_key", "server_name"])
def test_settings_of_tls_without_tls_are_refused(setting: str, made: Made) -> None:
    """Who sets them believes the calls are safe."""
    with pytest.raises(ConfigError, match=f"upstream {setting} .* needs upstream tls"):
        Backends(UpstreamSettings(**{setting: made.authority}))
