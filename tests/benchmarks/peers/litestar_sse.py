"""The server of a peer: Litestar's `ServerSentEvent`."""

from collections.abc import AsyncIterator

from litestar import Litestar, get
from litestar.response import ServerSentEvent, ServerSentEventMessage

from tests.benchmarks.peers import python_server


def main() -> None:
    """The server, until stdin ends."""
    hub = python_server.Hub()

    async def stream() -> AsyncIterator[ServerSentEventMessage]:
        async for each in hub.subscribe():
            yield ServerSentEventMessage(data=each.data, event=each.name, id=each.id)

    @get("/events")
    async def events() -> ServerSentEvent:
        return ServerSentEvent(stream())

    python_server.run(Litestar([events]), hub)


if __name__ == "__main__":
    main()
