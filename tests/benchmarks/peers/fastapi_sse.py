"""The server of a peer: FastAPI's native `EventSourceResponse`."""

from collections.abc import AsyncIterator

from fastapi import FastAPI
from fastapi.sse import EventSourceResponse, ServerSentEvent

from tests.benchmarks.peers import python_server


def main() -> None:
    """The server, until stdin ends."""
    hub = python_server.Hub()
    app = FastAPI()

    @app.get("/events", response_class=EventSourceResponse)
    async def events() -> AsyncIterator[ServerSentEvent]:
        async for each in hub.subscribe():
            yield ServerSentEvent(raw_data=each.data, event=each.name, id=each.id)

    python_server.run(app, hub)


if __name__ == "__main__":
    main()
