import pytest

from gateway.streams.event import Event
from gateway.streams.frames import event_frame
from gateway.streams.log import Bounds, MemoryLog
from gateway.streams.position import Position
from tests.support.clock import ManualScheduler

WIDE = Bounds(max_events=1000, max_bytes=10**6, max_age_seconds=10**6)


class Writer:
    """Appends events to a log as a topic does."""

    def __init__(self, bounds: Bounds = WIDE) -> None:
        self.clock = ManualScheduler()
        self.log = MemoryLog("ab", bounds, self.clock.time)

    def append(self, key: str | None = None, terminal: bool = False, origin: str = "one", tag: str = "") -> Event:
        offset = self.log.head
        frame = event_frame(Position("ab", offset), "progress", b"{}")
        event = Event(offset, "progress", frame, self.clock.time(), (tag,), key, terminal, origin)
        self.log.append(event)
        return event


def offsets(events: list[Event]) -> list[int]:
    """Where events stand."""
    return [event.offset for event in events]


def test_an_empty_log_starts_at_its_head() -> None:
    """There is nothing to read, and the first event gets offset 1."""
    log = Writer().log
    assert (log.start, log.head, log.read(1, 100)) == (1, 1, [])


def test_reading_goes_on_at_any_offset() -> None:
    """Each cursor gets exactly what lies at and behind it."""
    writer = Writer()
    written = [writer.append() for _ in range(5)]
    assert [writer.log.read(offset, 10**6) for offset in range(1, 7)] == [written[at:] for at in range(6)]


def test_a_read_is_bounded_in_bytes_and_still_moves() -> None:
    """At least one event is read, however small the bound."""
    writer = Writer()
    first = writer.append()
    writer.append()
    assert writer.log.read(1, 1) == [first]


@pytest.mark.parametrize(
    ("bounds", "kept"),
    [
        pytest.param(Bounds(3, 10**6, 10**6), [8, 9, 10], id="by count"),
        pytest.param(Bounds(1000, 4 * 37, 10**6), [7, 8, 9, 10], id="by bytes"),
        pytest.param(Bounds(1000, 10**6, 2.5), [8, 9, 10], id="by age"),
    ],
)
def test_the_first_bound_reached_evicts(bounds: Bounds, kept: list[int]) -> None:
    """Count, bytes and age each bound the log, and the oldest go first."""
    writer = Writer(bounds)
    for _ in range(10):
        writer.append()
        writer.clock.advance(1.0)
    writer.clock.advance(-0.6)
    assert offsets(writer.log.read(writer.log.start, 10**6)) == kept


def test_age_evicts_without_a_new_event() -> None:
    """A silent log grows old too."""
    writer = Writer(Bounds(10, 10**6, 5))
    writer.append()
    writer.clock.advance(5.1)
    assert (writer.log.start, writer.log.head) == (2, 2)


def test_the_snapshot_is_the_newest_of_each_key_that_is_not_over() -> None:
    """In the order they happened; a key that is over is not in it."""
    writer = Writer()
    for key, terminal in [("a", False), ("b", False), ("a", False), ("c", False), ("b", True)]:
        writer.append(key, terminal)
    assert offsets(writer.log.snapshot()) == [3, 4]


def test_the_snapshot_outlives_eviction() -> None:
    """The newest event of a key that still lives is kept, however old it is."""
    writer = Writer(Bounds(2, 10**6, 10**6))
    oldest = writer.append("quiet")
    for _ in range(5):
        writer.append("busy")
    assert writer.log.start > oldest.offset
    assert oldest in writer.log.snapshot()
    assert writer.log.snapshot(before=writer.log.start) == [oldest]


def test_only_older_events_of_a_key_that_goes_on_are_superseded() -> None:
    """Terminal events and events without a key never are."""
    writer = Writer()
    old, other, plain, newest = writer.append("a"), writer.append("b"), writer.append(), writer.append("a")
    over = writer.append("a", terminal=True)
    after = writer.append("a")
    superseded = [writer.log.superseded(event) for event in (old, other, plain, newest, over, after)]
    assert superseded == [True, False, False, True, False, False]


def test_the_newest_events_are_those_that_a_filter_lets_through() -> None:
    """Oldest first, and never more than asked for."""
    writer = Writer()
    for tag in "xyxxy":
        writer.append(tag=tag)
    wanted = "x".__eq__
    assert offsets(writer.log.newest(2, lambda attributes: wanted(attributes[0]))) == [3, 4]
    assert offsets(writer.log.newest(9, None)) == [1, 2, 3, 4, 5]
    assert writer.log.newest(0, None) == []


def test_forgetting_a_backend_drops_only_its_keys() -> None:
    """What other backends have told stays in the snapshot."""
    writer = Writer()
    writer.append("a", origin="one")
    kept = writer.append("b", origin="two")
    writer.log.forget("one")
    assert writer.log.snapshot() == [kept]


def test_keys_that_are_over_and_evicted_leave_nothing_behind() -> None:
    """A log that lives long does not grow with the number of keys it has ever seen."""
    writer = Writer(Bounds(4, 10**6, 10**6))
    for number in range(100):
        writer.append(f"key {number}")
        writer.append(f"key {number}", terminal=True)
    assert len(writer.log._latest) <= 4
    assert not writer.log._live


def test_forgotten_keys_leave_nothing_behind() -> None:
    """A backend that is lost again and again does not make the log grow."""
    writer = Writer(Bounds(2, 10**6, 10**6))
    for number in range(50):
        writer.append(f"key {number}")
        writer.append()
        writer.append()
        writer.log.forget("one")
    assert not writer.log._latest
