import pytest

from gateway.streams.flushing import Flusher, Pace
from tests.support.clock import ManualScheduler


class Writer:
    """Writes that take time on the test's clock."""

    def __init__(self, pace: Pace, seconds: float = 0.0) -> None:
        self.clock = ManualScheduler()
        self.written: list[list[str]] = []
        self.times: list[float] = []
        self._seconds = seconds
        self._flusher = Flusher[str](self.clock, pace, self._write)
        self.flush = self._flusher.flush

    def add(self, item: str, more: bool = False) -> None:
        self._flusher.add(item, self.clock.time(), more)

    def _write(self, items: list[str], now: float) -> None:
        self.written.append(items)
        self.times.append(now)
        self.clock.now += self._seconds


JOINED = Pace(0.001, 30.0)


def test_the_first_item_is_written_at_once() -> None:
    """And the moment is told."""
    writer = Writer(JOINED)
    writer.add("a")
    assert (writer.written, writer.times) == ([["a"]], [writer.clock.now])


def test_what_comes_during_the_rest_is_joined_at_its_end() -> None:
    """In order, with one timer for all of it."""
    writer = Writer(JOINED)
    for item in "abcd":
        writer.add(item)
    assert (writer.written, writer.clock.pending()) == ([["a"]], 1)
    writer.clock.advance(0.001)
    assert (writer.written, writer.clock.pending()) == ([["a"], ["b", "c", "d"]], 0)


def test_an_item_after_the_rest_takes_what_waits_with_it() -> None:
    """The timer that was to write it is taken back."""
    writer = Writer(Pace(0.001, 30.0, rest=5), seconds=0.00001)
    for item in "ab":
        writer.add(item)
    writer.clock.now += 0.0001
    writer.add("c")
    assert (writer.written, writer.clock.pending()) == ([["a"], ["b", "c"]], 0)


@pytest.mark.parametrize(
    ("pace", "took", "rests"),
    [
        pytest.param(Pace(0.001, 30.0, rest=5), 0.00001, 0.00005, id="five times as long as it took"),
        pytest.param(Pace(0.001, 30.0, rest=5), 0.1, 0.001, id="but never longer than the flush time"),
        pytest.param(Pace(0.001, 30.0), 0.00001, 0.001, id="without a proportion always the flush time"),
    ],
)
def test_the_rest_after_a_write(pace: Pace, took: float, rests: float) -> None:
    """What comes just before its end waits; what comes just after it does not."""
    writer = Writer(pace, took)
    writer.add("a")
    writer.clock.now += rests * 0.98
    writer.add("b")
    assert writer.written == [["a"]]
    writer.clock.now += rests * 0.04
    writer.add("c")
    assert writer.written == [["a"], ["b", "c"]]


def test_an_item_whose_next_one_is_there_waits_for_it_and_not_for_ever() -> None:
    """The next one may turn out to be nothing that is written."""
    writer = Writer(JOINED)
    writer.add("a", more=True)
    assert writer.written == []
    writer.clock.advance(0.001)
    assert writer.written == [["a"]]


def test_a_flush_of_nothing_writes_nothing_and_needs_no_rest() -> None:
    """Clients that come in between do not hold an event back."""
    writer = Writer(JOINED)
    writer.flush()
    writer.add("a")
    assert writer.written == [["a"]]
    assert writer.clock.pending() == 0
