"""How long to wait before the next try: exponential backoff with full jitter.

Each wait is drawn evenly between nothing and a ceiling that doubles, so that many who lost the same backend do
not come back together (AWS Architecture Blog, "Exponential Backoff And Jitter").
"""

from __future__ import annotations

import asyncio
import random


class Backoff:
    """The waits of one caller.

    Args:
        first_seconds: the first ceiling.
        longest_seconds: the highest ceiling.
    """

    def __init__(self, first_seconds: float, longest_seconds: float) -> None:
        self._first = first_seconds
        self._longest = longest_seconds
        self._ceiling = first_seconds

    def next_seconds(self) -> float:
        """Draws the next wait, in seconds."""
        ceiling, self._ceiling = self._ceiling, min(self._ceiling * 2, self._longest)
        return random.uniform(0, ceiling)  # noqa: S311 - spreads load, guards nothing

    async def wait(self) -> None:
        """Waits."""
        await asyncio.sleep(self.next_seconds())

    def reset(self) -> None:
        """It worked: the next wait is a first one again."""
        self._ceiling = self._first
