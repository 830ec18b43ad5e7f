import pytest

from gateway.config import UpstreamSettings
from gateway.errors import ConfigError
from gateway.upstream import backends as module
from gateway.upstream.backends import Backends
from gateway.upstream.resolving import Target, addresses_of, parse_target
from tests.support.waiting import until


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("localhost:50051", Target("localhost", 50051, resolved=False)),
        ("dns:///progress.svc:80", Target("progress.svc", 80, resolved=True)),
        ("[::1]:50051", Target("::1", 50051, resolved=False)),
    ],
)
def test_a_target_is_a_host_and_a_port(text: str, target: Target) -> None:
    """With `dns:///` before it, each address behind the name is a backend."""
    assert parse_target(text) == target


@pytest.mark.parametrize("text", ["localhost", "localhost:", ":50051", "localhost:0", "localhost:65536", "http://a:1"])
def test_anything_else_is_refused_by_name(text: str) -> None:
    """The error shows the text and what was expected."""
    with pytest.raises(ConfigError, match=r"expected HOST:PORT") as error:
        parse_target(text)
    assert repr(text) in str(error.value)


async def test_a_name_stands_for_every_address_behind_it() -> None:
    """`localhost` is at least the IPv4 loopback address."""
    found = await addresses_of(parse_target("dns:///localhost:50051"))
    assert found is not None
    assert "127.0.0.1:50051" in found


async def test_a_name_that_cannot_be_resolved_keeps_what_is_known(caplog: pytest.LogCaptureFixture) -> None:
    """The operator is warned; nothing is thrown away."""
    assert await addresses_of(parse_target("dns:///no-such-host.invalid:1")) is None
    assert "no-such-host.invalid" in caplog.text


async def test_backends_come_and_go_with_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that stay keep their channel."""
    answers = [{"10.0.0.1:1", "10.0.0.2:1"}, {"10.0.0.2:1", "10.0.0.3:1"}]

    async def resolve(target: Target) -> set[str]:
        return answers.pop(0) if len(answers) > 1 else answers[0]

    monkeypatch.setattr(module, "addresses_of", resolve)
    backends = Backends(UpstreamSettings(("dns:///name:1",), resolve_seconds=0.01))
    await backends.start()
    before = {backend.address: backend for backend in backends}
    await until(lambda: "10.0.0.3:1" in {backend.address for backend in backends})
    after = {backend.address: backend for backend in backends}
    assert set(after) == {"10.0.0.2:1", "10.0.0.3:1"}
    assert after["10.0.0.2:1"] is before["10.0.0.2:1"]
    await backends.close()


async def test_calls_take_the_backends_in_turn() -> None:
    """Each call begins with the next one, and knows the others."""
    backends = Backends(UpstreamSettings(("a:1", "b:1", "c:1")))
    await backends.start()
    firsts = [[backend.address for backend in backends.in_turn()] for _ in range(3)]
    assert sorted(turn[0] for turn in firsts) == ["a:1", "b:1", "c:1"]
    assert all(sorted(turn) == ["a:1", "b:1", "c:1"] for turn in firsts)
    await backends.close()
