"""Feeds and fleets against real gRPC servers."""

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest

from gateway.config import UpstreamSettings
from gateway.contract.contract import compile_contract, shipped_descriptor_set
from gateway.contract.routes import StreamRoute
from gateway.errors import GatewayError
from gateway.headers import Headers, Metadata, Returning
from gateway.upstream import backends as backends_module
from gateway.upstream import feed as feed_module
from gateway.upstream.backends import Backends
from gateway.upstream.backoff import Backoff
from gateway.upstream.call import Outgoing
from gateway.upstream.feed import Feed
from gateway.upstream.fleet import Fleet
from gateway.upstream.resolving import Target
from gateway.upstream.tally import Tally
from tests.support.backend import Script, ScriptedBackend, progress, progress_bookmark
from tests.support.waiting import until

ROUTES = {route.method: route for route in compile_contract(shipped_descriptor_set()).streams}
PROGRESS: StreamRoute = ROUTES["gateway.progress.v1.ProgressService.WatchProgress"]


class Recorder:
    """A publisher that writes down what it is told."""

    def __init__(self) -> None:
        self.said: list[tuple[Any, ...]] = []
        self.accepted = self.settled = False
        self.headers: list[tuple[str, str]] = []

    def publish(
        self, name: str | None, data: bytes, attributes: Any, key: Any, terminal: bool, origin: str, more: bool
    ) -> None:
        self.said.append((name, key))

    def gap(self, reason: str, missed: int | None = None, detail: str = "") -> None:
        self.said.append(("gap", reason, detail) if detail else ("gap", reason))

    def lose(self, origin: str) -> None:
        self.said.append(("lost",))

    def accept(self, headers: Headers = ()) -> None:
        self.accepted = True
        self.headers.extend(headers)

    def settle(self) -> None:
        self.settled = True

    def finish(self) -> None:
        self.said.append(("finished",))

    def fail(self, cause: GatewayError) -> None:
        self.said.append(("failed", cause.grpc_code, cause.http_status))


class Upstream:
    """A fleet that fills a recorder from backends."""

    def __init__(
        self,
        *addresses: str,
        settle_seconds: float = 30.0,
        resolve_seconds: float = 30.0,
        metadata: Metadata = (),
        **more: Any,
    ) -> None:
        settings = UpstreamSettings(addresses, resolve_seconds, 0.01, 0.05, **more)
        self.recorder = Recorder()
        self.backends = Backends(settings)
        self._fleet = Fleet(self.backends, settings, settle_seconds, PROGRESS, b"", metadata)

    async def __aenter__(self) -> Recorder:
        await self.backends.start()
        self._task = asyncio.ensure_future(self._fleet(self.recorder))
        return self.recorder

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        await self.backends.close()


@pytest.fixture
def script() -> Script:
    """What the backend sends."""
    return Script()


@pytest.fixture
async def backend(script: Script) -> AsyncIterator[ScriptedBackend]:
    """A backend that is there."""
    async with ScriptedBackend(script) as backend:
        yield backend


async def test_messages_are_published_in_order_and_a_bookmark_settles(backend: ScriptedBackend, script: Script) -> None:
    """Until the bookmark the past is not complete."""
    async with Upstream(backend.address) as said:
        await until(lambda: script.calls)
        script.send(progress("a"), progress("a", "completed"))
        await until(lambda: len(said.said) == 2)
        assert (said.said, said.accepted, said.settled) == ([("progress", "a"), ("completed", "a")], True, False)
        script.send(progress_bookmark())
        await until(lambda: said.settled)


