from gateway.upstream.backoff import Backoff


def test_the_ceiling_doubles_up_to_the_longest_wait() -> None:
    """Each wait lies between nothing and its ceiling."""
    waits = [[backoff.next_seconds() for _ in range(6)] for backoff in (Backoff(1, 8) for _ in range(500))]
    longest = [max(column) for column in zip(*waits, strict=True)]
    for seen, ceiling in zip(longest, [1, 2, 4, 8, 8, 8], strict=True):
        assert ceiling * 0.9 < seen <= ceiling
    assert min(min(each) for each in waits) < 0.1


def test_success_makes_the_next_wait_a_first_one() -> None:
    """A backend that comes back and goes again is not punished for its past."""
    backoff = Backoff(1, 64)
    for _ in range(6):
        backoff.next_seconds()
    backoff.reset()
    assert all(Backoff.next_seconds(backoff) <= 1 and backoff.reset() is None for _ in range(50))
