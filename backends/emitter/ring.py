"""The bounded history of what was emitted: one log, many cursors."""

import secrets
import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Generic, Protocol, TypeVar

from backends.emitter.errors import TokenGone

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Extent(Generic[Item]):
    """How far a ring reaches, at one moment.

    Attributes:
        appended: How many items were ever appended.
        kept: How many of them are kept.
        oldest: The first one kept; None where none is.
        newest: The last one kept; None where none is.
    """

    appended: int
    kept: int
    oldest: Item | None
    newest: Item | None


@dataclass(frozen=True, slots=True)
class Entry(Generic[Item]):
    """An item of a ring and the resume token of its place."""

    token: str
    item: Item


class Sleeper(Protocol):
    """Who waits for the next item."""

    def wake(self) -> None:
        """Return at once, having told the sleeper; called from any thread."""
        ...


class Ring(Generic[Item]):
    """A thread-safe history of the newest items.

    A place in it is a resume token `"<epoch>-<n>"`: `n` counts the items ever appended, and the epoch, random unless
    given, keeps a token of another ring or of this program's last run from being taken for one of this ring.

    Args:
        capacity: How many items are kept; 1 or more.
        epoch: Letters and digits.

    Raises:
        ValueError: `capacity` is less than 1.

    Attributes:
        epoch: What its tokens begin with.
    """

    def __init__(self, capacity: int, epoch: str | None = None) -> None:
        if capacity < 1:
            raise ValueError(f"a ring keeps 1 item or more, not {capacity}")
        self.epoch = epoch or secrets.token_hex(4)
        self._items: deque[Item] = deque(maxlen=capacity)
        self._head = 0
        self._asleep: set[Sleeper] = set()
        # Re-entrant, with positions derived from `_head`: a signal handler that logs may append in mid-append.
        self._lock = threading.RLock()

    @property
    def head(self) -> str:
        """The token of the newest item."""
        return self._token(self._head)

    @property
    def extent(self) -> Extent[Item]:
        """How much was appended, and what of it is kept."""
        with self._lock:
            kept = self._items
            return Extent(self._head, len(kept), kept[0] if kept else None, kept[-1] if kept else None)

    def newest(self) -> Iterator[Item]:
        """Return the items that are kept at this moment, the newest first."""
        with self._lock:
            return reversed(list(self._items))

    def append(self, item: Item) -> str:
        """Add an item, in place of the oldest one where the ring is full, and wake those who wait.

        Args:
            item: Treated as immutable from now on.

        Returns:
            The token of its place.
        """
        with self._lock:
            self._items.append(item)
            self._head += 1
            token = self.head
            asleep, self._asleep = self._asleep, set()
        for sleeper in asleep:
            sleeper.wake()
        return token

    def since(self, after: str | None = None) -> tuple[list[Entry[Item]], str]:
        """Return what was appended after a token, and the token up to which that is everything.

        Args:
            after: A token of this ring; absent: everything that is kept.

        Returns:
            The entries, oldest first, and the token of the newest item at this moment.

        Raises:
            TokenGone: The ring cannot tell what came after `after`.
        """
        with self._lock:
            position = self._head - len(self._items) if after is None else self.position(after)
            return self.read(position), self.head

    def position(self, token: str) -> int:
        """Return the number of the item that a token names.

        Raises:
            TokenGone: The token is malformed or another ring's, or not every item after it is still kept.
        """
        epoch, _, number = token.rpartition("-")
        if not (number.isascii() and number.isdigit()) or len(number) > 20:
            raise TokenGone("the resume token is malformed")
        if epoch != self.epoch:
            raise TokenGone("the resume token is of another run of this backend")
        position = int(number)
        self._check(position)
        return position

    def read(self, position: int, limit: int | None = None) -> list[Entry[Item]]:
        """Return up to `limit` entries after a position, oldest first; all of them where there is no limit.

        Raises:
            TokenGone: Some of them are no longer kept.
        """
        with self._lock:
            self._check(position)
            behind = self._head - position
            count = behind if limit is None else min(behind, limit)
            # Counted from the newest item, where the readers of a live stream are.
            items = list(islice(reversed(self._items), behind - count, behind))
        return [Entry(self._token(position + offset), item) for offset, item in enumerate(reversed(items), start=1)]

    def sleep(self, sleeper: Sleeper, position: int) -> bool:
        """Have `sleeper` woken, once, by the next item; False where there is one after `position` already."""
        with self._lock:
            if position != self._head:
                return False
            self._asleep.add(sleeper)
            return True

    def forget(self, sleeper: Sleeper) -> None:
        """Wake `sleeper` no more."""
        with self._lock:
            self._asleep.discard(sleeper)

    def _check(self, position: int) -> None:
        if position > self._head:
            raise TokenGone("the resume token is of a place this backend has not reached")
        if position < self._head - len(self._items):
            raise TokenGone(f"more than the {self._items.maxlen} items kept were emitted after the resume token")

    def _token(self, position: int) -> str:
        return f"{self.epoch}-{position}"
