"""The clients: each reads one stream, comes back when its connection breaks, and stops when it is told to."""

from __future__ import annotations

import asyncio
import json
import shutil
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, NamedTuple

import httpx
from httpx_sse import aconnect_sse
from playwright.sync_api import Browser

from tests.end_to_end.clients.stage import Background
from tests.support.published import EventChecker
from tests.support.sse import SseEvent, SseReader

HERE = Path(__file__).parent
NPM_HOME = HERE.parents[1]
NAMES = ("message", "log", "stream-gap", "stream-error", "stream-end")


class Seen(NamedTuple):
    """One event as a client was told of it."""

    name: str
    data: str
    id: str

    @property
    def payload(self) -> Any:
        """The data, parsed."""
        return json.loads(self.data)


class Reader(ABC):
    """One client of one stream. Every event that a test looks at has been checked.

    Args:
        checker: made from what the gateway serves.
    """

    def __init__(self, checker: EventChecker) -> None:
        self._checker = checker

    @property
    def seen(self) -> list[Seen]:
        """The events so far.

        Raises:
            UndocumentedEvent: one of them is not as documented.
        """
        seen = self.heard()
        for each in seen:
            self._checker.check(SseEvent(*each))
        return seen

    @abstractmethod
    def heard(self) -> list[Seen]:
        """The events so far, as the client gives them."""

    @property
    @abstractmethod
    def stopped(self) -> bool:
        """True once it will not come back any more."""

    @abstractmethod
    def close(self) -> None:
        """Takes it away."""


class Chromium(Reader):
    """EventSource of the browser, in a page of the same origin."""

    _LISTEN = """([url, names]) => {
        window.seen = [];
        window.source = new EventSource(url);
        const tell = ({ type, data, lastEventId }) => seen.push([type, data, lastEventId]);
        for (const name of names) source.addEventListener(name, tell);
    }"""

    def __init__(self, checker: EventChecker, browser: Browser, url: str) -> None:
        super().__init__(checker)
        self._page = browser.new_page()
        origin = url.partition("/api/")[0]
        # Answered here: the proxy is to see the requests of the stream and nothing else.
        self._page.route(f"{origin}/", lambda route: route.fulfill(body="<!doctype html>", content_type="text/html"))
        self._page.goto(f"{origin}/")
        self._page.evaluate(self._LISTEN, [url, NAMES])

    def heard(self) -> list[Seen]:
        """What the listeners heard."""
        return [Seen(*each) for each in self._page.evaluate("seen")]

    @property
    def stopped(self) -> bool:
        """True in the state from which EventSource never comes back."""
        return bool(self._page.evaluate("source.readyState === EventSource.CLOSED"))

    def close(self) -> None:
        """Closes the page."""
        self._page.close()


