"""Random lives of a topic and its clients, judged by a reference model.

It needs nothing of a log but the `Log` interface: another implementation joins by one more parameter.
"""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from gateway.errors import UpstreamRefused
from gateway.streams import groups
from gateway.streams import subscriber as reading
from gateway.streams.flushing import Pace
from gateway.streams.log import Bounds, Log, MemoryLog
from gateway.streams.opening import Start
from gateway.streams.topic import Topic
from tests.support.clock import ManualScheduler
from tests.support.model import ODD_CURSORS, Client, Past, Tag

LogFactory = Callable[[str, Bounds, Callable[[], float]], Log]

PACE = Pace(flush_seconds=1.0, heartbeat_seconds=1.5)
ENDLESS = 1_000_000
FEW_EVENTS, FEW_BYTES, SHORT_TIME = Bounds(4, 10**6, 10**6), Bounds(1000, 500, 10**6), Bounds(1000, 10**6, 4.0)
BOUNDS = st.sampled_from([FEW_EVENTS, FEW_BYTES, SHORT_TIME, Bounds(12, 2000, 30.0), Bounds(1000, 10**6, 10**6)])
TAGS = st.sampled_from([Tag("x"), Tag("y")])
WANTED = st.none() | TAGS
KEYS = st.sampled_from(["a", "b", "c", None])
TERMINAL = st.sampled_from([False] * 5 + [True])
ORIGINS = st.sampled_from(["one", "two"])
EVENT = st.tuples(TAGS, KEYS, TERMINAL, ORIGINS, st.sampled_from([0, 0, 150]))
ROOM = st.sampled_from([ENDLESS, ENDLESS, 1, 2, 3])
SOME = st.integers(0, 11)
UNREAD = st.sampled_from([0, 1, 2, 3])


class LifeOfATopic(RuleBasedStateMachine):
    """One topic, its source and its clients; after each step the model is asked whether anything went wrong."""

    def __init__(self, new_log: LogFactory) -> None:
        super().__init__()
        self.new_log = new_log
        self.clients: list[Client] = []
        self.past = Past()

    @initialize(bounds=BOUNDS, settled=st.booleans(), ending=st.sampled_from(["finish", "fail", "close"]))
    def open(self, bounds: Bounds, settled: bool, ending: str) -> None:
        """A topic with a log that may be tiny, so that it evicts all the time."""
        self.clock = ManualScheduler()
        self.log = self.new_log("ab", bounds, self.clock.time)
        self.topic = Topic(self.log, self.clock, PACE, on_idle=lambda: None)
        self.ending = ending
        if settled:
            self.settle()

    # ---- what its source does

    @rule(events=st.lists(EVENT, min_size=1, max_size=5))
    def publish(self, events: list[tuple[Tag, str | None, bool, str, int]]) -> None:
        """Several events in the same moment."""
        for tag, key, terminal, origin, size in events:
            name = "progress" if key else None
            data = json.dumps({"n": self.past.last + 1, "of": "x" * size})
            event = (tag,), key, terminal and key is not None, origin
            self.past.publish(self.clock.now, name, data, *event)
            self.topic.publish(name, data.encode(), *event)

    @rule()
    def gap(self) -> None:
        """The backend sent something that cannot be told."""
        self.past.publish(self.clock.now, "stream-gap", '{"reason":"untranslatable","missed":1}')
        self.topic.gap("untranslatable", 1)

    @rule(origin=ORIGINS)
    def lose(self, origin: str) -> None:
        """A backend could not go on where it was."""
        self.past.lose(self.clock.now, origin)
        self.topic.lose(origin)

    @precondition(lambda self: not self.past.complete)
    @rule()
    def settle(self) -> None:
        """The past is complete."""
        self.past.complete = True
        self.topic.settle()

    @rule(seconds=st.sampled_from([0.25, 0.5, 0.75, 1.0, 3.0, 6.0]))
    def pass_time(self, seconds: float) -> None:
        """Flushes, grows old and breaks the silence."""
        self.clock.advance(seconds)

    # ---- what its clients do

    @rule(wanted=WANTED, last=st.sampled_from([0, 2, 9]), snapshot=st.booleans(), room=ROOM)
    def connect(self, wanted: Tag | None, last: int, snapshot: bool, room: int) -> None:
        """A new client."""
        self._add(Client(wanted, Start(None, last, snapshot)), room)

    @rule(wanted=WANTED, back=st.integers(-2, 14), end=st.sampled_from(["", "", "-end"]), room=ROOM)
    def connect_with_another_cursor(self, wanted: Tag | None, back: int, end: str, room: int) -> None:
        """A client with a cursor from anywhere in the log, before or behind it."""
        cursor = f"{self.log.epoch}-{max(0, self.past.last - back)}{end}"
        self._add(Client(wanted, Start(cursor, 5, snapshot=True)), room)

    @rule(wanted=WANTED, cursor=st.sampled_from(sorted(ODD_CURSORS)), room=ROOM)
    def connect_with_an_odd_cursor(self, wanted: Tag | None, cursor: str, room: int) -> None:
        """A client with a cursor that is not of this log."""
        self._add(Client(wanted, Start(cursor, 5, snapshot=True)), room)

    @precondition(lambda self: self._connected(congested=False))
    @rule(some=SOME, room=st.sampled_from([1, 2, 3]))
    def stall(self, some: int, room: int) -> None:
        """A client will take a few more chunks only."""
        self._pick(some, self._connected(congested=False)).connection.room = room

    @precondition(lambda self: self._connected(congested=True))
    @rule(some=SOME, room=ROOM)
    def drain(self, some: int, room: int) -> None:
        """A client takes chunks again."""
        self._pick(some, self._connected(congested=True)).connection.drain(room)

    @precondition(lambda self: self._connected())
    @rule(some=SOME, unread=UNREAD, drains=st.booleans())
    def disconnect(self, some: int, unread: int, drains: bool) -> None:
        """A client goes away, and what was written last does not reach it; its sink may drain behind it."""
        client = self._pick(some, self._connected())
        connection = client.connection
        self.topic.leave(connection.subscriber)
        client.disconnect(unread)
        written = len(connection.frames)
        if drains:
            connection.drain(ENDLESS)
        assert len(connection.frames) == written, "told after it had left"

    @precondition(lambda self: self._away())
    @rule(some=SOME, room=ROOM)
    def reconnect(self, some: int, room: int) -> None:
        """A client comes back with its own last event id."""
        self._subscribe(self._pick(some, self._away()), room)

    @precondition(lambda self: self._connected())
    @rule(some=SOME, unread=UNREAD, room=ROOM)
    def reconnect_at_once(self, some: int, unread: int, room: int) -> None:
        """The connection breaks, and the client is back in the same moment."""
        client = self._pick(some, self._connected())
        self.topic.leave(client.connection.subscriber)
        client.disconnect(unread)
        self._subscribe(client, room)

    # ---- what must hold

    @invariant()
    def no_client_is_deceived(self) -> None:
        """Nothing is lost without a word, told twice, out of order, or hidden from whoever should see it."""
        flushed = sum(told.at + PACE.flush_seconds <= self.clock.now for told in self.past.events)
        for client in self.clients:
            assert client.faults(self.past, flushed) == []

    def teardown(self) -> None:
        """The topic ends, everybody comes back and drains, and is told the rest and that it is over."""
        if any(client.connection and client.connection.faults for client in self.clients):
            return
        self.past.complete = True
        {
            "finish": self.topic.finish,
            "fail": lambda: self.topic.fail(UpstreamRefused("NOT_FOUND", "gone")),
            "close": self.topic.close,
        }[self.ending]()
        for client in self._away():
            self._subscribe(client, ENDLESS)
        for client in self._connected(congested=True):
            client.connection.drain(ENDLESS)
        self.no_client_is_deceived()
        last_words = {"finish": "stream-end", "fail": "stream-error"}.get(self.ending)
        for client in self._connected():
            assert client.connection.closed
            assert last_words is None or client.connection.frames[-1].name == last_words
        assert len(self.topic) == 0

    # ---- helpers

    def _add(self, client: Client, room: int) -> None:
        self.clients.append(client)
        self._subscribe(client, room)

    def _subscribe(self, client: Client, room: int) -> None:
        connection = client.connect(self.past, self.log, room)
        connection.subscriber = self.topic.subscribe(connection, client.wanted, connection.start)

    def _connected(self, congested: bool | None = None) -> list[Client]:
        connected = [client for client in self.clients if client.connection]
        return [client for client in connected if congested in (None, client.connection.congested)]

    def _away(self) -> list[Client]:
        return [client for client in self.clients if not client.connection]

    def _pick(self, some: int, clients: list[Client]) -> Client:
        return clients[some % len(clients)]


