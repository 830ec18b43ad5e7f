"""The server of a peer: sse-starlette's `EventSourceResponse` on Starlette."""

from collections.abc import AsyncIterator

from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Route

from tests.benchmarks.peers import python_server


def main() -> None:
    """The server, until stdin ends."""
    hub = python_server.Hub()

    async def stream() -> AsyncIterator[ServerSentEvent]:
        async for each in hub.subscribe():
            yield ServerSentEvent(data=each.data, event=each.name, id=each.id, sep="\n")

    async def events(request: Request) -> EventSourceResponse:
        return EventSourceResponse(stream())

    python_server.run(Starlette(routes=[Route("/events", events)]), hub)


if __name__ == "__main__":
    main()
