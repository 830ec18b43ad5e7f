import asyncio
import json

import pytest

from gateway.errors import UpstreamRefused
from gateway.streams.flushing import Pace
from gateway.streams.log import Bounds, MemoryLog
from gateway.streams.opening import Start
from gateway.streams.topic import Topic
from tests.support.clock import ManualScheduler
from tests.support.sinks import ListSink

PACE = Pace(0.001, 30.0)


def only(tag: str):
    """A filter; equal for equal tags, as filters must be."""
    return Tagged(tag)


class Tagged(str):
    """A filter on an event's one attribute."""

    def __call__(self, attributes: tuple[str, ...]) -> bool:
        return attributes[0] == self


class SlowSink(ListSink):
    """A sink whose writes take time on the test's clock."""

    def __init__(self, clock: ManualScheduler, seconds: float) -> None:
        super().__init__()
        self._clock = clock
        self._seconds = seconds

    def write(self, chunk: bytes) -> bool:
        """Takes a while."""
        self._clock.now += self._seconds
        return super().write(chunk)


class Stage:
    """A topic with a clock in the test's hand."""

    def __init__(self, max_events: int = 1000, settled: bool = True, pace: Pace = PACE) -> None:
        self.clock = ManualScheduler()
        self.log = MemoryLog("ab", Bounds(max_events, 10**7, 10**6), self.clock.time)
        self.idle = 0
        self.topic = Topic(self.log, self.clock, pace, self._on_idle)
        if settled:
            self.topic.settle()

    def _on_idle(self) -> None:
        self.idle += 1

    def publish(self, data: str, tag: str = "", key: str | None = None, terminal: bool = False, origin: str = "one"):
        self.topic.publish("progress", data.encode(), (tag,), key, terminal=terminal, origin=origin)
        self.clock.advance(0.01)

    def subscribe(self, sink: ListSink | None = None, tag: str | None = None, **start) -> ListSink:
        sink = sink or ListSink()
        sink.subscriber = self.topic.subscribe(sink, only(tag) if tag else None, Start(**start))
        return sink


def test_the_headers_of_the_first_call_that_brings_some_are_kept() -> None:
    """A backend that is away lets the stream start without; a later call does not change what others were told."""
    topic = Stage(settled=False).topic
    topic.accept()
    assert topic.headers == ()
    for node in "ab":
        topic.accept((("x-node", node),))
    assert topic.headers == (("x-node", "a"),)


def test_subscribers_get_what_is_published_after_they_came() -> None:
    """A new subscriber that asks for no past gets none."""
    stage = Stage()
    stage.publish("1")
    sink = stage.subscribe()
    stage.publish("2")
    assert sink.payloads == ["2"]


def test_a_subscriber_gets_what_came_while_it_waited_for_the_stream_to_open() -> None:
    """It asked before that; what was there before it asked is not its own."""
    stage = Stage()
    stage.publish("1")
    asked_at = stage.topic.head
    stage.publish("2")
    sink = stage.subscribe(since=asked_at)
    stage.publish("3")
    assert sink.payloads == ["2", "3"]


def test_what_came_while_a_subscriber_waited_and_is_gone_already_is_a_gap() -> None:
    """A history of two events cannot tell three."""
    stage = Stage(max_events=2)
    for data in "123":
        stage.publish(data)
    sink = stage.subscribe(since=0)
    assert sink.read.names == ["stream-gap", "progress", "progress"]


def test_a_subscriber_has_a_cursor_before_its_first_event() -> None:
    """Whoever leaves before anything happened can come back and miss nothing."""
    stage = Stage()
    stage.publish("1")
    cursor = stage.subscribe().read.last_event_id
    stage.publish("2")
    assert stage.subscribe(last_event_id=cursor).payloads == ["2"]


def test_an_idle_topic_writes_at_once() -> None:
    """The first event after a pause is not held back."""
    stage = Stage()
    sink = stage.subscribe()
    stage.topic.publish("progress", b"1", ("",), None, terminal=False, origin="")
    assert sink.payloads == ["1"]


