"""Both services, called over gRPC."""

import asyncio
import logging
import threading

import grpc
import pytest

from backends.emitter import Emitter, LogHandler, Plan, Progress
from backends.generated.gateway.logs.v1 import logs_pb2
from backends.generated.gateway.progress.v1 import progress_pb2 as pb

FINISHED = (pb.OPERATION_STATE_COMPLETED, pb.OPERATION_STATE_ERROR, pb.OPERATION_STATE_CANCELLED)


@pytest.fixture
def emitter(clock):
    """An emitter with known tokens, keeping ten of everything."""
    return Emitter(Progress(clock=clock, epoch="p", capacity=10), LogHandler(epoch="l", capacity=10))


@pytest.fixture
def log(emitter):
    """A logger that the emitter hears."""
    logger = logging.Logger("app")
    logger.addHandler(emitter.logs)
    return logger


def begin(emitter, name, stages=(), **details):
    """Return an operation called and identified by its name, not yet entered."""
    return emitter.progress.operation(name, id=name, stages=stages, **{"type": "t", "owner_id": "u"} | details)


def told(response):
    """Return the event's name, the operation's name and the resume token."""
    event = response.WhichOneof("event")
    return event, getattr(response, event).operation_name if event else None, response.resume_token


def state(response):
    """Return the operation that the response is about."""
    return getattr(response, response.WhichOneof("event"))


def messages(responses):
    """Return what the log entries say."""
    return [response.log.message for response in responses]


async def test_a_call_is_answered_at_once(emitter, serve):
    """Metadata and a bookmark come although nothing has ever happened."""
    _, client = await serve(emitter)
    for call in (client.watch(), client.logs()):
        await call.initial_metadata()
        past, bookmark = await call.past()
        assert past == []
        assert bookmark.resume_token in {"p-0", "l-0"}


async def test_a_watcher_gets_what_is_running_then_a_bookmark_then_what_happens(emitter, serve):
    """Ended operations are not told; each response carries its own place."""
    _, client = await serve(emitter)
    with begin(emitter, "ended"):
        pass
    with begin(emitter, "first", [Plan("s", "S")]) as first, begin(emitter, "second"):
        call = client.watch()
        past, bookmark = await call.past()
        assert [told(response) for response in past] == [("progress", "first", "p-3"), ("progress", "second", "p-4")]
        assert told(bookmark) == (None, None, "p-4")
        with first.stage("s"):
            assert told(await call.read()) == ("progress", "first", "p-5")


async def test_each_ending_is_an_event_of_its_own(emitter, serve):
    """Completed, error and cancelled."""
    _, client = await serve(emitter)
    call = client.watch()
    await call.past()
    with begin(emitter, "good"):
        pass
    with pytest.raises(OSError, match="disk full"), begin(emitter, "bad"):
        raise OSError("disk full")
    with begin(emitter, "unwanted") as operation:
        operation.cancel()
        operation.check_cancelled()
    responses = [await call.read() for _ in range(6)]
    assert [told(response)[:2] for response in responses[1::2]] == [
        ("completed", "good"),
        ("error", "bad"),
        ("cancelled", "unwanted"),
    ]
    assert state(responses[3]).error == "disk full"


async def test_a_watcher_that_comes_back_gets_what_it_missed(emitter, serve):
    """From right after its token, endings included, then a bookmark, then what happens."""
    _, client = await serve(emitter)
    with begin(emitter, "first"):
        pass
    with begin(emitter, "second"):
        call = client.watch(after="p-1")
        past, bookmark = await call.past()
        assert [told(response) for response in past] == [("completed", "first", "p-2"), ("progress", "second", "p-3")]
        assert told(bookmark) == (None, None, "p-3")
    assert told(await call.read()) == ("completed", "second", "p-4")


