"""Waiting for a condition, and never for a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable


async def until(condition: Callable[[], object], patience_seconds: float = 10.0) -> None:
    """Returns once the condition holds; fails the test when it does not come to hold."""
    async with asyncio.timeout(patience_seconds):
        while not condition():  # noqa: ASYNC110 - any condition, not only those that an event could tell
            await asyncio.sleep(0.005)


async def until_told(condition: Callable[[], Awaitable[object]], patience_seconds: float = 10.0) -> None:
    """As `until`, of a condition that must be asked for."""
    async with asyncio.timeout(patience_seconds):
        while not await condition():  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.005)
