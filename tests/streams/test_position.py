import pytest

from gateway.streams.position import Position, new_epoch, parse_position


@pytest.mark.parametrize("position", [Position("a1", 1), Position("0f", 10**17), Position("zz9", 7, finished=True)])
def test_a_position_that_is_written_can_be_read_back(position: Position) -> None:
    """What stands in an `id:` line comes back as the same position."""
    assert parse_position(str(position)) == position


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("42", id="no epoch"),
        pytest.param("ab-", id="no offset"),
        pytest.param("ab--1", id="a negative offset"),
        pytest.param("ab-1-", id="a stray dash"),
        pytest.param("ab-1-END", id="an end in capitals"),
        pytest.param("ab-1\n", id="a line end behind it"),
        pytest.param("ab-1\x00", id="a NUL behind it"),
        pytest.param("ab-" + "9" * 19, id="an offset that no log reaches"),
        pytest.param("a" * 17 + "-1", id="an epoch that is too long"),
        pytest.param("ab-\u0661", id="digits that are not ASCII"),
    ],
)
def test_anything_else_is_not_a_position(text: str) -> None:
    """A foreign or mangled last event id is recognised as such."""
    assert parse_position(text) is None


def test_no_two_epochs_are_equal() -> None:
    """A log that is opened again does not continue the positions of the one before."""
    assert len({new_epoch() for _ in range(1000)}) == 1000