async def test_a_watcher_cut_off_within_the_snapshot_misses_nothing(emitter, serve):
    """The token of each state of a snapshot leads to all the later ones."""
    _, client = await serve(emitter)
    with begin(emitter, "a", [Plan("s", "S")]) as a, begin(emitter, "b"), begin(emitter, "c"), a.stage("s"):
        whole, _ = await client.watch().past()
        for cut, last in enumerate(whole, start=1):
            rest, _ = await client.watch(after=last.resume_token).past()
            known = {state(response).id: state(response) for response in whole[:cut] + rest}
            assert known == {state(response).id: state(response) for response in whole}


@pytest.mark.parametrize(
    ("name", "value"), [("operation_type", "wanted"), ("owner_id", "wanted"), ("resource_id", "wanted")]
)
async def test_a_watchers_filter_holds_for_snapshot_replay_and_live(emitter, serve, name, value):
    """Nothing else is told, while the bookmarks stand for all of it."""
    _, client = await serve(emitter)
    field = name.removeprefix("operation_")
    with begin(emitter, "other"), begin(emitter, "mine", **{field: value}):
        call, resumed = client.watch(**{name: value}), client.watch(after="p-0", **{name: value})
        for one in (call, resumed):
            past, bookmark = await one.past()
            assert [told(response)[1] for response in past] == ["mine"]
            assert told(bookmark) == (None, None, "p-2")
        with begin(emitter, "another"):
            pass
    for one in (call, resumed):
        assert told(await one.read()) == ("completed", "mine", "p-5")


@pytest.mark.parametrize("token", ["p-0", "p-99", "old-12", "nonsense", "p-"])
async def test_a_token_that_is_gone_is_out_of_range(emitter, log, serve, token):
    """Evicted, never given out, of another run or malformed: the call fails and says why."""
    _, client = await serve(emitter)
    for number in range(8):
        with begin(emitter, f"{number}"):
            log.info("one")
            log.info("two")
    for call in (client.watch(after=token), client.logs(after=token.replace("p-", "l-"))):
        responses, error = await call.to_end()
        assert (responses, error.code()) == ([], grpc.StatusCode.OUT_OF_RANGE)
        assert "resume token" in error.details()


async def test_a_watcher_that_falls_behind_is_out_of_range(emitter, serve):
    """It gets no stream with a hole in it."""
    _, client = await serve(emitter)
    call = client.watch()
    await call.past()
    for number in range(6):
        with begin(emitter, f"{number}"):
            pass
    responses, error = await call.to_end()
    assert (responses, error.code()) == ([], grpc.StatusCode.OUT_OF_RANGE)


async def test_a_client_that_does_not_read_holds_nobody_up(serve):
    """Its connection is stuffed while the program logs on and another client reads all; then it is told."""
    emitter = Emitter(logs=LogHandler(capacity=100, epoch="l"))
    logger = logging.Logger("app")
    logger.addHandler(emitter.logs)
    _, client = await serve(emitter)
    stalled, reader = client.logs(), client.logs()
    for call in (stalled, reader):
        await call.past()
    for number in range(1_500):
        logger.info("%d %s", number, "x" * 16_000)
        assert messages([await reader.read()])[0].startswith(f"{number} ")
    assert len(emitter.logs.ring.since()[0]) == 100
    responses, error = await stalled.to_end()
    assert error.code() == grpc.StatusCode.OUT_OF_RANGE
    numbers = [int(message.split()[0]) for message in messages(responses)]
    assert numbers == list(range(len(numbers))), "what it did get has no hole"
    assert len(numbers) < 1_400


