import pytest

from gateway.streams.frames import (
    Framer,
    connected_frame,
    data_of,
    event_frame,
    heartbeat_frame,
    id_frame,
    retry_frame,
)
from gateway.streams.position import Position
from tests.support.sse import SseReader

POSITION = Position("ab", 7)


def test_an_event_is_its_id_its_name_and_its_data() -> None:
    """The three lines and the blank one are there in this order, ended by line feeds."""
    assert event_frame(POSITION, "progress", b'{"a":1}') == b'id: ab-7\nevent: progress\ndata: {"a":1}\n\n'


def test_an_event_without_a_name_has_no_event_line() -> None:
    """EventSource fires `message` for it."""
    assert event_frame(POSITION, None, b"{}") == b"id: ab-7\ndata: {}\n\n"


@pytest.mark.parametrize("name", ["progress", None])
def test_a_framer_frames_each_event_of_its_log_as_any_event(name: str | None) -> None:
    """It only keeps what all of them begin with."""
    frame = Framer("ab").frame
    for offset in (0, 7, 10**17):
        assert frame(offset, name, b'{"a":1}') == event_frame(Position("ab", offset), name, b'{"a":1}')


def test_the_data_of_a_frame_can_be_read_back() -> None:
    """Even where the data itself looks like a field of the format."""
    data = rb'{"a":"\ndata: x","b":"id: 3"}'
    assert data_of(event_frame(POSITION, "log", data)) == data


def test_an_id_frame_moves_the_cursor_and_fires_nothing() -> None:
    """A block without data is not dispatched, and its id is kept."""
    reader = SseReader()
    reader.feed(id_frame(POSITION))
    assert (reader.last_event_id, reader.events) == ("ab-7", [])


def test_a_client_that_resumes_keeps_its_id_through_the_first_blank_line() -> None:
    """To the letter of the standard that line would make its last event id empty."""
    assert connected_frame(None) == b":connected\n\n"
    reader = SseReader()
    reader.feed(connected_frame(POSITION))
    assert (reader.comments, reader.last_event_id) == (["connected"], "ab-7")


def test_heartbeats_and_retries_are_spelled_as_the_wire_asks() -> None:
    """Seconds and milliseconds are whole numbers."""
    assert heartbeat_frame(1700000000.9) == b":heartbeat 1700000000\n\n"
    assert retry_frame(2500) == b"retry: 2500\n\n"