def test_events_under_load_are_joined_into_one_write() -> None:
    """What follows within the flush time goes out together when it is over."""
    stage = Stage()
    sink = stage.subscribe()
    before = len(sink.chunks)
    for data in (b"1", b"2", b"3", b"4"):
        stage.topic.publish("progress", data, ("",), None, terminal=False, origin="")
    assert sink.payloads == ["1"]
    stage.clock.advance(0.001)
    assert sink.payloads == ["1", "2", "3", "4"]
    assert len(sink.chunks) == before + 2


def test_an_event_that_is_known_not_to_be_the_last_waits_for_the_next_one() -> None:
    """What has arrived together is written at once, also by an idle topic."""
    stage = Stage()
    sink = stage.subscribe()
    before = len(sink.chunks)
    stage.topic.publish("progress", b"1", ("",), None, terminal=False, origin="", more=True)
    assert sink.payloads == []
    stage.topic.publish("progress", b"2", ("",), None, terminal=False, origin="")
    assert (sink.payloads, len(sink.chunks)) == (["1", "2"], before + 1)


def test_an_event_whose_next_one_is_none_waits_no_longer_than_the_flush_time() -> None:
    """What comes next may be a bookmark, or rubbish."""
    stage = Stage()
    sink = stage.subscribe()
    stage.topic.publish("progress", b"1", ("",), None, terminal=False, origin="", more=True)
    stage.clock.advance(0.001)
    assert sink.payloads == ["1"]


@pytest.mark.parametrize(
    ("took", "waits"),
    [
        pytest.param(0.00001, 0.0004, id="few clients: forty times as long as the last flush took"),
        pytest.param(0.005, 0.001, id="many clients: never longer than the flush time"),
    ],
)
def test_a_topic_rests_in_proportion_to_what_a_flush_takes(took: float, waits: float) -> None:
    """So that a write to few is hardly delayed, and one to many is joined."""
    stage = Stage(pace=Pace(0.001, 30.0, rest=40))
    sink = stage.subscribe(SlowSink(stage.clock, took))
    before = len(sink.chunks)
    stage.topic.publish("progress", b"1", ("",), None, terminal=False, origin="")
    stage.topic.publish("progress", b"2", ("",), None, terminal=False, origin="")
    stage.clock.advance(waits * 0.99)
    assert sink.payloads == ["1"]
    stage.clock.advance(waits * 0.02)
    stage.topic.publish("progress", b"3", ("",), None, terminal=False, origin="")
    assert sink.payloads[:2] == ["1", "2"]
    assert len(sink.chunks) == before + 2


def test_filters_that_let_the_same_events_through_get_the_same_bytes() -> None:
    """What is made of them, a chunk of HTTP for example, is made once."""
    stage = Stage()
    one, everything = stage.subscribe(tag="x"), stage.subscribe()
    stage.publish("1", tag="x")
    assert one.chunks[-1] is everything.chunks[-1]


def test_subscribers_with_equal_filters_get_the_same_bytes() -> None:
    """The chunk is joined once for all of them, not once for each."""
    stage = Stage()
    one, two = stage.subscribe(tag="x"), stage.subscribe(tag="x")
    stage.publish("1", tag="x")
    assert one.chunks[-1] is two.chunks[-1]


def test_each_filter_sees_exactly_its_events_in_order() -> None:
    """Three filters on one topic do not disturb each other."""
    stage = Stage()
    x, y, everything = stage.subscribe(tag="x"), stage.subscribe(tag="y"), stage.subscribe()
    for number in range(12):
        stage.publish(str(number), tag="xyz"[number % 3])
    assert x.payloads == ["0", "3", "6", "9"]
    assert y.payloads == ["1", "4", "7", "10"]
    assert everything.payloads == [str(number) for number in range(12)]


def test_a_subscriber_that_comes_between_append_and_flush_gets_the_event_once() -> None:
    """The handover: what is logged and not yet flushed is neither lost nor repeated."""
    stage = Stage()
    early = stage.subscribe()
    for data in (b"1", b"2"):
        stage.topic.publish("progress", data, ("",), None, terminal=False, origin="")
    late = stage.subscribe(last=10)
    stage.clock.advance(1)
    stage.publish("3")
    assert early.payloads == ["1", "2", "3"]
    assert late.payloads == ["1", "2", "3"]