@pytest.mark.parametrize("threads", [1, 0])
async def test_every_call_of_a_topic_carries_its_metadata_and_tells_its_headers(threads: int) -> None:
    """Also the one after a loss, with what the client gave when the topic was opened."""
    received: list[dict[str, Any]] = []

    async def answer(request: Any, context: grpc.aio.ServicerContext) -> AsyncIterator[Any]:
        received.append(dict(context.invocation_metadata() or ()))
        await context.send_initial_metadata((("x-call", str(len(received))), ("other", "x")))
        yield progress("a")
        if len(received) < 2:
            await context.abort(grpc.StatusCode.UNAVAILABLE, "again")
        await asyncio.Event().wait()

    chosen = {"return_headers": ("x-call",), "reader_threads": threads}
    async with ScriptedBackend(answer) as backend, Upstream(backend.address, metadata=(("a", "b"),), **chosen) as said:
        await until(lambda: len(said.headers) == 2)
    assert [each["a"] for each in received] == ["b", "b"]
    assert said.headers == [("x-call", "1"), ("x-call", "2")]


async def test_the_past_may_not_take_longer_than_the_patience(backend: ScriptedBackend, script: Script) -> None:
    """A backend that forgets its bookmark does not keep clients waiting."""
    async with Upstream(backend.address, settle_seconds=0.01) as said:
        await until(lambda: said.settled)


async def test_a_backend_that_is_away_settles_and_is_found_later(script: Script) -> None:
    """Clients are let in meanwhile, and get its events when it comes."""
    backend = await ScriptedBackend(script).start()
    await backend.stop()
    async with Upstream(backend.address) as said:
        await until(lambda: said.accepted and said.settled)
        await backend.start()
        await until(lambda: script.calls)
        script.send(progress("a"))
        await until(lambda: said.said == [("progress", "a")])
    await backend.stop()


async def test_a_lost_backend_is_called_again_with_the_last_resume_token(
    backend: ScriptedBackend, script: Script
) -> None:
    """It goes on where it was, and nobody is told of anything."""
    async with Upstream(backend.address) as said:
        await until(lambda: script.calls)
        script.send(progress("a", token="e-1"), progress("a", token="e-2"))
        await until(lambda: len(said.said) == 2)
        await backend.stop()
        await backend.start()
        await until(lambda: script.calls)
        script.send(progress("a", token="e-3"))
        await until(lambda: len(said.said) == 3)
        assert [request.resume_token for request in backend.requests] == ["", "e-2"]
        assert said.said == [("progress", "a")] * 3


async def test_what_a_backend_sends_again_after_a_reconnect_is_left_out(
    backend: ScriptedBackend, script: Script
) -> None:
    """Some begin with the event that the token is of, or some before it; the same token is the same event."""
    async with Upstream(backend.address) as said:
        await until(lambda: script.calls)
        script.send(progress("a", token="e-1"), progress("b", token="e-2"))
        await until(lambda: len(said.said) == 2)
        await backend.stop()
        await backend.start()
        await until(lambda: script.calls)
        script.send(progress("a", token="e-1"), progress("b", token="e-2"), progress("c", token="e-3"))
        await until(lambda: len(said.said) == 3)
        assert [key for _, key in said.said] == ["a", "b", "c"]


async def test_after_a_loss_nothing_is_taken_for_a_repeat() -> None:
    """What the backend tells anew is told to clients anew, for they have forgotten it at the gap."""
    script = Script()

    async def forgetful(request: Any, context: grpc.aio.ServicerContext) -> AsyncIterator[Any]:
        if request.resume_token:
            await context.abort(grpc.StatusCode.OUT_OF_RANGE, "too long ago")
        async for message in script(request, context):
            yield message

    async with ScriptedBackend(forgetful) as backend, Upstream(backend.address) as said:
        for count in (1, 3):
            await until(lambda: script.calls)
            script.send(progress("a", token="e-1"))
            await until(lambda count=count: len(said.said) == count)
            await backend.stop()
            await backend.start()
        assert said.said == [("progress", "a"), ("lost",), ("progress", "a")]


