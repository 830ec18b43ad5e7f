"""What both services are asked beside their streams, called over gRPC."""

import asyncio
import logging
import re
import threading
from datetime import UTC, datetime

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from backends.emitter import Emitter, LogHandler, OperationEnded, Plan, Progress, UnknownOperation
from backends.generated.gateway.logs.v1 import logs_pb2
from backends.generated.gateway.progress.v1 import progress_pb2 as pb

NOT_FOUND = grpc.StatusCode.NOT_FOUND
INVALID_ARGUMENT = grpc.StatusCode.INVALID_ARGUMENT
FAILED_PRECONDITION = grpc.StatusCode.FAILED_PRECONDITION
PATIENCE_SECONDS = 20


@pytest.fixture
def emitter(clock):
    """An emitter that keeps three ended operations and ten log entries."""
    return Emitter(Progress(clock=clock, ended_capacity=3), LogHandler(epoch="l", capacity=10))


@pytest.fixture
def log(emitter):
    """A logger that the emitter hears."""
    logger = logging.Logger("app")
    logger.addHandler(emitter.logs)
    return logger


@pytest.fixture
async def client(emitter, serve):
    """A client of that emitter."""
    _, client = await serve(emitter)
    return client


def begin(emitter, name, **details):
    """Return an operation called and identified by its name, not yet entered."""
    return emitter.progress.operation(name, id=name, **{"type": "t", "owner_id": "u"} | details)


def run(emitter, *names, **details):
    """Have operations come and go."""
    for name in names:
        with begin(emitter, name, **details):
            pass


def ids(response):
    """Return the ids of the operations listed."""
    return [operation.id for operation in response.operations]


def texts(response):
    """Return what the entries listed say."""
    return [entry.message for entry in response.entries]


async def test_running_operations_are_listed_before_ended_ones_the_latest_first(emitter, clock, client):
    """Running ones by their start, whatever was published since; ended ones by their end."""
    run(emitter, "a", "b")
    with begin(emitter, "c") as early:
        clock.advance(1)
        with begin(emitter, "d"):
            clock.advance(1)
            early.annotate(more=1)
            assert ids(await client.ask("ListOperations")) == ["d", "c", "b", "a"]


async def test_an_operation_is_listed_as_it_was_last_published(emitter, client):
    """Its whole state, the end included."""
    run(emitter, "done", owner_name="Ada", metadata={"files": 3})
    (listed,) = (await client.ask("ListOperations")).operations
    assert listed == emitter.progress.ring.since()[0][-1].item
    assert (listed.state, listed.overall_percentage) == (pb.OPERATION_STATE_COMPLETED, 100)


@pytest.mark.parametrize(
    ("asked", "expected", "why"),
    [
        ({}, ["going", "bad", "good"], "no filter"),
        ({"operation_type": "audit"}, ["bad"], "the type"),
        ({"owner_id": "ada"}, ["good"], "the owner"),
        ({"resource_id": "r"}, ["bad"], "the resource; those without one have not this one"),
        ({"resource_id": ""}, ["going", "good"], "a filter that is set and empty asks for those without"),
        ({"owner_id": "ada", "operation_type": "audit"}, [], "filters add up"),
        ({"state": ["OPERATION_STATE_ERROR"]}, ["bad"], "one state"),
        ({"state": ["OPERATION_STATE_ERROR", "OPERATION_STATE_COMPLETED"]}, ["bad", "good"], "any of the states"),
        ({"state": ["OPERATION_STATE_STARTING"]}, ["going"], "no stage has begun"),
        ({"state": ["OPERATION_STATE_UNSPECIFIED"]}, ["going"], "is read as starting"),
        ({"state": ["OPERATION_STATE_CANCELLED"]}, [], "none is"),
        ({"limit": 2}, ["going", "bad"], "the first ones of the list"),
        ({"limit": 1, "state": ["OPERATION_STATE_COMPLETED"]}, ["good"], "the limit counts what matches"),
    ],
)
async def test_operations_are_listed_by_filter(emitter, client, asked, expected, why):
    """The reason of each stands beside it."""
    run(emitter, "good", owner_id="ada")
    with pytest.raises(OSError, match="full"), begin(emitter, "bad", type="audit", resource_id="r"):
        raise OSError("full")
    with begin(emitter, "going"):
        assert ids(await client.ask("ListOperations", **asked)) == expected, why