def test_the_newest_n_that_match_come_first_oldest_first() -> None:
    """`initial` counts the events the client sees, not those it does not."""
    stage = Stage()
    for number in range(10):
        stage.publish(str(number), tag="xy"[number % 2])
    assert stage.subscribe(tag="x", last=3).payloads == ["4", "6", "8"]


def test_a_snapshot_is_the_newest_event_of_each_key_that_lives() -> None:
    """In the order they happened, and only what the filter lets through."""
    stage = Stage()
    stage.publish("a1", key="a", tag="x")
    stage.publish("b1", key="b", tag="x")
    stage.publish("c1", key="c", tag="y")
    stage.publish("a2", key="a", tag="x")
    stage.publish("b2", key="b", tag="x", terminal=True)
    assert stage.subscribe(snapshot=True).payloads == ["c1", "a2"]
    assert stage.subscribe(snapshot=True, tag="x").payloads == ["a2"]
    assert stage.subscribe(snapshot=False).payloads == []


def test_a_cursor_after_the_snapshot_does_not_repeat_it() -> None:
    """The snapshot ends with an id of its own, so that a client which comes back reads on from the present."""
    stage = Stage()
    stage.publish("a1", key="a")
    stage.publish("b1", key="b", terminal=True)
    cursor = stage.subscribe(snapshot=True).read.last_event_id
    stage.publish("a2", key="a")
    assert stage.subscribe(last_event_id=cursor, snapshot=True).payloads == ["a2"]


def test_a_resumed_subscriber_reads_on_right_after_its_cursor() -> None:
    """Nothing is repeated and nothing is missing, whatever it asked for at first."""
    stage = Stage()
    first = stage.subscribe()
    for number in range(6):
        stage.publish(str(number))
    cursor = first.read.events[2].last_event_id
    assert stage.subscribe(last_event_id=cursor, last=5).payloads == ["3", "4", "5"]


@pytest.mark.parametrize(
    ("cursor", "reason"),
    [
        pytest.param("rubbish", "malformed", id="malformed"),
        pytest.param("cd-1", "unknown-epoch", id="another epoch"),
        pytest.param("ab-99", "future", id="from the future"),
        pytest.param("ab-9", "future", id="the very next one"),
        pytest.param("ab-2", "evicted", id="evicted"),
    ],
)
def test_a_cursor_that_the_log_does_not_reach_gets_a_gap_and_then_what_is_kept(cursor: str, reason: str) -> None:
    """The client is told, and goes on with the oldest event there is."""
    stage = Stage(max_events=3)
    for number in range(8):
        stage.publish(str(number))
    sink = stage.subscribe(last_event_id=cursor)
    gap, *rest = sink.read.events
    assert (gap.name, gap.payload["reason"]) == ("stream-gap", reason)
    assert gap.payload.get("missed") == (3 if reason == "evicted" else None)
    assert [event.data for event in rest] == ["5", "6", "7"]


def test_a_gap_in_a_keyed_topic_tells_the_newest_of_each_key_and_every_end() -> None:
    """Superseded events are left out, terminal ones never."""
    stage = Stage(max_events=4)
    stage.publish("quiet", key="q")
    for number in range(5):
        stage.publish(f"a{number}", key="a")
    stage.publish("b", key="b")
    stage.publish("b over", key="b", terminal=True)
    sink = stage.subscribe(last_event_id="cd-1")
    assert sink.read.names[0] == "stream-gap"
    assert sink.payloads[1:] == ["quiet", "a4", "b over"]


def test_a_client_that_comes_back_after_a_gap_is_not_told_of_it_again() -> None:
    """The gap's own id is a valid cursor."""
    stage = Stage(max_events=3)
    for number in range(8):
        stage.publish(str(number))
    gap = stage.subscribe(last_event_id="cd-1").read.events[0]
    assert stage.subscribe(last_event_id=gap.last_event_id).payloads == ["5", "6", "7"]


def test_a_congested_subscriber_gets_nothing_and_reads_on_when_it_has_drained() -> None:
    """It has no queue: what it has not taken is read from the log."""
    stage = Stage()
    slow, quick = stage.subscribe(), stage.subscribe()
    slow.congested = True
    for number in range(5):
        stage.publish(str(number))
    assert slow.payloads == ["0"]
    assert quick.payloads == ["0", "1", "2", "3", "4"]
    slow.drain()
    stage.publish("5")
    assert slow.payloads == ["0", "1", "2", "3", "4", "5"]


