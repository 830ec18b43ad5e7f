"""One server-streaming method over a ring: the past, a bookmark, then what happens."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Generic, Protocol, TypeVar

import grpc

from backends.emitter.cursor import Cursor
from backends.emitter.errors import InvalidRequest, TokenGone
from backends.emitter.ring import Entry, Ring


class Resumable(Protocol):
    """A request that may ask to go on where an earlier call ended."""

    resume_token: str


Item = TypeVar("Item")
Request = TypeVar("Request", bound=Resumable)
Response = TypeVar("Response")


class Stream(ABC, Generic[Item, Request, Response]):
    """Answers the calls of one method.

    Args:
        ring: Where what happens is found.
    """

    def __init__(self, ring: Ring[Item]) -> None:
        self._ring = ring
        self._cursors: set[Cursor[Item]] = set()
        self._stopping = False

    @abstractmethod
    def first(self, request: Request) -> tuple[list[Entry[Item]], str]:
        """Return what a first call gets of the past, and the token that it stands for.

        Raises:
            InvalidRequest: The request asks for something the contract does not allow.
        """

    @abstractmethod
    def matches(self, request: Request, item: Item) -> bool:
        """Tell whether the request's filters let an item through."""

    @abstractmethod
    def response(self, token: str, item: Item | None) -> Response:
        """Return the response that carries an item, or, without one, a bookmark."""

    async def answer(self, request: Request, context: grpc.aio.ServicerContext[Request, Response]) -> None:
        """Answer one call; it ends only with an error status, as OK would say that nothing will ever follow."""
        await context.send_initial_metadata(())
        try:
            await self._send(request, context)
        except TokenGone as gone:
            await context.abort(grpc.StatusCode.OUT_OF_RANGE, str(gone))
        except InvalidRequest as invalid:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(invalid))
        await context.abort(grpc.StatusCode.UNAVAILABLE, "the backend is stopping")

    def stop(self) -> None:
        """End all calls, present and future, after what is in the ring now; called in their event loop."""
        self._stopping = True
        for cursor in self._cursors:
            cursor.close()

    async def _send(self, request: Request, context: grpc.aio.ServicerContext[Request, Response]) -> None:
        past, head = self._past(request)
        with self._follow(head) as cursor:
            for entry in past:
                await context.write(self.response(entry.token, entry.item))
            await context.write(self.response(head, None))
            async for entry in cursor:
                if self.matches(request, entry.item):
                    await context.write(self.response(entry.token, entry.item))

    def _past(self, request: Request) -> tuple[list[Entry[Item]], str]:
        if not request.resume_token:
            return self.first(request)
        missed, head = self._ring.since(request.resume_token)
        return [entry for entry in missed if self.matches(request, entry.item)], head

    @contextmanager
    def _follow(self, after: str) -> Iterator[Cursor[Item]]:
        cursor = Cursor(self._ring, after)
        self._cursors.add(cursor)
        if self._stopping:
            cursor.close()
        try:
            yield cursor
        finally:
            self._cursors.discard(cursor)