async def test_no_more_ended_operations_are_kept_than_said(emitter, client):
    """The one that ended first is forgotten first, whenever it began; running ones are never."""
    with begin(emitter, "running"):
        with begin(emitter, "long"):
            run(emitter, "a", "b", "c")
        assert ids(await client.ask("ListOperations")) == ["running", "long", "c", "b"]
        assert (await client.refused("GetOperation", id="a"))[0] == NOT_FOUND


@pytest.mark.parametrize("method", ["ListOperations", "ListRecentLogs"])
async def test_a_list_holds_no_more_than_one_message_may(serve, method):
    """A client refuses more than 4 MiB. The newest ones are told, as many as go into it."""
    emitter = Emitter()
    _, client = await serve(emitter)
    logger = logging.Logger("app")
    logger.addHandler(emitter.logs)
    large = {"text": ["x" * 16_000] * 15}
    for number in range(30):
        run(emitter, f"{number}", metadata=large)
        logger.info("%d", number, extra=large)
    response = await client.ask(method)
    listed = ids(response) if method == "ListOperations" else texts(response)[::-1]
    assert listed == [f"{number}" for number in range(29, 29 - len(listed), -1)]
    assert 3_500_000 < response.ByteSize() < 4_194_304


@pytest.mark.parametrize(
    ("method", "asked", "says"),
    [
        ("ListOperations", {"limit": 0}, "limit must be 1 to 500, not 0"),
        ("ListOperations", {"limit": -1}, "limit must be 1 to 500, not -1"),
        ("ListOperations", {"limit": 501}, "limit must be 1 to 500, not 501"),
        ("ListOperations", {"state": [1, 99]}, "state must be one of OPERATION_STATE_UNSPECIFIED, .*, not 99"),
        ("GetOperation", {}, "id must be that of an operation, not empty"),
        ("CancelOperation", {"reason": "why not"}, "id must be that of an operation, not empty"),
        ("ListRecentLogs", {"limit": 0}, "limit must be 1 to 500, not 0"),
        ("ListRecentLogs", {"limit": 501}, "limit must be 1 to 500, not 501"),
        ("ListRecentLogs", {"level": [7]}, "level must be one of LOG_LEVEL_UNSPECIFIED, .*, not 7"),
        ("ListRecentLogs", {"min_level": -1}, "min_level must be one of .*, not -1"),
    ],
)
async def test_what_the_contract_does_not_allow_is_refused_in_words(client, method, asked, says):
    """INVALID_ARGUMENT, with the field, what it may be and what it was."""
    code, details = await client.refused(method, **asked)
    assert code == INVALID_ARGUMENT
    assert re.fullmatch(says, details)


async def test_one_operation_is_told_while_it_runs_and_after_its_end(emitter, client):
    """As it was last published."""
    with begin(emitter, "it", owner_name="Ada") as operation:
        operation.annotate(files=3)
        told = (await client.ask("GetOperation", id="it")).operation
        assert (told.state, told.owner_name) == (pb.OPERATION_STATE_STARTING, "Ada")
    told = (await client.ask("GetOperation", id="it")).operation
    assert told == emitter.progress.ring.since()[0][-1].item
    assert told.state == pb.OPERATION_STATE_COMPLETED


@pytest.mark.parametrize("method", ["GetOperation", "CancelOperation"])
async def test_an_operation_nobody_knows_is_not_found(emitter, client, method):
    """One that has not begun is not known either."""
    begin(emitter, "not yet")
    for unknown in ("not yet", "never"):
        assert await client.refused(method, id=unknown) == (
            NOT_FOUND,
            f"no operation '{unknown}' is running, or has ended lately",
        )


