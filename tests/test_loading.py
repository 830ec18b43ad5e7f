"""Where the contract comes from: files, backends that are asked, the shipped set, and all of it read again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from grpc_health.v1 import health_pb2

from gateway.config import ContractSettings, HttpSettings, Settings, SseSettings, UpstreamSettings
from gateway.contract.contract import Contract, shipped_descriptor_set
from gateway.errors import ConfigError, ContractError
from gateway.loading import Loader, load_contract
from gateway.upstream.backends import Backends
from gateway.upstream.reflection import Patience
from tests.support.protos import METHOD, descriptor_set, service_proto
from tests.support.reflecting import (
    V1,
    V1ALPHA,
    Reply,
    honest,
    listing,
    not_found,
    reflecting,
    reflecting_in_threads,
    replying,
)
from tests.support.servers import listen
from tests.support.waiting import until

SERVICE = "test.WatchService"
SET = descriptor_set(service_proto())
BROKEN = descriptor_set(service_proto(method='option (google.api.http) = {get: "/v1/{nope}"};'))
MORE = descriptor_set(
    'syntax = "proto3"; service More { rpc Go(M) returns (stream M); } message M {}', named="more.proto"
)
HEALTH = "grpc.health.v1.Health"
SHIPPED = ("gateway.progress.v1.ProgressService", "gateway.logs.v1.LogService")
QUICK = Patience(silence=0.3, altogether=1.0)


def settings(
    *addresses: str, sets: tuple[Path, ...] = (), rules: Any = (), events: Any = (), **contract: Any
) -> Settings:
    """Settings with quick tries."""
    return Settings(
        contract=ContractSettings(descriptor_sets=tuple(map(str, sets)), **contract),
        upstream=UpstreamSettings(addresses=addresses, first_backoff_seconds=0.01, longest_backoff_seconds=0.05),
        http=HttpSettings(rules=tuple(rules)),
        sse=SseSettings(events=tuple(events)),
        file="gateway.toml",
    )


def methods(contract: Contract) -> set[str]:
    """The full names of what is served."""
    return {route.method for route in contract.routes}


def in_file(tmp_path: Path, data: bytes = SET, name: str = "api.binpb") -> Path:
    """A descriptor set in a file."""
    file = tmp_path / name
    file.write_bytes(data)
    return file


def free_port() -> int:
    """A port that nobody listens on."""
    with listen("127.0.0.1", 0) as listener:
        return int(listener.getsockname()[1])


class Following:
    """A loader that runs, and all that it has said."""

    def __init__(self, loader: Loader) -> None:
        self.loader = loader
        self.first = loader.initial()
        self.pending_first = loader.pending
        self.changes: list[Contract] = []

    async def changed(self, contract: Contract) -> None:
        self.changes.append(contract)

    async def settled(self) -> None:
        """Waits until the backends have answered."""
        await until(lambda: not self.loader.pending)


@asynccontextmanager
async def following(given: Settings) -> AsyncIterator[Following]:
    """A loader at work."""
    backends = Backends(given.upstream)
    following = Following(Loader(given, backends, QUICK))
    await backends.start()
    task = asyncio.ensure_future(following.loader.follow(following.changed))
    try:
        yield following
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await backends.close()


async def test_without_files_the_shipped_contract_is_served_until_a_backend_tells_another() -> None:
    """A new user gets a working gateway at once, and a service of their own by `--upstream` alone."""
    async with reflecting(honest(SET, SERVICE)) as address, following(settings(address)) as seen:
        assert seen.pending_first
        assert {method.rpartition(".")[0] for method in methods(seen.first)} == set(SHIPPED)
        await seen.settled()
        (told,) = seen.changes
        assert methods(told) == {METHOD}


@pytest.mark.parametrize("versions", [pytest.param((V1,), id="v1 only"), pytest.param((V1ALPHA,), id="v1alpha only")])
async def test_either_version_of_reflection_will_do(versions: tuple[str, ...]) -> None:
    """Old servers have one, new ones may have the other."""
    async with reflecting(honest(SET, SERVICE), versions) as address, following(settings(address)) as seen:
        await seen.settled()
        assert [methods(each) for each in seen.changes] == [{METHOD}]


async def test_a_backend_may_start_after_the_gateway(caplog: pytest.LogCaptureFixture) -> None:
    """It is asked again until it is there: one warning while it is not, one line when it is."""
    port = free_port()
    async with following(settings(f"127.0.0.1:{port}")) as seen:
        await until(lambda: bool(caplog.records))
        assert seen.loader.pending
        async with reflecting(honest(SET, SERVICE), port=port) as address:
            await until(lambda: bool(seen.changes), 20)
    away, there = [record.getMessage() for record in caplog.records if record.name == "gateway.loading"]
    assert away.startswith(f"no backend tells its services ({address}: ")
    assert away.endswith("trying again")
    assert there == f"contract told by {address}: {len(seen.changes[0].routes)} routes"


async def test_a_backend_without_reflection_leaves_the_shipped_contract() -> None:
    """Nothing changes, nothing is logged, and nobody is pending any more."""
    async with reflecting(None) as address, following(settings(address)) as seen:
        await seen.settled()
        assert seen.changes == []


async def test_a_backend_with_only_shipped_services_leaves_the_shipped_contract() -> None:
    """Health and reflection beside them do not count."""
    servicer = honest(shipped_descriptor_set() + _health(), *SHIPPED, HEALTH, V1ALPHA)
    async with reflecting(servicer) as address, following(settings(address)) as seen:
        await seen.settled()
        assert seen.changes == []


async def test_health_beside_services_of_ones_own_is_served() -> None:
    """Its Watch is a stream that people want."""
    async with reflecting(honest(SET + _health(), SERVICE, HEALTH)) as address, following(settings(address)) as seen:
        await seen.settled()
        assert {METHOD, f"{HEALTH}.Watch"} <= methods(seen.changes[0])


def _health() -> bytes:
    """A descriptor set, to be appended to another one."""
    file = health_pb2.DESCRIPTOR.serialized_pb
    return b"\x0a" + _varint(len(file)) + file


def _varint(number: int) -> bytes:
    low, high = number & 0x7F, number >> 7
    return bytes([low | 0x80]) + _varint(high) if high else bytes([low])


async def test_files_are_enough(tmp_path: Path) -> None:
    """Backends are not asked where there are files, whatever they would tell."""
    given = settings("127.0.0.1:1", sets=(in_file(tmp_path),))
    async with following(given) as seen:
        assert (seen.pending_first, methods(seen.first)) == (False, {METHOD})


async def test_several_files_are_merged(tmp_path: Path) -> None:
    """One contract of all."""
    given = settings(sets=(in_file(tmp_path), in_file(tmp_path, MORE, "more.binpb")))
    assert methods(load_contract(given)) == {METHOD, "More.Go"}


async def test_reflection_can_be_demanded_beside_files(tmp_path: Path) -> None:
    """Files are served at once, and with their comments; what only the backend has comes later."""
    bare = descriptor_set(service_proto(), source_info=False)
    given = {"sets": (in_file(tmp_path),), "reflection": "on"}
    servicer = honest(bare + MORE, SERVICE, "More")
    async with reflecting(servicer) as address, following(settings(address, **given)) as seen:
        assert (seen.pending_first, methods(seen.first)) == (True, {METHOD})
        await seen.settled()
    (told,) = seen.changes
    assert methods(told) == {METHOD, "More.Go"}
    assert {route.description for route in told.routes if route.method == METHOD} == {"Watches."}


async def test_demanded_reflection_serves_nothing_until_it_is_there(caplog: pytest.LogCaptureFixture) -> None:
    """Never the shipped contract in its place; a backend that refuses may be replaced by one that tells."""
    port = free_port()
    async with following(settings(f"127.0.0.1:{port}", reflection="on")) as seen:
        assert (seen.pending_first, seen.first.routes) == (True, ())
        async with reflecting(None, port=port):
            await until(lambda: "trying again" in caplog.text)
        assert seen.loader.pending
        async with reflecting(honest(SET, SERVICE), port=port):
            await until(lambda: bool(seen.changes), 20)
    assert methods(seen.changes[0]) == {METHOD}


async def test_a_demanded_contract_of_shipped_services_has_only_those_that_are_there() -> None:
    """With the comments of the shipped files, which a backend does not tell."""
    servicer, demanded = honest(shipped_descriptor_set(), SHIPPED[1]), {"reflection": "on"}
    async with reflecting(servicer) as address, following(settings(address, **demanded)) as seen:
        await seen.settled()
    (told,) = seen.changes
    assert {method.rpartition(".")[0] for method in methods(told)} == {SHIPPED[1]}
    assert all(route.description for route in told.routes)


def test_reflection_can_be_forbidden() -> None:
    """The shipped contract, at once and for good."""
    given = settings("127.0.0.1:1", reflection="off")
    loader = Loader(given, Backends(given.upstream))
    assert not loader.pending
    assert methods(loader.initial()) == methods(load_contract(given, ask=True))


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        pytest.param(lambda request: not_found(), "it answers not here", id="lists nothing"),
        pytest.param(
            lambda request: listing("a.B") if request.HasField("list_services") else not_found(),
            "a.B: left out: the backend answers not here",
            id="knows nothing of its service",
        ),
    ],
)
async def test_a_backend_that_lies_leaves_the_shipped_contract(
    reply: Reply, told: str, caplog: pytest.LogCaptureFixture
) -> None:
    """With a warning that says what is wrong."""
    async with reflecting(replying(reply)) as address, following(settings(address)) as seen:
        await seen.settled()
        assert seen.changes == []
    (line,) = [record.getMessage() for record in caplog.records if record.name == "gateway.loading"]
    assert told in line
    assert line.endswith("the contract stays as it is")


async def test_a_method_that_cannot_be_served_does_not_take_the_others_with_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """One does not own the protos of a backend: its healthy methods are served, the others are told of."""
    data = BROKEN + MORE
    async with reflecting(honest(data, SERVICE, "More")) as address, following(settings(address)) as seen:
        await seen.settled()
    (told,) = seen.changes
    assert methods(told) == {"More.Go"}
    assert [problem.element for problem in told.problems] == [METHOD]
    assert "no field 'nope'" in caplog.text


async def test_a_given_file_is_held_to_the_law_also_beside_reflection(tmp_path: Path) -> None:
    """Its problems are an error at the start."""
    given = settings("127.0.0.1:1", sets=(in_file(tmp_path, BROKEN),), reflection="on")
    with pytest.raises(ContractError, match="nope"):
        Loader(given, Backends(given.upstream)).initial()


async def test_a_file_is_read_again_when_that_is_asked_for(tmp_path: Path) -> None:
    """A new contract replaces the old one."""
    file = in_file(tmp_path)
    async with following(settings(sets=(file,))) as seen:
        file.write_bytes(descriptor_set(service_proto(method='option (google.api.http) = {get: "/v2/watch"};')))
        seen.loader.reread()
        await until(lambda: bool(seen.changes))
    assert {route.path.text for route in seen.changes[0].routes} == {"/v2/watch"}


@pytest.mark.parametrize(
    ("breaks", "told"),
    [
        pytest.param(lambda file: file.write_bytes(BROKEN), "no field 'nope'", id="cannot be served"),
        pytest.param(lambda file: file.write_bytes(b"\xff\xfe"), "not a FileDescriptorSet", id="is rubbish"),
        pytest.param(lambda file: file.unlink(), "No such file", id="is gone"),
    ],
)
async def test_a_broken_new_contract_leaves_the_old_one(
    tmp_path: Path, breaks: Callable[[Path], Any], told: str, caplog: pytest.LogCaptureFixture
) -> None:
    """With its problems in the log; the next one may be right again."""
    file = in_file(tmp_path)
    async with following(settings(sets=(file,))) as seen:
        breaks(file)
        seen.loader.reread()
        await until(lambda: bool(caplog.records))
        assert seen.changes == []
        file.write_bytes(descriptor_set(service_proto(response="Tick tick = 1;")))
        seen.loader.reread()
        await until(lambda: bool(seen.changes))
    assert "the one before it stays" in caplog.text
    assert told in caplog.text


async def test_an_unchanged_contract_changes_nothing(tmp_path: Path) -> None:
    """Asking again is no reason to disturb anybody."""
    asked = 0
    servicer = honest(SET, SERVICE)

    async def counting(requests: AsyncIterator[Any], context: Any) -> AsyncIterator[Any]:
        nonlocal asked
        asked += 1
        async for answer in servicer(requests, context):
            yield answer

    async with reflecting(counting, (V1,)) as address, following(settings(address)) as seen:
        await seen.settled()
        seen.loader.reread()
        await until(lambda: asked == 2)
        # The third time is asked only after the second answer has been looked at.
        seen.loader.reread()
        await until(lambda: asked == 3)
        assert len(seen.changes) == 1


async def test_a_backend_that_has_changed_is_seen_when_it_is_asked_again() -> None:
    """Its new version has one more service."""
    port = free_port()
    async with following(settings(f"127.0.0.1:{port}")) as seen:
        async with reflecting(honest(SET, SERVICE), port=port):
            await until(lambda: len(seen.changes) == 1, 20)
        async with reflecting(honest(SET + MORE, SERVICE, "More"), port=port):
            seen.loader.reread()
            await until(lambda: len(seen.changes) == 2, 20)
    assert methods(seen.changes[1]) == {METHOD, "More.Go"}


RULE = {"selector": METHOD, "get": "/mine"}


async def test_rules_are_for_what_the_backends_tell() -> None:
    """They may name methods that are not known yet when the gateway starts."""
    async with reflecting(honest(SET, SERVICE)) as address, following(settings(address, rules=[RULE])) as seen:
        await seen.settled()
    assert {route.path.text for route in seen.changes[0].routes} == {"/mine"}


async def test_a_rule_for_nothing_is_told_once_the_backends_have_answered(caplog: pytest.LogCaptureFixture) -> None:
    """It is no reason to stop; with files it is."""
    rules = [{"selector": "test.WatchServise.Watch", "get": "/mine"}]
    async with reflecting(honest(SET, SERVICE)) as address, following(settings(address, rules=rules)) as seen:
        await seen.settled()
    assert f"did you mean {METHOD}?" in caplog.text
    assert [problem.element for problem in seen.changes[0].problems] == ["http.rules[0]"]


async def test_a_rule_for_nothing_is_told_where_no_backend_has_reflection(caplog: pytest.LogCaptureFixture) -> None:
    """The shipped contract stays, and the operator learns why the rule does nothing."""
    async with reflecting(None) as address, following(settings(address, rules=[RULE])) as seen:
        await seen.settled()
        assert seen.changes == []
    assert f"no method is called '{METHOD}'" in caplog.text


def test_a_rule_for_nothing_is_an_error_with_files(tmp_path: Path) -> None:
    """At the start, with the rule's place."""
    with pytest.raises(ContractError, match=r"gateway\.toml: http\.rules\[0\]: selector: no method is called 'a\.B'"):
        load_contract(settings(sets=(in_file(tmp_path),), rules=[{"selector": "a.B", "get": "/"}]))