def test_a_congested_subscriber_that_falls_off_the_log_is_told_of_the_gap() -> None:
    """With the number of events it missed."""
    stage = Stage(max_events=2)
    slow = stage.subscribe()
    slow.congested = True
    for number in range(10):
        stage.publish(str(number))
    slow.drain()
    events = slow.read.events
    assert [event.name for event in events] == ["progress", "stream-gap", "progress", "progress"]
    assert events[1].payload == {"reason": "evicted", "missed": 7}
    assert [events[0].data, events[2].data, events[3].data] == ["0", "8", "9"]


def test_a_slow_subscriber_skips_superseded_events_but_no_terminal_one() -> None:
    """Catching up tells the newest of each key, and every end."""
    stage = Stage()
    slow = stage.subscribe()
    slow.congested = True
    stage.publish("a0", key="a")
    for number in range(1, 6):
        stage.publish(f"a{number}", key="a")
    stage.publish("b1", key="b")
    stage.publish("b over", key="b", terminal=True)
    stage.publish("a6", key="a")
    slow.drain()
    assert slow.payloads == ["a0", "b over", "a6"]


def test_a_large_backlog_is_written_in_bounded_chunks() -> None:
    """However far a subscriber is behind, no chunk is much larger than the read size."""
    stage = Stage()
    sink = stage.subscribe()
    big = "x" * 10_000
    for _ in range(100):
        stage.publish(json.dumps(big))
    resumed = stage.subscribe(last_event_id="ab-0")
    assert len(resumed.read.events) == len(sink.read.events) == 100
    assert max(map(len, resumed.chunks)) < 65_536 + 2 * len(big)


def test_silence_is_broken_by_a_heartbeat() -> None:
    """After the configured time, and then again and again."""
    stage = Stage()
    sink = stage.subscribe()
    stage.clock.advance(29.9)
    assert sink.read.comments == []
    stage.clock.advance(0.2)
    assert [comment.split()[0] for comment in sink.read.comments] == ["heartbeat"]
    stage.clock.advance(60)
    assert len(sink.read.comments) == 3


def test_an_event_puts_the_heartbeat_off() -> None:
    """Only an idle connection gets one."""
    stage = Stage()
    sink = stage.subscribe()
    stage.clock.advance(20)
    stage.publish("1")
    stage.clock.advance(20)
    assert sink.read.comments == []
    stage.clock.advance(11)
    assert len(sink.read.comments) == 1


def test_a_filter_that_lets_nothing_through_still_gets_heartbeats() -> None:
    """Silence is counted for each filter, not for the topic."""
    stage = Stage()
    sink = stage.subscribe(tag="x")
    for _ in range(7):
        stage.clock.advance(10)
        stage.publish("1", tag="y")
    assert len(sink.read.comments) == 2


def test_a_filtered_client_moves_on_with_its_heartbeat() -> None:
    """So that a reconnect does not read again what its filter had hidden."""
    stage = Stage()
    sink = stage.subscribe(tag="x")
    for _ in range(5):
        stage.publish("1", tag="y")
    assert sink.read.last_event_id == "ab-0"
    stage.clock.advance(31)
    assert (sink.read.last_event_id, sink.payloads) == ("ab-5", [])
    silent = len(sink.chunks)
    stage.clock.advance(30)
    assert sink.chunks[silent:] == [sink.chunks[silent]]
    assert b"id:" not in sink.chunks[silent]


def test_a_filtered_client_moves_on_when_much_was_hidden() -> None:
    """Also on a busy topic, whose heartbeats it may never need."""
    stage = Stage(max_events=10_000)
    sink = stage.subscribe(tag="x")
    for _ in range(2500):
        stage.publish("1", tag="y")
    assert sink.read.last_event_id == "ab-2000"
    stage.publish("2", tag="x")
    assert (sink.read.last_event_id, sink.payloads) == ("ab-2501", ["2"])


