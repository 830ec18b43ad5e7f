"""Stream routes, made from the contract."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.handlers import HTTPRouteHandler
from litestar.response.base import ASGIResponse

from gateway.config import LogSettings, StreamSettings
from gateway.contract.binding import Selection
from gateway.contract.routes import History, Route
from gateway.streams.direct import ClientCall, DirectStream
from gateway.streams.hub import Hub, TopicKey
from gateway.streams.log import Bounds
from gateway.streams.opening import Start
from gateway.streams.position import parse_position
from gateway.streams.sink import Sink
from gateway.streams.topic import Topic
from gateway.web.open_streams import OpenStreams
from gateway.web.responses import Attach, EventStream, Later


@dataclass(frozen=True)
class Streaming:
    """What stream routes need."""

    hub: Hub
    """All topics, for shared routes."""
    call: Callable[[Route, bytes], ClientCall]
    """Makes an upstream call for one client."""
    streams: OpenStreams
    """All that are open."""
    stream: StreamSettings
    log: LogSettings


def stream_handler(route: Route, streaming: Streaming) -> HTTPRouteHandler:
    """The handler of one route."""
    ignored = frozenset(streaming.stream.ignored_parameters)
    attached = _attach_shared if route.shared else _attach_direct

    @get(_litestar_path(route), name=route.method, operation_id=route.method, description=route.description)
    async def stream(request: Request[Any, Any, State]) -> ASGIResponse:
        path = {name: str(text) for name, text in request.path_params.items()}
        selection = route.bind(path, list(request.query_params.multi_items()), ignored)
        last_event_id = request.headers.get("last-event-id") or selection.last_event_id
        position = parse_position(last_event_id) if last_event_id else None
        if streaming.streams.stopping:
            return Later(streaming.streams, position)
        if position is not None and position.finished:
            # 204 is how EventSource is told to stop (WHATWG HTML, 9.2.3).
            return Response(None, status_code=204).to_asgi_response(None, request)
        attach = await attached(route, selection, last_event_id, streaming)
        return EventStream(attach, streaming.streams, position)

    return stream


async def _attach_shared(route: Route, selection: Selection, last_event_id: str | None, streaming: Streaming) -> Attach:
    key = TopicKey(route.method, selection.request)
    topic = streaming.hub.topic(key, _bounds(route.history, streaming.log))
    await topic.opened(streaming.stream.open_seconds)
    start = Start(last_event_id, selection.last, selection.snapshot)
    return lambda sink: _subscribed(topic, sink, selection, start)


async def _attach_direct(route: Route, selection: Selection, last_event_id: str | None, streaming: Streaming) -> Attach:
    call = streaming.call(route, selection.request)
    try:
        await call.opened(streaming.stream.open_seconds)
    except BaseException:
        call.close()
        raise
    return lambda sink: _following(call, sink, streaming.stream.heartbeat_seconds, last_event_id)


def _subscribed(topic: Topic, sink: Sink, selection: Selection, start: Start) -> Callable[[], None]:
    return partial(topic.leave, topic.subscribe(sink, selection.filter, start))


def _following(call: ClientCall, sink: Sink, heartbeat_seconds: float, last_event_id: str | None) -> Callable[[], None]:
    stream = DirectStream(sink, heartbeat_seconds, last_event_id)
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


def _litestar_path(route: Route) -> str:
    return route.path.text.replace("}", ":str}")
