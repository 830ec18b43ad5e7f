"""The ring and its cursors."""

import asyncio
import gc
import threading
import weakref

import pytest

from backends.emitter.cursor import Cursor
from backends.emitter.errors import TokenGone
from backends.emitter.ring import Ring


class Thing:
    """Something that can be seen to be gone."""


class Counted:
    """A sleeper that counts."""

    def __init__(self):
        self.woken = 0

    def wake(self):
        """Count."""
        self.woken += 1


def filled(count, capacity=5):
    """Return a ring to which 1 and so on have been appended."""
    ring = Ring(capacity, epoch="e1")
    for number in range(1, count + 1):
        ring.append(number)
    return ring


def items(entries):
    """Return what the entries hold."""
    return [entry.item for entry in entries]


async def taken(cursor, count):
    """Return so many entries."""
    async with asyncio.timeout(20):
        return [await anext(cursor) for _ in range(count)]


async def all_of(cursor):
    """Return the entries until the cursor ends."""
    async with asyncio.timeout(20):
        return [entry async for entry in cursor]


def test_a_token_counts_the_items_of_its_epoch():
    """The first item is 1; before it, the head is 0."""
    ring = Ring(5, epoch="e1")
    assert ring.head == "e1-0"
    assert ring.append("a") == "e1-1"
    assert ring.head == "e1-1"


def test_two_rings_have_different_epochs():
    """A token of a program's last run is not one of this run."""
    assert Ring(1).head != Ring(1).head


def test_a_full_ring_keeps_the_newest_items():
    """What is kept comes oldest first, each entry with its own token."""
    entries, head = filled(8).since()
    assert [(entry.token, entry.item) for entry in entries] == [(f"e1-{n}", n) for n in (4, 5, 6, 7, 8)]
    assert head == "e1-8"


@pytest.mark.parametrize(("token", "expected"), [("e1-8", []), ("e1-6", [7, 8]), ("e1-3", [4, 5, 6, 7, 8])])
def test_since_returns_exactly_what_came_after_a_token(token, expected):
    """Down to the token just before the oldest item kept."""
    assert items(filled(8).since(token)[0]) == expected


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        ("e1-2", "more than the 5 items kept"),
        ("e1-0", "more than the 5 items kept"),
        ("e1-9", "not reached"),
        ("e2-8", "another run"),
        ("8", "another run"),
        ("e1-", "malformed"),
        ("e1--1", "another run"),
        ("e1-٣", "malformed"),
        ("e1-" + "9" * 5000, "malformed"),
        ("nonsense", "malformed"),
    ],
)
def test_a_token_the_ring_cannot_go_on_from_is_gone(token, reason):
    """The error says why."""
    with pytest.raises(TokenGone, match=reason):
        filled(8).since(token)


def test_a_ring_for_nothing_is_refused():
    """A capacity below 1 is a mistake."""
    with pytest.raises(ValueError, match="not 0"):
        Ring(0)


async def test_a_cursor_goes_on_after_its_token():
    """What is there comes first, then what is appended."""
    ring = filled(3)
    cursor = Cursor(ring, "e1-1")
    assert items(await taken(cursor, 2)) == [2, 3]
    ring.append(4)
    assert items(await taken(cursor, 1)) == [4]


async def test_a_cursor_without_a_token_begins_with_the_next_item():
    """The past is not for it."""
    ring = filled(3)
    cursor = Cursor(ring)
    ring.append(4)
    assert items(await taken(cursor, 1)) == [4]


async def test_cursors_lose_and_repeat_nothing_of_what_a_thread_appends():
    """Two cursors follow a thread that appends as fast as it can."""
    ring = Ring(20_000)
    cursors = [Cursor(ring), Cursor(ring)]
    thread = threading.Thread(target=lambda: [ring.append(number) for number in range(20_000)])
    reading = [asyncio.create_task(taken(cursor, 20_000)) for cursor in cursors]
    await asyncio.sleep(0)
    thread.start()
    for task in reading:
        assert items(await task) == list(range(20_000))
    thread.join()


@pytest.mark.usefixtures("restless")
def test_threads_that_append_at_once_get_a_token_each():
    """No two items share a place."""
    ring, tokens = Ring(10), []

    def work():
        tokens.extend([ring.append(None) for _ in range(5_000)])

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(tokens)) == 20_000


async def test_a_cursor_that_falls_behind_the_ring_is_told():
    """It fails rather than leave out what it missed."""
    ring = filled(5)
    cursor = Cursor(ring)
    for number in range(6):
        ring.append(number)
    with pytest.raises(TokenGone, match="more than the 5"):
        await taken(cursor, 1)


async def test_a_stalled_reader_costs_neither_time_nor_memory():
    """While its event loop is stuck, appending goes on, and only what the ring keeps stays alive."""
    ring = Ring(10)
    waiting = asyncio.create_task(taken(Cursor(ring), 1))
    await asyncio.sleep(0)
    alive = weakref.WeakSet()
    for _ in range(10_000):
        thing = Thing()
        alive.add(thing)
        ring.append(thing)
    del thing
    assert len(alive) == 10
    with pytest.raises(TokenGone):
        await waiting


def test_a_sleeper_is_woken_once():
    """However much is appended before it wakes up, so nothing piles up in its event loop."""
    ring, sleeper = filled(3), Counted()
    assert ring.sleep(sleeper, 3)
    ring.append(4)
    ring.append(5)
    assert sleeper.woken == 1


def test_nobody_falls_asleep_who_has_something_to_read():
    """An item appended between the read and the sleep is not slept through."""
    ring, sleeper = filled(3), Counted()
    assert not ring.sleep(sleeper, 2)
    ring.append(4)
    assert sleeper.woken == 0


async def test_the_ring_forgets_a_cursor_whose_reader_has_gone():
    """Readers that come and go on an idle ring leave nothing behind."""
    ring = filled(1)
    cursor = Cursor(ring)
    waiting = asyncio.create_task(taken(cursor, 1))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait([waiting])
    gone = weakref.ref(cursor)
    del cursor, waiting
    gc.collect()
    assert gone() is None


async def test_a_closed_cursor_delivers_the_rest_and_ends():
    """Closing loses nothing of what was appended before."""
    ring = filled(3)
    cursor = Cursor(ring, "e1-0")
    cursor.close()
    assert items(await all_of(cursor)) == [1, 2, 3]


async def test_closing_ends_a_cursor_that_waits():
    """It does not wait for another item."""
    cursor = Cursor(filled(1))
    waiting = asyncio.create_task(all_of(cursor))
    await asyncio.sleep(0)
    cursor.close()
    assert await waiting == []


def test_appending_survives_a_reader_whose_event_loop_is_closed():
    """The emitting thread knows nothing of readers."""
    ring = filled(1)

    async def fall_asleep():
        assert ring.sleep(Cursor(ring), 1)

    asyncio.run(fall_asleep())
    assert ring.append(2) == "e1-2"