async def test_a_cancelled_operation_ends_in_its_own_thread(client, emitter):
    """The answer comes at once with its present state; the work is told at its next step, and the end is streamed."""
    begun, go_on = threading.Event(), threading.Event()
    ended = []

    def work():
        with begin(emitter, "it", stages=[Plan("s", "S")]) as operation, operation.stage("s") as stage:
            begun.set()
            go_on.wait(PATIENCE_SECONDS)
            stage.update(percentage=50)
            ended.append("the work went on")

    thread = threading.Thread(target=work)
    thread.start()
    await asyncio.to_thread(begun.wait, PATIENCE_SECONDS)
    watch = client.watch()
    await watch.past()
    answer = await client.ask("CancelOperation", id="it", reason="by mistake")
    assert answer.operation.state == pb.OPERATION_STATE_RUNNING
    assert (await client.ask("CancelOperation", id="it", reason="again")).operation.id == "it"
    go_on.set()
    await asyncio.to_thread(thread.join, PATIENCE_SECONDS)
    response = await watch.read()
    assert response.WhichOneof("event") == "cancelled"
    assert dict(response.cancelled.metadata) == {"cancel_reason": "by mistake"}
    assert ended == []


async def test_an_operation_is_cancelled_without_a_reason(emitter, client):
    """The metadata says nothing then."""
    with begin(emitter, "it") as operation:
        await client.ask("CancelOperation", id="it")
        operation.check_cancelled()
    told = (await client.ask("GetOperation", id="it")).operation
    assert (told.state, dict(told.metadata)) == (pb.OPERATION_STATE_CANCELLED, {})


async def test_an_operation_that_has_ended_cannot_be_cancelled(emitter, client):
    """The refusal says how it ended."""
    run(emitter, "it")
    refusal = await client.refused("CancelOperation", id="it")
    assert refusal == (FAILED_PRECONDITION, "operation 'it' has ended: it is completed")


async def test_an_id_that_is_used_again_is_the_newer_operation(emitter, client):
    """A job that runs each night under one name is listed once."""
    run(emitter, "nightly")
    with begin(emitter, "nightly") as operation:
        assert ids(await client.ask("ListOperations")) == ["nightly"]
        await client.ask("CancelOperation", id="nightly")
        operation.check_cancelled()
    (listed,) = (await client.ask("ListOperations")).operations
    assert listed.state == pb.OPERATION_STATE_CANCELLED


def test_the_library_refuses_with_errors_of_its_own(emitter):
    """A program may ask without gRPC."""
    run(emitter, "it")
    with pytest.raises(OperationEnded):
        emitter.progress.cancel("it")
    with pytest.raises(UnknownOperation):
        emitter.progress.find("other")


async def test_the_numbers_of_a_log_count_what_is_no_longer_kept(log, client):
    """By level, least severe first, those of which there is none included; the times are those of what is kept."""
    before = datetime.now(UTC)
    log.info("first")
    for number in range(8):
        log.debug("%d", number)
    log.warning("odd")
    log.error("bad")
    (stats,) = (await client.ask("GetLogStats")).backends
    entries = (await client.ask("ListRecentLogs")).entries
    assert (stats.run, stats.written, stats.kept) == ("l", 11, 10)
    assert [(logs_pb2.LogLevel.Name(level.level)[10:], level.written) for level in stats.levels] == [
        ("TRACE", 0),
        ("DEBUG", 8),
        ("INFO", 1),
        ("WARN", 1),
        ("ERROR", 1),
    ]
    assert (stats.oldest, stats.newest) == (entries[0].timestamp, entries[-1].timestamp)
    assert stats.since.ToDatetime(UTC) <= before <= stats.oldest.ToDatetime(UTC)


async def test_the_numbers_of_an_empty_log_have_no_times(client):
    """Absent, and not 1970."""
    (stats,) = (await client.ask("GetLogStats")).backends
    assert (stats.written, stats.kept, stats.HasField("oldest"), stats.HasField("newest")) == (0, 0, False, False)