async def test_no_watcher_loses_or_repeats_anything_however_it_comes(serve):
    """Each of many who connect amid a storm gets the state at its bookmark, and from there on everything."""
    emitter = Emitter(Progress(capacity=1_000_000, interval_seconds=0, epoch="p"))
    _, client = await serve(emitter)
    done = threading.Event()

    def storm(name):
        while not done.is_set():
            operation = emitter.progress.operation(name, type="t", owner_id="u", stages=[Plan("s", "S")])
            with operation, operation.stage("s") as stage:
                for number in range(5):
                    stage.update(percentage=number)
                    done.wait(0.0005)

    async def watch():
        call = client.watch()
        past, bookmark = await call.past()
        live = [await call.read() for _ in range(100)]
        call.cancel()
        return past, int(bookmark.resume_token.removeprefix("p-")), live

    threads = [threading.Thread(target=storm, args=(f"{n}",)) for n in range(3)]
    for thread in threads:
        thread.start()
    try:
        watched = [result for _ in range(10) for result in await asyncio.gather(*(watch() for _ in range(4)))]
    finally:
        done.set()
        for thread in threads:
            thread.join()
    history = [entry.item for entry in emitter.progress.ring.since()[0]]
    for past, position, live in watched:
        newest = {item.id: item for item in history[:position]}
        running = {id_: item for id_, item in newest.items() if item.state not in FINISHED}
        assert {state(response).id: state(response) for response in past} == running
        assert [state(response) for response in live] == history[position : position + 100]
        assert [response.resume_token for response in live] == [f"p-{position + n}" for n in range(1, 101)]


@pytest.mark.parametrize(
    ("request_fields", "expected"),
    [
        ({}, ["a", "b", "c", "d"]),
        ({"initial": 2}, ["c", "d"]),
        ({"initial": 0}, []),
        ({"initial": 99}, ["a", "b", "c", "d"]),
        ({"level": ["LOG_LEVEL_INFO"]}, ["b"]),
        ({"level": ["LOG_LEVEL_UNSPECIFIED"]}, ["b"]),
        ({"level": ["LOG_LEVEL_DEBUG", "LOG_LEVEL_ERROR"]}, ["a", "d"]),
        ({"level": ["LOG_LEVEL_DEBUG", "LOG_LEVEL_ERROR"], "initial": 1}, ["d"]),
        ({"min_level": "LOG_LEVEL_WARN"}, ["c", "d"]),
        ({"min_level": "LOG_LEVEL_WARN", "level": ["LOG_LEVEL_INFO", "LOG_LEVEL_WARN"]}, ["c"]),
        ({"module": "test_servicers"}, ["a", "b", "c", "d"]),
        ({"module": "other"}, []),
    ],
)
async def test_a_log_begins_with_the_newest_entries_that_match(emitter, log, serve, request_fields, expected):
    """As many as asked for, oldest first, then the bookmark, then new ones that match."""
    _, client = await serve(emitter)

    def write():
        log.debug("a")
        log.info("b")
        log.warning("c")
        log.error("d")

    write()
    call = client.logs(**request_fields)
    past, bookmark = await call.past()
    assert (messages(past), bookmark.resume_token) == (expected, "l-4")
    write()
    matching = client.logs(**{key: value for key, value in request_fields.items() if key != "initial"})
    replayed, _ = await matching.past()
    live = replayed[len(replayed) // 2 :]
    assert [await call.read() for _ in live] == live


async def test_a_log_that_is_resumed_ignores_initial(emitter, log, serve):
    """Whoever comes back wants all it has missed."""
    _, client = await serve(emitter)
    for text in "abcd":
        log.info(text)
    past, bookmark = await client.logs(after="l-1", initial=1).past()
    assert messages(past) == ["b", "c", "d"]
    assert [response.resume_token for response in [*past, bookmark]] == ["l-2", "l-3", "l-4", "l-4"]


async def test_a_negative_initial_is_refused(emitter, serve):
    """The contract's minimum is 0."""
    _, client = await serve(emitter)
    _, error = await client.logs(initial=-1).to_end()
    assert error.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert "initial" in error.details()


async def test_the_level_of_an_entry_is_compared_as_the_contract_orders_them():
    """`min_level` compares numbers, so these must rise with severity."""
    names = ("UNSPECIFIED", "TRACE", "DEBUG", "INFO", "WARN", "ERROR")
    assert [logs_pb2.LogLevel.Value(f"LOG_LEVEL_{name}") for name in names] == list(range(6))