def test_a_wrong_rule_is_an_error_whatever_the_source() -> None:
    """It is wrong for every contract."""
    with pytest.raises(ContractError, match="did you mean get"):
        load_contract(settings(rules=[{"selector": METHOD, "gett": "/"}]))


def test_a_rule_reaches_events(tmp_path: Path) -> None:
    """By the other table as well."""
    given = settings(sets=(in_file(tmp_path),), events=[{"selector": "test.WatchResponse.tick", "name": "ticked"}])
    assert [event.name for event in load_contract(given).routes[0].events] == ["ticked"]


def test_json_names_are_those_of_the_settings(tmp_path: Path) -> None:
    """They reach the compiler."""
    source = service_proto(request="string long_name = 1;")
    files = (in_file(tmp_path, descriptor_set(source)),)
    names = {
        style: load_contract(settings(sets=files, json_names=style)).routes[0].parameters[0].name
        for style in ("proto", "camel")
    }
    assert names == {"proto": "long_name", "camel": "longName"}


def test_a_command_asks_once_where_it_is_told_to() -> None:
    """`check --upstream` sees what `serve --upstream` would serve; without it, the shipped contract."""
    with reflecting_in_threads(SET, SERVICE) as address:
        assert methods(load_contract(settings(address), ask=True)) == {METHOD}
        assert METHOD not in methods(load_contract(settings(address)))
        assert methods(load_contract(settings(address, reflection="on"))) == {METHOD}


def test_a_command_says_who_has_not_answered() -> None:
    """One line, with what to do."""
    with pytest.raises(ConfigError, match=r"no backend tells its services: 127\.0\.0\.1:1: .*--descriptor-set FILE"):
        load_contract(settings("127.0.0.1:1"), ask=True)


def test_a_command_says_who_has_no_reflection() -> None:
    """Instead of showing a contract that the backend does not have."""
    with (
        reflecting_in_threads(b"") as address,
        pytest.raises(ConfigError, match=f"{address}: it has no server reflection"),
    ):
        load_contract(settings(address), ask=True)


@pytest.fixture(autouse=True)
def _log_all(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, logger="gateway.loading")