def test_the_numbers_agree_whoever_logs_meanwhile(emitter, log, monkeypatch):
    """Levels add up to the whole, also for one who asks just when an entry is kept and not yet counted."""
    counted, append = threading.Event(), emitter.logs.ring.append
    seen = []

    def count():
        seen.append(emitter.logs.stats())
        counted.set()

    asking = threading.Thread(target=count)

    def append_slowly(entry):
        token = append(entry)
        asking.start()
        counted.wait(0.2)  # in vain, as the one who asks has to wait
        return token

    monkeypatch.setattr(emitter.logs.ring, "append", append_slowly)
    log.info("x")
    asking.join(PATIENCE_SECONDS)
    assert [(stats.written, sum(level.written for level in stats.levels)) for stats in seen] == [(1, 1)]


@pytest.mark.parametrize(
    ("asked", "expected", "why"),
    [
        ({}, ["a", "b", "c", "d"], "the newest ones, oldest first"),
        ({"limit": 2}, ["c", "d"], "the newest two"),
        ({"limit": 500}, ["a", "b", "c", "d"], "no more than there are"),
        ({"level": ["LOG_LEVEL_INFO"]}, ["b"], "one level"),
        ({"level": ["LOG_LEVEL_UNSPECIFIED"]}, ["b"], "is read as info"),
        ({"level": ["LOG_LEVEL_DEBUG", "LOG_LEVEL_ERROR"]}, ["a", "d"], "any of the levels"),
        ({"level": ["LOG_LEVEL_DEBUG", "LOG_LEVEL_ERROR"], "limit": 1}, ["d"], "the limit counts what matches"),
        ({"min_level": "LOG_LEVEL_WARN"}, ["c", "d"], "at least"),
        ({"min_level": "LOG_LEVEL_WARN", "level": ["LOG_LEVEL_INFO", "LOG_LEVEL_WARN"]}, ["c"], "filters add up"),
        ({"module": "test_answers"}, ["a", "b", "c", "d"], "the module"),
        ({"module": "other"}, [], "none of it"),
    ],
)
async def test_recent_entries_are_listed_by_filter(log, client, asked, expected, why):
    """The reason of each stands beside it."""
    log.debug("a")
    log.info("b")
    log.warning("c")
    log.error("d")
    assert texts(await client.ask("ListRecentLogs", **asked)) == expected, why


async def test_fifty_recent_entries_are_listed_unless_said_otherwise(serve):
    """As the contract has it."""
    emitter = Emitter()
    _, client = await serve(emitter)
    logger = logging.Logger("app")
    logger.addHandler(emitter.logs)
    for number in range(60):
        logger.info("%d", number)
    assert texts(await client.ask("ListRecentLogs")) == [f"{number}" for number in range(10, 60)]


async def test_a_client_reads_a_log_backwards_without_losing_an_entry(emitter, client):
    """Until the time of the oldest entry known, which is told again; another of the same moment is not lost."""
    for number, second in enumerate((1, 2, 2, 3, 4)):
        record = logging.LogRecord("app", logging.INFO, __file__, 1, f"{number}", None, None)
        record.created = second + 0.25
        emitter.logs.handle(record)
    page = (await client.ask("ListRecentLogs", limit=3)).entries
    assert [entry.message for entry in page] == ["2", "3", "4"]
    assert page[0].timestamp == Timestamp(seconds=2, nanos=250_000_000)
    earlier = await client.ask("ListRecentLogs", limit=3, until=page[0].timestamp)
    assert texts(earlier) == ["0", "1", "2"]


async def test_a_stopping_backend_answers_what_it_was_asked(emitter, serve):
    """And then no more: the port is closed."""
    server, client = await serve(emitter)
    assert ids(await client.ask("ListOperations")) == []
    await server.stop(0)
    assert (await client.refused("ListOperations"))[0] == grpc.StatusCode.UNAVAILABLE
