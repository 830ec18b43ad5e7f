"""Log records, as they are published."""

import asyncio
import io
import logging
import re
import threading

import pytest
from google.protobuf.json_format import MessageToDict

from backends.emitter import LogHandler, current_log_context, log_context
from backends.generated.gateway.logs.v1 import logs_pb2 as pb


@pytest.fixture
def handler():
    """A handler that keeps everything."""
    return LogHandler()


@pytest.fixture
def log(handler):
    """A logger with nothing but that handler."""
    logger = logging.Logger("shop.orders")
    logger.addHandler(handler)
    return logger


def entries(handler):
    """Return the entries kept."""
    return [entry.item for entry in handler.ring.since()[0]]


def fields(handler):
    """Return the newest entry's fields as a client reads them."""
    return MessageToDict(entries(handler)[-1].fields)


def test_a_record_becomes_an_entry(handler, log):
    """With its place in the program and its time; what it does not say is absent."""
    log.info("sold %d of %s", 3, "x")
    (entry,) = entries(handler)
    line = test_a_record_becomes_an_entry.__code__.co_firstlineno + 2
    assert (entry.message, entry.level) == ("sold 3 of x", pb.LOG_LEVEL_INFO)
    assert (entry.module, entry.target, entry.file, entry.line) == ("test_logs", "shop.orders", "test_logs.py", line)
    assert not entry.HasField("fields")
    assert not entry.HasField("context")


def test_the_time_of_an_entry_is_that_of_its_record(handler):
    """To the microsecond, whenever it is handled."""
    record = logging.makeLogRecord(
        {"name": "x", "levelno": logging.INFO, "msg": "then", "created": 1_700_000_000.123457}
    )
    handler.handle(record)
    assert entries(handler)[0].timestamp.ToMicroseconds() == 1_700_000_000_123_457


@pytest.mark.parametrize(
    ("number", "level"),
    [
        (5, pb.LOG_LEVEL_TRACE),
        (logging.DEBUG, pb.LOG_LEVEL_DEBUG),
        (logging.INFO, pb.LOG_LEVEL_INFO),
        (25, pb.LOG_LEVEL_INFO),
        (logging.WARNING, pb.LOG_LEVEL_WARN),
        (logging.ERROR, pb.LOG_LEVEL_ERROR),
        (logging.CRITICAL, pb.LOG_LEVEL_ERROR),
    ],
)
def test_levels_are_those_of_the_contract(handler, log, number, level):
    """A level between two of logging's counts as the lower one."""
    log.log(number, "x")
    assert entries(handler)[0].level == level


def test_ids_differ(handler, log):
    """Even of equal records."""
    for _ in range(100):
        log.info("x")
    assert len({entry.id for entry in entries(handler)}) == 100


def test_extra_values_become_fields(handler, log):
    """All of them, and nothing of what logging itself keeps in a record."""
    log.info("x", extra={"files": 3, "path": ["a", None], "nested": {"deep": True}})
    assert fields(handler) == {"files": 3, "path": ["a", None], "nested": {"deep": True}}


def test_what_another_handler_leaves_in_the_record_is_no_field(handler, log):
    """A formatter stores its own results there."""
    first = logging.StreamHandler(elsewhere := io.StringIO())
    first.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    log.handlers.insert(0, first)
    log.info("x", extra={"files": 3})
    assert elsewhere.getvalue()
    assert fields(handler) == {"files": 3}


def test_values_that_are_no_json_become_text(handler, log):
    """One that raises while it is made text does not reach the application."""

    class Hostile:
        def __str__(self):
            raise RuntimeError("no")

    log.info("x", extra={"hostile": Hostile(), "kind": int})
    assert fields(handler) == {"hostile": "<unprintable Hostile>", "kind": "<class 'int'>"}


def test_an_exception_is_told_with_its_traceback(handler, log):
    """In the field `exception`."""
    try:
        raise OSError("disk full")
    except OSError:
        log.exception("failed")
    text = fields(handler)["exception"]
    assert text.startswith("Traceback (most recent call last):")
    assert text.endswith("OSError: disk full")


def test_an_exception_that_is_none_is_not_told(handler, log):
    """`exc_info=True` outside of an `except` block."""
    log.error("failed", exc_info=True)
    assert not entries(handler)[0].HasField("fields")


def test_a_stack_is_told(handler, log):
    """In the field `stack`."""
    log.info("here", stack_info=True)
    assert "test_a_stack_is_told" in fields(handler)["stack"]


def test_contexts_add_up(handler, log):
    """The inner value counts, and only inside."""
    with log_context(request_id="r1", user="u1"):
        with log_context(user="u2", operation_id="o1"):
            log.info("inner")
        log.info("outer")
    log.info("none")
    assert [MessageToDict(entry.context) for entry in entries(handler)] == [
        {"request_id": "r1", "user": "u2", "operation_id": "o1"},
        {"request_id": "r1", "user": "u1"},
        {},
    ]
    assert dict(current_log_context()) == {}


def test_a_context_ends_with_an_exception_too():
    """What comes after the block is outside."""
    with pytest.raises(ValueError, match="x"), log_context(request_id="r1"):
        raise ValueError("x")
    assert dict(current_log_context()) == {}


async def test_each_task_has_its_own_context(handler, log):
    """However their steps interleave."""

    async def work(name):
        with log_context(request_id=name):
            for _ in range(3):
                await asyncio.sleep(0)
                log.info(name)

    await asyncio.gather(work("a"), work("b"))
    told = [(entry.message, entry.context["request_id"]) for entry in entries(handler)]
    assert sorted(told) == [("a", "a")] * 3 + [("b", "b")] * 3
    assert told[0][0] != told[1][0], "the tasks did not interleave, so nothing was shown"


def test_a_record_that_cannot_be_kept_does_not_reach_the_application(handler, log, capsys):
    """It goes where logging sends such errors, and the next record is kept."""
    log.info("%d files", "no number")
    log.info("fine")
    assert [entry.message for entry in entries(handler)] == ["fine"]
    assert "--- Logging error ---" in capsys.readouterr().err


def test_a_value_that_logs_while_it_is_told_does_not_recurse(handler, log):
    """Its own record is left out."""

    class Chatty:
        def __str__(self):
            log.info("describing", extra={"self": self})
            return "chatty"

    log.info("x", extra={"value": Chatty()})
    assert [entry.message for entry in entries(handler)] == ["x"]
    assert fields(handler) == {"value": "chatty"}


def test_long_messages_are_cut(handler, log):
    """One entry can never be too large for the stream."""
    log.info("x" * 10_000_000, extra={"y": "y" * 10_000_000})
    assert entries(handler)[0].ByteSize() < 100_000


def test_the_handlers_level_counts(handler, log):
    """Like that of any handler."""
    handler.setLevel(logging.WARNING)
    log.info("no")
    log.warning("yes")
    assert [entry.message for entry in entries(handler)] == ["yes"]


def test_threads_may_log_at_once(handler, log):
    """No entry is lost, and none belongs to another thread's context."""

    def work(name):
        with log_context(thread=name):
            for number in range(250):
                log.info("%s %d", name, number)

    threads = [threading.Thread(target=work, args=(f"t{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told = entries(handler)
    assert len(told) == 1_000
    assert all(re.match(entry.context["thread"] + r" \d+$", entry.message) for entry in told)