async def test_a_backend_that_no_longer_knows_the_token_is_a_loss_and_is_called_without_it() -> None:
    """OUT_OF_RANGE is answered with a new call from the start."""
    script = Script()

    async def forgetful(request: Any, context: grpc.aio.ServicerContext) -> AsyncIterator[Any]:
        if request.resume_token:
            await context.abort(grpc.StatusCode.OUT_OF_RANGE, "another epoch")
        async for message in script(request, context):
            yield message

    async with ScriptedBackend(forgetful) as backend, Upstream(backend.address) as said:
        await until(lambda: script.calls)
        script.send(progress("a", token="e-1"))
        await until(lambda: said.said)
        await backend.stop()
        await backend.start()
        await until(lambda: script.calls)
        script.send(progress("b", token="f-1"))
        await until(lambda: len(said.said) == 3)
        assert said.said == [("progress", "a"), ("lost",), ("progress", "b")]
        assert [request.resume_token for request in backend.requests] == ["", "e-1", ""]


@pytest.mark.parametrize(
    ("code", "status"),
    [
        (grpc.StatusCode.INVALID_ARGUMENT, 400),
        (grpc.StatusCode.UNAUTHENTICATED, 401),
        (grpc.StatusCode.PERMISSION_DENIED, 403),
        (grpc.StatusCode.NOT_FOUND, 404),
        (grpc.StatusCode.UNIMPLEMENTED, 501),
        (grpc.StatusCode.OUT_OF_RANGE, 400),
    ],
)
async def test_a_refusal_of_the_only_backend_fails_the_topic(code: grpc.StatusCode, status: int) -> None:
    """With the code and the HTTP status that google.rpc.Code gives it."""

    async def refuse(request: Any, context: grpc.aio.ServicerContext) -> AsyncIterator[Any]:
        await context.abort(code, "no")
        yield

    async with ScriptedBackend(refuse) as backend, Upstream(backend.address) as said:
        await until(lambda: said.said == [("failed", code.name, status)])
        assert len(backend.requests) == 1


@pytest.mark.parametrize("code", [grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.INTERNAL, grpc.StatusCode.ABORTED])
async def test_trouble_that_may_pass_is_tried_again(code: grpc.StatusCode) -> None:
    """As often as it takes."""
    script, troubles = Script(), 3

    async def troubled(request: Any, context: grpc.aio.ServicerContext) -> AsyncIterator[Any]:
        if len(backend.requests) <= troubles:
            await context.abort(code, "not now")
        async for message in script(request, context):
            yield message

    async with ScriptedBackend(troubled) as backend, Upstream(backend.address) as said:
        await until(lambda: script.calls)
        script.send(progress("a"))
        await until(lambda: said.said == [("progress", "a")])
        assert len(backend.requests) == troubles + 1


async def test_a_message_makes_the_next_wait_a_first_one_again(backend: ScriptedBackend, script: Script) -> None:
    """A backend that works and breaks off now and then is not waited for as one that is away."""

    class Counted(Backoff):
        resets = 0

        def reset(self) -> None:
            self.resets += 1

    backends, backoff, recorder = Backends(UpstreamSettings((backend.address,))), Counted(0.01, 0.01), Recorder()
    await backends.start()
    (only,) = backends
    running = asyncio.ensure_future(
        Feed(only, PROGRESS, Outgoing(PROGRESS.grpc_path, b""), recorder, Tally(recorder), backoff, Returning(())).run()
    )
    await until(lambda: script.calls)
    assert backoff.resets == 0
    script.send(progress("a"))
    await until(lambda: backoff.resets == 1)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await backends.close()


async def test_one_refusal_among_several_backends_does_not_end_the_topic(
    backend: ScriptedBackend, script: Script
) -> None:
    """The others go on, and the one that refused is asked again."""

    async def refuse(request: Any, context: grpc.aio.ServicerContext) -> AsyncIterator[Any]:
        await context.abort(grpc.StatusCode.UNIMPLEMENTED, "old version")
        yield

    async with ScriptedBackend(refuse) as old, Upstream(backend.address, old.address) as said:
        await until(lambda: script.calls and len(old.requests) >= 2)
        script.send(progress("a"), progress_bookmark())
        await until(lambda: said.said == [("progress", "a")] and said.settled)


