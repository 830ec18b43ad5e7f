"""Real clients against the gateway's process: they lose their connection, the gateway, the stream, and no event."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.end_to_end.clients.readers import Chromium, Curl, CurlWithParameter, HttpxSse, NpmEventSource, Reader, Seen
from tests.end_to_end.clients.stage import STREAM, Stage
from tests.support.processes import wait_until
from tests.support.published import checker, document_of

Connect = Callable[[str], Reader]
IN_BACKGROUND = {
    "npm-eventsource": NpmEventSource,
    "httpx-sse": HttpxSse,
    "curl-header": Curl,
    "curl-parameter": CurlWithParameter,
}
EVENT_SOURCES = ("chromium", "npm-eventsource")
ID_ALONE_IS_KEPT = ("chromium", "httpx-sse", "curl-header", "curl-parameter")


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """The gateway between backend and proxy; clients are told to come back after about a tenth of a second."""
    monkeypatch.setenv("GATEWAY_STREAM_RETRY_MILLISECONDS", "100")
    stage = Stage()
    yield stage
    stage.close()


@pytest.fixture(params=["chromium", *IN_BACKGROUND])
def connect(request: pytest.FixtureRequest, stage: Stage) -> Iterator[Connect]:
    """Opens a client of one kind, with a query."""
    readers: list[Reader] = []
    against = checker(document_of(stage.gateway.address), STREAM)

    def connected(query: str = "") -> Reader:
        if request.param == "chromium":
            reader: Reader = Chromium(against, request.getfixturevalue("browser"), stage.url(query))
        else:
            reader = IN_BACKGROUND[request.param](against, stage.background, stage.url(query))
        readers.append(reader)
        return reader

    yield connected
    for reader in readers:
        reader.close()


def numbers(seen: list[Seen]) -> list[int]:
    """The numbers of the log events, in the order of their arrival."""
    return [int(each.payload["message"]) for each in seen if each.name == "log"]


def names(seen: list[Seen]) -> list[str]:
    """Names that are not `log`."""
    return [each.name for each in seen if each.name != "log"]


def until_number(reader: Reader, number: int) -> list[Seen]:
    """Waits until the newest number that a client has seen is this one; gives all that it saw."""
    wait_until(lambda: reader.stopped or numbers(reader.seen)[-1:] == [number])
    assert not reader.stopped, f"it gave up behind {reader.seen[-1:]}"
    return reader.seen


def id_of(seen: list[Seen], number: int) -> str:
    """The event id of a number."""
    (found,) = [each.id for each in seen if each.name == "log" and each.payload["message"] == str(number)]
    return found


def test_a_client_whose_connection_breaks_gets_every_number_once_and_in_order(stage: Stage, connect: Connect) -> None:
    """Closed in the middle of an event, then reset while more happens: it comes back with the last id it was told."""
    stage.background.run(stage.proxy.cut_behind(b'"message":"13"'))
    reader = connect("")
    wait_until(lambda: stage.backend.requests)
    stage.count_up_to(20)
    wait_until(lambda: stage.proxy.is_cut)
    stage.background.run(stage.proxy.mend())
    until_number(reader, 20)
    stage.background.run(stage.proxy.cut())
    stage.count_up_to(40)
    stage.background.run(stage.proxy.mend())
    until_number(reader, 40)
    stage.count_up_to(60)
    seen = until_number(reader, 60)
    assert numbers(seen) == list(range(1, 61))
    assert names(seen) == []
    assert [each.last_event_id for each in stage.proxy.requests] == [None, id_of(seen, 12), id_of(seen, 20)]
    assert stage.proxy.connections == 3


def test_a_client_of_a_gateway_that_was_restarted_gets_one_gap_and_goes_on(stage: Stage, connect: Connect) -> None:
    """Its cursor is of another epoch: it is told so, gets what the backend keeps, and resumes as before from there."""
    reader = connect("")
    wait_until(lambda: stage.backend.requests)
    stage.count_up_to(10)
    until_number(reader, 10)
    stage.restart_gateway()
    wait_until(lambda: names(reader.seen))
    stage.count_up_to(20)
    until_number(reader, 20)
    stage.background.run(stage.proxy.cut())
    stage.count_up_to(30)
    stage.background.run(stage.proxy.mend())
    seen = until_number(reader, 30)
    (gap,) = [each for each in seen if each.name != "log"]
    assert (gap.name, gap.payload) == ("stream-gap", {"reason": "unknown-epoch"})
    assert numbers(seen[: seen.index(gap)]) == list(range(1, 11))
    assert numbers(seen[seen.index(gap) :]) == list(range(1, 31))


def test_a_client_of_a_finished_stream_asks_once_more_and_stops(stage: Stage, connect: Connect) -> None:
    """It comes back with the id of `stream-end`, is answered with 204, and is not heard of again."""
    reader = connect("")
    wait_until(lambda: stage.backend.requests)
    stage.count_up_to(10)
    until_number(reader, 10)
    stage.background.run(stage.numbers.finish())
    wait_until(lambda: reader.stopped)
    seen = reader.seen
    assert numbers(seen) == list(range(1, 11))
    assert names(seen) == ["stream-end"]
    asked = [each.last_event_id for each in stage.proxy.requests]
    assert asked == [None, seen[-1].id]
    # Another client, sent away three times, comes back three times: the first had time to come back too.
    witness = connect("?_=witness")
    for time in range(1, 4):
        stage.count_up_to(10 + time)
        until_number(witness, 10 + time)
        stage.background.run(stage.proxy.cut())
        stage.background.run(stage.proxy.mend())
    stage.count_up_to(20)
    until_number(witness, 20)
    assert reader.stopped
    assert reader.seen == seen
    assert [each.last_event_id for each in stage.proxy.requests if "witness" not in each.target] == asked
    assert len(stage.proxy.requests) == 2 + 4
    assert stage.proxy.connections <= 2 + 4


@pytest.mark.parametrize("connect", EVENT_SOURCES, indirect=True)
def test_an_event_source_opened_with_a_stored_id_resumes_behind_it_and_later_behind_newer_ones(
    stage: Stage, connect: Connect
) -> None:
    """The parameter stays in its URL for ever, so the header of a reconnect has to win over it."""
    first = connect("")
    wait_until(lambda: stage.backend.requests)
    stage.count_up_to(10)
    stored = id_of(until_number(first, 10), 5)
    first.close()
    reader = connect(f"?last_event_id={stored}")
    until_number(reader, 10)
    stage.background.run(stage.proxy.cut())
    stage.count_up_to(20)
    stage.background.run(stage.proxy.mend())
    seen = until_number(reader, 20)
    assert numbers(seen) == list(range(6, 21))
    assert names(seen) == []
    assert [each.last_event_id for each in stage.proxy.requests] == [None, stored, id_of(seen, 10)]


@pytest.mark.parametrize("connect", ID_ALONE_IS_KEPT, indirect=True)
def test_a_client_that_is_cut_off_before_its_first_event_misses_nothing(stage: Stage, connect: Connect) -> None:
    """The id that every stream begins with is a cursor already; npm `eventsource` forgets an id without data."""
    stage.background.run(stage.proxy.cut_behind(b"-0\n\n"))
    reader = connect("?initial=0")
    wait_until(lambda: stage.proxy.is_cut)
    stage.count_up_to(10)
    stage.background.run(stage.proxy.mend())
    seen = until_number(reader, 10)
    assert numbers(seen) == list(range(1, 11))
    assert names(seen) == []