@pytest.mark.timeout(300)  # for the shrinking, where it fails
@pytest.mark.parametrize("new_log", [pytest.param(MemoryLog, id="memory")])
def test_no_client_is_deceived_whatever_happens(new_log: LogFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each event arrives once and in order, or the client is told where it was not so."""
    monkeypatch.setattr(reading, "READ_BYTES", 150)  # so that reading on takes many chunks
    monkeypatch.setattr(groups, "MOST_HIDDEN", 3)  # so that ids often move on without an event
    run_state_machine_as_test(
        lambda: LifeOfATopic(new_log),
        settings=settings(
            max_examples=800,
            stateful_step_count=40,
            deadline=None,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.fixture
def life() -> LifeOfATopic:
    """A topic in the test's own hand, for what chance meets too rarely; its log keeps four events."""
    life = LifeOfATopic(MemoryLog)
    life.open(FEW_EVENTS, settled=True, ending="finish")
    return life


def test_a_heartbeat_between_two_flushes_stands_for_nothing_that_was_not_written(life: LifeOfATopic) -> None:
    """The id that moves on with it does not overtake what waits for the flush."""
    life.connect(Tag("y"), last=0, snapshot=False, room=ENDLESS)
    life.pass_time(1.0)
    life.publish([(Tag("x"), None, False, "one", 0), (Tag("y"), None, False, "one", 0)])
    life.pass_time(0.5)
    life.no_client_is_deceived()
    life.teardown()


@pytest.mark.parametrize("unread", range(9))
def test_who_leaves_between_a_gap_and_its_snapshot_is_told_it_all_again(life: LifeOfATopic, unread: int) -> None:
    """A client that was told to forget knows every key in the end, wherever its connection breaks."""
    life.publish([(Tag("x"), key, False, "one", 0) for key in ("a", "b", None, None, None, None)])
    life.connect_with_an_odd_cursor(None, "cd-1", room=ENDLESS)
    life.no_client_is_deceived()
    life.reconnect_at_once(0, unread, room=ENDLESS)
    life.pass_time(1.0)
    life.no_client_is_deceived()
    life.teardown()