async def test_all_backends_are_called_and_merged() -> None:
    """Each instance tells of its own operations."""
    one, two = Script(), Script()
    async with (
        ScriptedBackend(one) as first,
        ScriptedBackend(two) as second,
        Upstream(first.address, second.address) as said,
    ):
        await until(lambda: one.calls and two.calls)
        one.send(progress("a"), progress_bookmark())
        await until(lambda: said.said)
        assert not said.settled
        two.send(progress("b"), progress_bookmark())
        await until(lambda: said.settled)
        assert said.said == [("progress", "a"), ("progress", "b")]


async def test_a_backend_that_moves_is_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The name is resolved again: the call to the old address ends, the new one is called."""
    old, new = Script(), Script()
    async with ScriptedBackend(old) as first, ScriptedBackend(new) as second:
        there = {first.address}

        async def resolve(target: Target) -> set[str]:
            return set(there)

        monkeypatch.setattr(backends_module, "addresses_of", resolve)
        async with Upstream("dns:///name:1", resolve_seconds=0.02) as said:
            await until(lambda: old.calls)
            old.send(progress("a"))
            await until(lambda: said.said == [("progress", "a")])
            there.clear()
            there.add(second.address)
            await until(lambda: new.calls and first.open_calls == 0)
            new.send(progress("b"))
            await until(lambda: said.said == [("progress", "a"), ("progress", "b")])


async def test_a_stream_that_ends_with_ok_finishes_the_topic(backend: ScriptedBackend, script: Script) -> None:
    """It is not called again."""
    async with Upstream(backend.address) as said:
        await until(lambda: script.calls)
        script.send(progress("a"), None)
        await until(lambda: said.said == [("progress", "a"), ("finished",)])
        assert len(backend.requests) == 1


async def test_a_message_that_is_rubbish_is_a_gap_and_the_next_one_arrives(
    backend: ScriptedBackend, script: Script, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing else is lost, and the operator is told where it came from."""
    async with Upstream(backend.address) as said:
        await until(lambda: script.calls)
        script.send(b"\xff\xff\xff", progress("a"))
        await until(lambda: len(said.said) == 2)
        (_, reason, detail), after = said.said
        assert (reason, after) == ("untranslatable", ("progress", "a"))
        assert detail.startswith("cannot translate a message of 3 bytes: ")
    assert backend.address in caplog.text


async def test_a_backend_that_goes_and_comes_back_is_told_once_each_way(
    backend: ScriptedBackend, script: Script, caplog: pytest.LogCaptureFixture
) -> None:
    """However often it is tried meanwhile."""
    caplog.set_level(logging.INFO)
    async with Upstream(backend.address) as said:
        await until(lambda: script.calls)
        await backend.stop()
        await until(lambda: "is away" in caplog.text)
        await asyncio.sleep(0.3)  # several tries
        await backend.start()
        await until(lambda: script.calls)
        script.send(progress("a"))
        await until(lambda: said.said)
    away, back = (record.getMessage() for record in caplog.records)
    assert backend.address in away
    assert "is away" in away
    assert "is back" in back


async def test_a_backend_that_has_nothing_to_say_is_back_when_its_call_lasts(
    backend: ScriptedBackend, script: Script, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A quiet stream is no sign of trouble."""
    monkeypatch.setattr(feed_module, "LASTING_SECONDS", 0.05)
    async with Upstream(backend.address):
        await until(lambda: script.calls)
        await backend.stop()
        await until(lambda: "is away" in caplog.text)
        await backend.start()
        await until(lambda: "is back" in caplog.text)


async def test_cancelling_the_fleet_ends_the_call(backend: ScriptedBackend, script: Script) -> None:
    """The backend sees its stream cancelled."""
    async with Upstream(backend.address):
        await until(lambda: backend.open_calls == 1)
    await until(lambda: backend.open_calls == 0)