def test_new_subscribers_wait_until_the_past_is_complete() -> None:
    """So that the newest N are taken from all of it, and not from the first part that arrived."""
    stage = Stage(settled=False)
    sink = stage.subscribe(last=2)
    for number in range(5):
        stage.publish(str(number))
    assert sink.payloads == []
    stage.topic.settle()
    stage.publish("5")
    assert sink.payloads == ["3", "4", "5"]


def test_a_waiting_subscriber_gets_heartbeats() -> None:
    """Even when the backend is away from the start."""
    stage = Stage(settled=False)
    sink = stage.subscribe()
    stage.clock.advance(31)
    assert len(sink.read.comments) == 1


def test_a_lost_backend_is_a_gap_and_its_keys_are_forgotten() -> None:
    """The keys of the other backends are told again, so that a client may forget everything at the gap."""
    stage = Stage()
    stage.publish("a1", key="a", origin="one")
    stage.publish("b1", key="b", origin="two")
    sink = stage.subscribe()
    stage.topic.lose("one")
    stage.clock.advance(1)
    assert [(event.name, event.data) for event in sink.read.events] == [
        ("stream-gap", '{"reason":"upstream-lost"}'),
        ("progress", "b1"),
    ]
    assert stage.subscribe(snapshot=True).payloads == ["b1"]


def test_a_finished_topic_ends_every_stream_after_its_last_event() -> None:
    """Whoever is congested gets the rest first, then the end."""
    stage = Stage()
    quick, slow = stage.subscribe(), stage.subscribe()
    slow.congested = True
    stage.publish("1")
    stage.publish("2")
    stage.topic.finish()
    assert quick.read.names == ["progress", "progress", "stream-end"]
    assert quick.closed
    assert not slow.closed
    slow.drain()
    assert slow.read.names == ["progress", "progress", "stream-end"]
    assert slow.closed
    assert slow.read.last_event_id == "ab-2-end"


def test_a_failed_topic_tells_why_and_ends() -> None:
    """The gRPC code and the backend's words reach the client."""
    stage = Stage()
    sink = stage.subscribe()
    stage.topic.fail(UpstreamRefused("PERMISSION_DENIED", "not yours"))
    event = sink.read.events[-1]
    assert event.name == "stream-error"
    assert event.payload == {"code": "PERMISSION_DENIED", "message": "not yours", "retry": False}
    assert sink.closed


async def test_a_refusal_before_the_start_is_raised() -> None:
    """So that it can become an HTTP status."""
    stage = Stage(settled=False)
    waiting = asyncio.ensure_future(stage.topic.opened(patience_seconds=5))
    await asyncio.sleep(0)
    stage.topic.fail(UpstreamRefused("NOT_FOUND", "no such thing"))
    with pytest.raises(UpstreamRefused, match="no such thing"):
        await waiting


async def test_opening_waits_no_longer_than_its_patience() -> None:
    """A backend that neither takes nor refuses the call does not keep the client from its stream."""
    stage = Stage(settled=False)
    await stage.topic.opened(patience_seconds=0.001)
    assert stage.subscribe().closed is False


def test_the_last_one_to_leave_makes_the_topic_idle() -> None:
    """Leaving twice changes nothing."""
    stage = Stage()
    one, two = stage.subscribe(), stage.subscribe(tag="x")
    stage.topic.leave(one.subscriber)
    stage.topic.leave(one.subscriber)
    assert (stage.idle, len(stage.topic)) == (0, 1)
    stage.topic.leave(two.subscriber)
    assert (stage.idle, len(stage.topic)) == (1, 0)


def test_whoever_has_left_gets_nothing_more() -> None:
    """Not even when its sink drains later."""
    stage = Stage()
    live, congested = stage.subscribe(), stage.subscribe()
    congested.congested = True
    stage.publish("1")
    for sink in (live, congested):
        stage.topic.leave(sink.subscriber)
    stage.publish("2")
    congested.drain()
    assert live.payloads == congested.payloads == ["1"]


def test_a_topic_that_everybody_left_keeps_no_timer_running() -> None:
    """The heartbeat ends with the last subscriber."""
    stage = Stage()
    sink = stage.subscribe()
    stage.topic.leave(sink.subscriber)
    stage.clock.advance(31)
    assert stage.clock.pending() == 0
