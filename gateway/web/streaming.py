"""Stream routes, made from the contract."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from litestar import Response
from litestar.response.base import ASGIResponse

from gateway.config import LogSettings, StreamSettings
from gateway.contract.requests.binding import Selection
from gateway.contract.routes import History, StreamRoute
from gateway.headers import Headers, Metadata
from gateway.streams.direct import ClientCall, DirectStream
from gateway.streams.flushing import Pace
from gateway.streams.hub import Hub, TopicKey
from gateway.streams.log import Bounds
from gateway.streams.opening import Start
from gateway.streams.position import parse_position
from gateway.streams.sink import Sink
from gateway.streams.topic import Topic
from gateway.web.catalogue import Answer, Asked
from gateway.web.open_streams import OpenStreams
from gateway.web.requests import Requests
from gateway.web.responses import HEADERS, Attach, EventStream, Later


@dataclass(frozen=True)
class Streaming:
    """What stream routes need."""

    hub: Hub
    """All topics, for shared routes."""
    call: Callable[[StreamRoute, bytes, Metadata], ClientCall]
    """Makes an upstream call for one client."""
    streams: OpenStreams
    """All that are open."""
    stream: StreamSettings
    log: LogSettings
    pace: Pace
    """When streams of one client are written to; the hub knows that of the others."""


class _Opened(NamedTuple):
    """A stream that can start."""

    attach: Attach
    headers: Headers
    """What the backend has for the client's headers."""


def stream_answer(route: StreamRoute, requests: Requests, streaming: Streaming, reading: Hashable) -> Answer:
    """Answers requests for a stream.

    Args:
        route: what is streamed.
        requests: reads what a client asks for.
        streaming: what streams need.
        reading: which reading of the contract the route is of; clients of different ones share nothing.
    """
    open_stream = _open_shared if route.shared else _open_direct

    async def answer(request: Asked, captures: Mapping[str, str]) -> ASGIResponse:
        wanted = await requests.read(route, request, captures)
        last_event_id = request.headers.get("last-event-id") or wanted.selection.last_event_id
        position = parse_position(last_event_id) if last_event_id else None
        if streaming.streams.stopping:
            return Later(streaming.streams, position)
        if position is not None and position.finished:
            # 204 is how EventSource is told to stop (WHATWG HTML, 9.2.3).
            return Response(None, status_code=204).to_asgi_response(None, request)
        if request.method == "HEAD":
            return ASGIResponse(headers=HEADERS)
        key = TopicKey(route.method, wanted.selection.request, wanted.metadata, reading)
        opened = await open_stream(route, key, wanted.selection, last_event_id, streaming)
        return EventStream(opened.attach, streaming.streams, position, opened.headers)

    return answer


async def _open_shared(
    route: StreamRoute, key: TopicKey, selection: Selection, last_event_id: str | None, streaming: Streaming
) -> _Opened:
    topic = streaming.hub.topic(key, _bounds(route.history, streaming.log))
    asked_at = None if _tells_the_past(route) else topic.head
    await topic.opened(streaming.stream.open_seconds)
    start = Start(last_event_id, selection.last, selection.snapshot, asked_at)
    return _Opened(lambda sink: _subscribed(topic, sink, selection, start), topic.headers)


async def _open_direct(
    route: StreamRoute, key: TopicKey, selection: Selection, last_event_id: str | None, streaming: Streaming
) -> _Opened:
    call = streaming.call(route, key.request, key.metadata)
    try:
        await call.opened(streaming.stream.open_seconds)
    except BaseException:
        call.close()
        raise
    return _Opened(lambda sink: _following(call, sink, streaming.pace, last_event_id), call.headers)


def _tells_the_past(route: StreamRoute) -> bool:
    """True where the contract says what of the past a new client gets."""
    keyed, last = (event.keyed for event in route.events), (each.last for each in route.parameters)
    return route.bookmarks or any(keyed) or any(last)


def _subscribed(topic: Topic, sink: Sink, selection: Selection, start: Start) -> Callable[[], None]:
    return partial(topic.leave, topic.subscribe(sink, selection.filter, start))


def _following(call: ClientCall, sink: Sink, pace: Pace, last_event_id: str | None) -> Callable[[], None]:
    stream = DirectStream(sink, pace, last_event_id)
    running = asyncio.create_task(stream.run(call.messages()), name="direct stream")

    def detach() -> None:
        running.cancel()
        call.close()

    return detach


def _bounds(history: History, log: LogSettings) -> Bounds:
    return Bounds(
        history.max_events or log.max_events,
        history.max_bytes or log.max_bytes,
        history.max_age_seconds or log.max_age_seconds,
    )