class BackgroundReader(Reader):
    """A client that is a task in the background."""

    def __init__(self, checker: EventChecker, background: Background, url: str) -> None:
        super().__init__(checker)
        self.url = url
        self._seen: list[Seen] = []
        self._background = background
        self._task = background.run(self._start())

    def heard(self) -> list[Seen]:
        """What it read."""
        return list(self._seen)

    @property
    def stopped(self) -> bool:
        """True once it has returned; an error that it met is raised here."""
        if self._task.done():
            self._task.result()
        return self._task.done()

    def close(self) -> None:
        """Cancels it."""
        self._background.run(self._end())

    @abstractmethod
    async def read(self) -> None:
        """Reads until it has been told to stop."""

    async def _start(self) -> asyncio.Task[None]:
        return asyncio.ensure_future(self.read())

    async def _end(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


class NpmEventSource(BackgroundReader):
    """The npm package `eventsource` in a node of its own. It has stopped when node has nothing left to do."""

    def __init__(self, checker: EventChecker, background: Background, url: str) -> None:
        assert shutil.which("node"), "node is missing: these tests need Node 20 or newer on the path"
        installed = NPM_HOME / "node_modules" / "eventsource"
        assert installed.is_dir(), f"npm eventsource is missing: run `npm ci` in {NPM_HOME}"
        super().__init__(checker, background, url)

    async def read(self) -> None:
        """Collects what node prints."""
        process = await _started("node", str(HERE / "eventsource.mjs"), self.url, *NAMES)
        try:
            assert process.stdout
            async for line in process.stdout:
                self._seen.append(Seen(**json.loads(line)))
            assert await process.wait() == 0, "node failed"
        finally:
            await _ended(process)


class ReconnectingReader(BackgroundReader):
    """A client whose library or program reads one response: this is the loop that its user writes around it."""

    def __init__(self, checker: EventChecker, background: Background, url: str) -> None:
        self.last_event_id = ""
        self.retry_seconds = 0.1
        super().__init__(checker, background, url)

    async def read(self) -> None:
        """Connects until the answer is 204; waits between as long as the gateway said."""
        while True:
            if await self.read_response() == 204:
                return
            await asyncio.sleep(self.retry_seconds)

    @abstractmethod
    async def read_response(self) -> int:
        """Reads one response to its end or its break; gives the status."""

    def headers(self) -> dict[str, str]:
        """Of the next request."""
        return {"Last-Event-ID": self.last_event_id} if self.last_event_id else {}


class HttpxSse(ReconnectingReader):
    """`httpx-sse`."""

    async def read_response(self) -> int:
        """Takes the events as the library gives them; one without data has only an id or a `retry:`."""
        status = 0
        try:
            async with (
                httpx.AsyncClient(timeout=30, trust_env=False) as client,
                aconnect_sse(client, "GET", self.url, headers=self.headers()) as source,
            ):
                status = source.response.status_code
                if status == 200:
                    async for event in source.aiter_sse():
                        self._take(event.event, event.data, event.id, event.retry)
        except httpx.TransportError:
            pass  # The connection broke: the loop comes back with the last id.
        return status

    def _take(self, name: str, data: str, last_event_id: str, retry: int | None) -> None:
        if retry is not None:
            self.retry_seconds = retry / 1000
        self.last_event_id = last_event_id or self.last_event_id
        if data:
            self._seen.append(Seen(name, data, last_event_id))


class Curl(ReconnectingReader):
    """curl, which comes back with `Last-Event-ID`."""

    def __init__(self, checker: EventChecker, background: Background, url: str) -> None:
        assert shutil.which("curl"), "curl is missing: these tests need it on the path"
        super().__init__(checker, background, url)

    async def read_response(self) -> int:
        """Reads what curl prints: the stream, then the status in a line on stderr."""
        headers = [part for name, value in self.headers().items() for part in ("--header", f"{name}: {value}")]
        asked = ("--silent", "--no-buffer", "--noproxy", "*", "--write-out", "%{stderr}%{http_code}")
        process = await _started("curl", *asked, *headers, self.next_url())
        try:
            assert process.stdout
            assert process.stderr
            response = SseReader()
            while chunk := await process.stdout.read(65_536):
                self._take(response, chunk)
            return int(await process.stderr.read())
        finally:
            await _ended(process)

    def next_url(self) -> str:
        """Of the next request."""
        return self.url

    def _take(self, response: SseReader, chunk: bytes) -> None:
        known = len(response.events)
        response.feed(chunk)
        self._seen += [Seen(event.name, event.data, event.last_event_id) for event in response.events[known:]]
        self.last_event_id = response.last_event_id or self.last_event_id
        if response.retries:
            self.retry_seconds = response.retries[-1] / 1000


class CurlWithParameter(Curl):
    """curl, which comes back with `last_event_id` in the query."""

    def headers(self) -> dict[str, str]:
        """None."""
        return {}

    def next_url(self) -> str:
        """With the cursor, once there is one."""
        joint = "&" if "?" in self.url else "?"
        return f"{self.url}{joint}last_event_id={self.last_event_id}" if self.last_event_id else self.url


async def _started(*command: str) -> asyncio.subprocess.Process:
    pipe = asyncio.subprocess.PIPE
    # What node says on stderr goes to the test's own, to be seen where it fails.
    return await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe if command[0] == "curl" else None)


async def _ended(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.kill()
    await process.communicate()
