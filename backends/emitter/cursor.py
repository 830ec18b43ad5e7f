"""One reader's place in a ring."""

import asyncio
from collections import deque
from contextlib import suppress
from typing import Generic, Self, TypeVar

from backends.emitter.ring import Entry, Ring

Item = TypeVar("Item")

_BATCH = 64


class Cursor(Generic[Item]):
    """Iterates over what is appended to a ring after a token, for one coroutine; made in its event loop.

    The ring never waits for a cursor: one that falls behind what the ring keeps fails with TokenGone.

    Args:
        ring: What to read.
        after: The token to start after; absent: the newest item at this moment.

    Raises:
        TokenGone: The ring cannot tell what came after `after`; also raised while iterating.
    """

    def __init__(self, ring: Ring[Item], after: str | None = None) -> None:
        self._ring = ring
        self._position = ring.position(after or ring.head)
        self._batch: deque[Entry[Item]] = deque()
        self._closed = False
        self._awake = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Entry[Item]:
        while not self._batch:
            self._fetch()
            if not self._batch:
                await self._sleep()
        return self._batch.popleft()

    def close(self) -> None:
        """End the iteration once it has delivered what is in the ring now; called in the cursor's event loop."""
        self._closed = True
        self._awake.set()

    def wake(self) -> None:
        """Tell the reading coroutine that there is more; called from any thread."""
        with suppress(RuntimeError):  # the event loop is closed: nobody reads any more
            self._loop.call_soon_threadsafe(self._awake.set)

    def _fetch(self) -> None:
        self._batch.extend(self._ring.read(self._position, _BATCH))
        self._position += len(self._batch)

    async def _sleep(self) -> None:
        if self._closed:
            raise StopAsyncIteration
        self._awake.clear()
        if self._ring.sleep(self, self._position):
            try:
                await self._awake.wait()
            finally:
                self._ring.forget(self)
