"""The pages at `/` and `/schema`: static files of the package, and nothing from another host."""

from __future__ import annotations

from importlib.resources import files
from mimetypes import guess_type
from typing import Any

from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect

from gateway.web.cached import Cached

_HEADERS = {"content-security-policy": "default-src 'self'"}


def page_handlers() -> list[HTTPRouteHandler]:
    """`/` with `/page/<file>`: the streams, live. `/schema` with `/schema/<file>`: what they are."""
    return [*_page("/", "page"), *_page("/schema", "schema")]


def _page(path: str, directory: str) -> list[HTTPRouteHandler]:
    """A page, and below `/<directory>` the files that it names.

    Args:
        path: of the page.
        directory: of the package, where `index.html` and the files are. Modules import one another by the same
            relative paths on disk and in a browser.
    """
    held = _held(directory)

    @get(path, include_in_schema=False)
    async def index(request: Request[Any, Any, State]) -> Response[bytes] | Redirect:
        # The page names its files relative to its own path; Litestar takes the slash at the end of `path` away.
        if path != "/" and request.scope.get("raw_path", b"").endswith(b"/"):
            return Redirect(f"..{path}")
        return held["index.html"].answer(request)

    @get(f"/{directory}/{{name:str}}", include_in_schema=False)
    async def file(request: Request[Any, Any, State], name: FromPath[str]) -> Response[bytes]:
        if name not in held:
            raise NotFoundException(f"the page has no file {name!r}")
        return held[name].answer(request)

    return [index, file]


def _held(directory: str) -> dict[str, Cached]:
    found = [file for file in files("gateway.web").joinpath(directory).iterdir() if file.is_file()]
    return {file.name: Cached(file.read_bytes(), _media_type(file.name), _HEADERS) for file in found}


def _media_type(name: str) -> str:
    return guess_type(name)[0] or "application/octet-stream"
